//! A folder that is ours. One that was there before keeps what was in it; everything else goes on removal.

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::ledger::{Entry, Ledger, remove_folder};
use crate::mounts;
use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// A folder that is there but not entered differs too: entering it is what makes it ours.
pub(super) fn differs(ledger: &Ledger, path: &str) -> Result<bool> {
    let entry = Entry::Directory { path: path.to_owned(), before: None };
    Ok(!ledger.place().path(path)?.is_dir() || !ledger.holds(&entry))
}

pub(super) fn make(ledger: &mut Ledger, path: &str, mode: u32) -> Result<()> {
    let folder = ledger.place().path(path)?;
    ledger.make_parents(&folder)?;
    let before = names(&folder)?;
    let exists = before.is_some();
    ledger.enter(Entry::Directory { path: path.to_owned(), before })?;
    if exists {
        return Ok(());
    }
    fs::create_dir(&folder).at("make", &folder)?;
    fs::set_permissions(&folder, Permissions::from_mode(mode)).at("set the mode of", &folder)?;
    folder.parent().map_or(Ok(()), durable::sync_folder)
}

/// Removes what came after us.
pub(crate) fn undo(ledger: &Ledger, path: &str, before: Option<&BTreeSet<String>>) -> Result<()> {
    let folder = ledger.place().path(path)?;
    // What is mounted in there belongs to somebody else, possibly on another machine.
    mounts::unmount_below(&[&folder])?;
    let Some(before) = before else {
        return remove_folder(&folder);
    };
    for name in names(&folder)?.unwrap_or_default().difference(before) {
        remove(&folder.join(name))?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    if path.is_dir() && !path.is_symlink() { remove_folder(path) } else { durable::remove(path) }
}

/// The names in a folder; `None` when there is no folder.
fn names(folder: &Path) -> Result<Option<BTreeSet<String>>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", folder, error)),
    };
    let name = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().to_string_lossy().into_owned());
    entries.map(name).collect::<io::Result<_>>().map(Some).at("read", folder)
}
