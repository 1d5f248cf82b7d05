//! Settings of ours for a unit of others, in a file beside its own. A unit that runs begins anew to have them, and once more when they
//! go; whether what it has started lives on is its own affair.

use super::file;
use super::unit::{check, is_active, systemctl};
use crate::error::Result;
use crate::ledger::{Entry, Ledger};
use crate::place::Place;
use sealer_model::agent::{Content, Text};

const MODE: u32 = 0o644;

fn path(name: &str) -> String {
    format!("/etc/systemd/system/{name}.d/50-sealer.conf")
}

fn content(text: &Text) -> Content {
    Content::Text(text.clone())
}

pub(super) fn differs(ledger: &Ledger, name: &str, text: &Text) -> Result<bool> {
    check(name)?;
    Ok(ledger.is_stale(name) || file::differs(ledger.place(), &path(name), MODE, &content(text))?)
}

/// Its entry comes before that of its file, so that the file has gone when the unit begins anew without it.
pub(super) fn make(ledger: &mut Ledger, name: &str, text: &Text) -> Result<()> {
    ledger.enter(Entry::DropIn { name: name.to_owned() })?;
    ledger.mark_stale(std::iter::once(name))?;
    file::make(ledger, &path(name), MODE, &content(text))?;
    undo(ledger.place(), name)?;
    ledger.mark_fresh(name)
}

/// Has a unit that runs begin anew with the files that there are.
pub(crate) fn undo(place: &Place, name: &str) -> Result<()> {
    systemctl(place, &["daemon-reload"])?.successful()?;
    if is_active(place, name)? {
        systemctl(place, &["restart", name])?.successful()?;
    }
    Ok(())
}
