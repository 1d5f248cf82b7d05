//! A file with given content. What was there before is kept and put back on removal.

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::keep::Kept;
use crate::ledger::{Entry, Ledger};
use crate::place::Place;
use sealer_model::Digest;
use sealer_model::agent::Content;
use sealer_model::digest::Hasher;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

pub(super) fn differs(place: &Place, path: &str, mode: u32, content: &Content) -> Result<bool> {
    let path = place.path(path)?;
    let now = match fs::symlink_metadata(&path) {
        Ok(now) => now,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(Error::io("read", &path, error)),
    };
    if !now.is_file() || now.mode() & 0o7777 != mode {
        return Ok(true);
    }
    match content {
        Content::Text(text) if text.0.len() as u64 != now.len() => Ok(true),
        Content::Text(text) => Ok(digest(&path)? != Digest::of(text.0.as_bytes())),
        Content::CopyOf(source) => {
            let source = place.path(source)?;
            let length = fs::metadata(&source).at("read", &source)?.len();
            Ok(length != now.len() || digest(&path)? != digest(&source)?)
        }
    }
}

pub(super) fn make(ledger: &mut Ledger, path: &str, mode: u32, content: &Content) -> Result<()> {
    let target = ledger.place().path(path)?;
    enter(ledger, path, &target)?;
    match content {
        Content::Text(text) => durable::write(&target, mode, text.0.as_bytes()),
        Content::CopyOf(source) => durable::copy(&ledger.place().path(source)?, &target, mode),
    }
}

/// Keeps what is at the path, once, and enters it.
pub(super) fn enter(ledger: &mut Ledger, path: &str, target: &Path) -> Result<()> {
    ledger.make_parents(target)?;
    let ours = Entry::File { path: path.to_owned(), before: Kept::Absent };
    if ledger.holds(&ours) {
        return Ok(());
    }
    let before = Kept::take(ledger, target)?;
    ledger.enter(Entry::File { path: path.to_owned(), before })
}

/// Puts back what was there.
pub(crate) fn undo(ledger: &Ledger, path: &str, before: &Kept) -> Result<()> {
    before.put_back(ledger, &ledger.place().path(path)?)
}

fn digest(path: &Path) -> Result<Digest> {
    let mut file = File::open(path).at("read", path)?;
    let mut hasher = Hasher::default();
    let mut piece = vec![0; 256 * 1024];
    loop {
        match file.read(&mut piece).at("read", path)? {
            0 => return Ok(hasher.finish()),
            length => hasher.update(&piece[..length]),
        }
    }
}
