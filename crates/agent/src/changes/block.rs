//! Lines of ours between two marker comments in a file that belongs to others. All other bytes of the file stay as they are.

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::keep;
use crate::ledger::{Entry, Ledger};
use crate::place::Place;
use std::fs;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The mode of a file that did not exist.
const NEW_MODE: u32 = 0o644;

pub(super) fn differs(place: &Place, path: &str, name: &str, lines: &[String]) -> Result<bool> {
    check(name, lines)?;
    let path = real(&place.path(path)?);
    let text = read(&path)?.unwrap_or_default();
    let now = find(&path, &text, name)?.map(|range| &text[range]);
    let wanted = render(name, lines);
    Ok(now.unwrap_or_default() != wanted.as_bytes())
}

pub(super) fn make(ledger: &mut Ledger, path: &str, name: &str, lines: &[String]) -> Result<()> {
    let file = real(&ledger.place().path(path)?);
    ledger.make_parents(&file)?;
    let before = read(&file)?;
    let created = before.is_none();
    let text = before.unwrap_or_default();
    let ended = text.last().is_some_and(|last| *last != b'\n');
    let (path, owned) = (path.to_owned(), name.to_owned());
    ledger.enter(Entry::Block { path, name: owned, created, ended })?;
    let block = render(name, lines);
    let new = match find(&file, &text, name)? {
        Some(range) => [&text[..range.start], block.as_bytes(), &text[range.end..]].concat(),
        None if ended => [&text[..], b"\n", block.as_bytes()].concat(),
        None => [&text[..], block.as_bytes()].concat(),
    };
    write(&file, &new)
}

/// Removes the block, and the file if there was none before and nothing else came into it.
pub(crate) fn undo(ledger: &Ledger, entry: (&str, &str), created: bool, ended: bool) -> Result<()> {
    let (path, name) = entry;
    let file = real(&ledger.place().path(path)?);
    let Some(text) = read(&file)? else {
        return Ok(());
    };
    let Some(range) = find(&file, &text, name)? else {
        return Ok(());
    };
    let (mut above, below) = (&text[..range.start], &text[range.end..]);
    if ended && below.is_empty() {
        above = above.strip_suffix(b"\n").unwrap_or(above);
    }
    if created && above.is_empty() && below.is_empty() {
        return durable::remove(&file);
    }
    write(&file, &[above, below].concat())
}

fn check(name: &str, lines: &[String]) -> Result<()> {
    let one_line = |text: &str| !text.contains(['\n', '\r', '\0']);
    if name.is_empty() || !one_line(name) {
        return Err(Error::Name { name: name.to_owned(), what: "block" });
    }
    match lines.iter().find(|line| !one_line(line) || line.trim() == end(name)) {
        Some(line) => Err(Error::Name { name: line.clone(), what: "line of a block" }),
        None => Ok(()),
    }
}

fn begin(name: &str) -> String {
    format!("# BEGIN sealer {name}")
}

fn end(name: &str) -> String {
    format!("# END sealer {name}")
}

fn render(name: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("{}\n{body}{}\n", begin(name), end(name))
}

/// Where the block is, markers and line ends included.
fn find(path: &Path, text: &[u8], name: &str) -> Result<Option<Range<usize>>> {
    let (begin, end) = (begin(name), end(name));
    let mut position = 0;
    let mut start = None;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii();
        if content == begin.as_bytes() {
            start = Some(position);
        }
        position += line.len();
        if let (Some(start), true) = (start, content == end.as_bytes()) {
            return Ok(Some(start..position));
        }
    }
    match start {
        None => Ok(None),
        Some(_) => Err(Error::Block { path: path.to_owned(), begin }),
    }
}

/// A link is followed: the file behind it is the one that is read.
pub(super) fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path, error)),
    }
}

/// Keeps the owner and the mode that the file has.
pub(super) fn write(path: &Path, text: &[u8]) -> Result<()> {
    if !path.exists() {
        return durable::write(path, NEW_MODE, text);
    }
    let now = fs::metadata(path).at("read", path)?;
    let mode = now.mode() & 0o7777;
    durable::write(path, mode, text)?;
    keep::own(path, now.uid(), now.gid(), mode)
}
