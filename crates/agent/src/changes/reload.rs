//! A unit of others that reads its configuration again. It is never started: whoever does not run reads it when it begins.

use super::unit::{check, is_active, systemctl};
use crate::error::Result;
use crate::ledger::{Entry, Ledger};
use crate::place::Place;

pub(super) fn differs(ledger: &Ledger, name: &str, changed_before: bool) -> Result<bool> {
    check(name)?;
    Ok(changed_before || ledger.is_stale(name))
}

pub(super) fn make(ledger: &mut Ledger, name: &str) -> Result<()> {
    ledger.enter(Entry::Reload { name: name.to_owned() })?;
    again(ledger.place(), name)?;
    ledger.mark_fresh(name)
}

/// Has a unit that runs read its configuration.
pub(crate) fn again(place: &Place, name: &str) -> Result<()> {
    if is_active(place, name)? {
        systemctl(place, &["reload", name])?.successful()?;
    }
    Ok(())
}
