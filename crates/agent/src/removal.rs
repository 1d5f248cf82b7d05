//! Undoing all that sealer did to a host: the ledger backwards, going on where something fails, so that one stubborn entry
//! does not keep the others. What could not be undone stays in the ledger for the next try.

use crate::changes::{block, directory, drop_in, file, json, module, reload, swap, sysctl, unit};
use crate::claim;
use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::ledger::{Entry, Ledger, remove_folder};
use crate::place::Place;
use crate::rootfs;
use crate::verified;
use sealer_model::agent::{Changed, Progress};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// Undoes everything and removes sealer from the host, its own program last. Blocks.
pub(crate) fn remove(place: &Place, cluster: &str, tell: &mut dyn FnMut(Progress)) -> Result<Changed> {
    let mut ledger = Ledger::open(place, cluster)?;
    let entries: Vec<Entry> = ledger.entries().iter().rev().cloned().collect();
    let mut failures: Vec<String> = clear(place, &entries).err().map(|error| error.chain()).into_iter().collect();
    for entry in &entries {
        match undo(&ledger, entry, tell) {
            Ok(()) => ledger.strike(entry)?,
            Err(error) => failures.push(error.chain()),
        }
    }
    if let Err(error) = settle(place, &entries) {
        failures.push(error.chain());
    }
    if !failures.is_empty() {
        return Err(Error::Removal { total: entries.len(), failures });
    }
    remove_folder(&place.store())?;
    verified::forget(place)?;
    ledger.forget()?;
    remove_folder(&place.root().join("bin"))?;
    claim::forget(place)?;
    remove_if_empty(place.root())?;
    Ok(if entries.is_empty() { Changed::No } else { Changed::Yes })
}

fn undo(ledger: &Ledger, entry: &Entry, tell: &mut dyn FnMut(Progress)) -> Result<()> {
    match entry {
        Entry::File { path, before } => file::undo(ledger, path, before),
        Entry::Block { path, name, created, ended } => block::undo(ledger, (path, name), *created, *ended),
        Entry::Json { path, before, edits } => json::undo(ledger, path, before, edits),
        // when everything is undone
        Entry::Reload { .. } => Ok(()),
        Entry::DropIn { name } => drop_in::undo(ledger.place(), name),
        Entry::Directory { path, before } => directory::undo(ledger, path, before.as_ref()),
        Entry::Rootfs { path } => rootfs::undo(ledger, path),
        Entry::Parent { path } => remove_if_empty(path),
        Entry::Sysctl { key, before } => sysctl::undo(ledger, key, before),
        Entry::Swap { path, priority } => swap::undo(ledger, path, *priority),
        Entry::SwapLines => swap::undo_lines(ledger),
        Entry::Unit { name, enabled, active } => unit::undo(ledger, name, *enabled, *active),
        Entry::Module { name } => {
            // A module that somebody uses by now does no harm by staying; a host that is not free of sealer does.
            if let Err(error) = module::undo(ledger, name) {
                tell(Progress::Note(format!("the kernel module {name} stays: {}", error.chain())));
            }
            Ok(())
        }
    }
}

/// What was cut off while a file of ours, or one of others with something of ours, was written lies beside it, and would keep its folder.
fn clear(place: &Place, undone: &[Entry]) -> Result<()> {
    let mut folders = BTreeSet::from([place.root().to_owned()]);
    for entry in undone {
        if let Entry::File { path, .. } | Entry::Block { path, .. } | Entry::Json { path, .. } = entry {
            folders.extend(place.path(path)?.parent().map(Path::to_owned));
        }
    }
    folders.iter().try_for_each(|folder| durable::clear(folder))
}

/// Units that ran before us run with their old files again, and those of others read theirs.
fn settle(place: &Place, undone: &[Entry]) -> Result<()> {
    let mut running_before = Vec::new();
    let mut any = false;
    for entry in undone {
        if let Entry::Unit { name, active, .. } = entry {
            any = true;
            running_before.extend(active.then(|| name.clone()));
        }
    }
    if any {
        unit::settle(place, &running_before)?;
    }
    let reloaded = undone.iter().filter_map(|entry| match entry {
        Entry::Reload { name } => Some(name),
        _ => None,
    });
    reloaded.into_iter().try_for_each(|name| reload::again(place, name))
}

/// What others put into a folder of ours stays, and so does the folder.
fn remove_if_empty(folder: &Path) -> Result<()> {
    let stays = [io::ErrorKind::NotFound, io::ErrorKind::DirectoryNotEmpty];
    match fs::remove_dir(folder) {
        Err(error) if !stays.contains(&error.kind()) => Err(error).at("remove", folder),
        _ => Ok(()),
    }
}
