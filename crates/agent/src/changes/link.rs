//! A symbolic link. What was there before is kept and put back on removal, as for a file.

use super::file;
use crate::durable;
use crate::error::{Error, Result};
use crate::ledger::Ledger;
use crate::place::Place;
use std::fs;
use std::io;
use std::path::Path;

pub(super) fn differs(place: &Place, path: &str, target: &str) -> Result<bool> {
    let path = place.path(path)?;
    match fs::read_link(&path) {
        Ok(now) => Ok(now != Path::new(target)),
        // InvalidInput: something is there that is no link.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => Ok(true),
        Err(error) => Err(Error::io("read", &path, error)),
    }
}

pub(super) fn make(ledger: &mut Ledger, path: &str, target: &str) -> Result<()> {
    let link = ledger.place().path(path)?;
    file::enter(ledger, path, &link)?;
    durable::link(&link, Path::new(target))
}
