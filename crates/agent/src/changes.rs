//! Making a batch of changes. Each kind of change can tell whether the host differs from what is wanted, make it so, and undo
//! it; what they share is here: nothing happens where nothing differs, nothing at all in a dry run, the ledger comes first,
//! and units are restarted when something before them in the batch has changed.

pub(crate) mod block;
pub(crate) mod directory;
pub(crate) mod drop_in;
pub(crate) mod file;
pub(crate) mod json;
pub(crate) mod link;
pub(crate) mod module;
pub(crate) mod reload;
pub(crate) mod swap;
pub(crate) mod sysctl;
pub(crate) mod unit;

use crate::error::{Error, Result};
use crate::ledger::Ledger;
use crate::place::Place;
use sealer_model::agent::{Batch, Change, Changed};

/// Makes a batch of changes. Blocks.
pub(crate) fn make(place: &Place, batch: &Batch) -> Result<Vec<Changed>> {
    let mut ledger = Ledger::open(place, &batch.cluster)?;
    let mut answers = Vec::with_capacity(batch.changes.len());
    for (position, change) in batch.changes.iter().enumerate() {
        let changed_before = answers.contains(&Changed::Yes);
        let differs = match differs(&ledger, change, changed_before) {
            // What came before might bring the setting: a module does.
            Err(Error::NoSysctl { .. }) if batch.dry_run && changed_before => true,
            other => other?,
        };
        if !differs {
            answers.push(Changed::No);
            continue;
        }
        if !batch.dry_run {
            let later = &batch.changes[position + 1..];
            ledger.mark_stale(later.iter().filter_map(unit_name))?;
            make_one(&mut ledger, change)?;
        }
        answers.push(Changed::Yes);
    }
    Ok(answers)
}

fn unit_name(change: &Change) -> Option<&str> {
    match change {
        Change::Unit { name, .. } | Change::Reload { name } => Some(name),
        _ => None,
    }
}

fn differs(ledger: &Ledger, change: &Change, changed_before: bool) -> Result<bool> {
    let place = ledger.place();
    match change {
        Change::File { path, mode, content } => file::differs(place, path, *mode, content),
        Change::Block { path, name, lines } => block::differs(place, path, name, lines),
        Change::Json { path, values, .. } => json::differs(ledger, path, values),
        Change::Directory { path, .. } => directory::differs(ledger, path),
        Change::Link { path, target } => link::differs(place, path, target),
        Change::Sysctl { key, value } => sysctl::differs(place, key, value),
        Change::Module { name } => module::differs(place, name),
        Change::SwapOff => swap::differs(place),
        Change::Unit { name, running } => unit::differs(ledger, name, *running, changed_before),
        Change::Reload { name } => reload::differs(ledger, name, changed_before),
        Change::DropIn { name, text } => drop_in::differs(ledger, name, text),
    }
}

fn make_one(ledger: &mut Ledger, change: &Change) -> Result<()> {
    match change {
        Change::File { path, mode, content } => file::make(ledger, path, *mode, content),
        Change::Block { path, name, lines } => block::make(ledger, path, name, lines),
        Change::Json { path, mode, values } => json::make(ledger, path, *mode, values),
        Change::Directory { path, mode } => directory::make(ledger, path, *mode),
        Change::Link { path, target } => link::make(ledger, path, target),
        Change::Sysctl { key, value } => sysctl::make(ledger, key, value),
        Change::Module { name } => module::make(ledger, name),
        Change::SwapOff => swap::make(ledger),
        Change::Unit { name, running } => unit::make(ledger, name, *running),
        Change::Reload { name } => reload::make(ledger, name),
        Change::DropIn { name, text } => drop_in::make(ledger, name, text),
    }
}

#[cfg(test)]
mod tests;
