//! Swap that is off, now and after a boot: the devices are switched off, and their lines of `/etc/fstab` become comments. Both come
//! back on removal, line by line, so that what others changed in the file meanwhile stays.

use super::block;
use crate::error::{Error, Result};
use crate::ledger::{Entry, Ledger};
use crate::place::Place;
use crate::programs;
use std::time::Duration;

/// What is swapped out has to find room in memory first, which takes a slow disk minutes.
const LIMIT: Duration = Duration::from_secs(600);
const TABLE: &str = "/etc/fstab";
/// What a line of swap becomes a comment with.
const MARK: &str = "# sealer: swap is off: ";

pub(super) fn differs(place: &Place) -> Result<bool> {
    let table = read(place, TABLE)?;
    Ok(!active(place)?.is_empty() || table.split_inclusive('\n').any(is_swap))
}

pub(super) fn make(ledger: &mut Ledger) -> Result<()> {
    let table = read(ledger.place(), TABLE)?;
    if table.split_inclusive('\n').any(is_swap) {
        ledger.enter(Entry::SwapLines)?;
        rewrite(ledger.place(), &table, |line| is_swap(line).then(|| format!("{MARK}{line}")))?;
    }
    for Device { path, priority } in active(ledger.place())? {
        ledger.enter(Entry::Swap { path: path.clone(), priority })?;
        programs::run(ledger.place(), "swapoff", &[&path], LIMIT)?.successful()?;
    }
    Ok(())
}

/// Makes lines of the table of what they were.
pub(crate) fn undo_lines(ledger: &Ledger) -> Result<()> {
    let table = read(ledger.place(), TABLE)?;
    rewrite(ledger.place(), &table, |line| line.strip_prefix(MARK).map(str::to_owned))
}

/// Switches a device on again. A priority below zero is one that the kernel gave by itself.
pub(crate) fn undo(ledger: &Ledger, path: &str, priority: i32) -> Result<()> {
    let place = ledger.place();
    if active(place)?.iter().any(|device| device.path == path) {
        return Ok(());
    }
    let number = priority.to_string();
    let arguments = if priority < 0 { vec![path] } else { vec!["-p", &number, path] };
    programs::run(place, "swapon", &arguments, LIMIT)?.successful().map(drop)
}

struct Device {
    path: String,
    priority: i32,
}

/// The kernel's list: a line of titles, then path, type, size, used and priority.
fn active(place: &Place) -> Result<Vec<Device>> {
    let list = read(place, "/proc/swaps")?;
    let device = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let priority = words.get(4).and_then(|word| word.parse().ok()).unwrap_or(-1);
        words.first().map(|path| Device { path: plain(path), priority })
    };
    Ok(list.lines().skip(1).filter_map(device).collect())
}

/// The kernel writes blanks in names as octal numbers.
fn plain(path: &str) -> String {
    [(r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", r"\")]
        .iter()
        .fold(path.to_owned(), |path, (written, meant)| path.replace(written, meant))
}

/// Device, place, kind: the third word says what it is.
fn is_swap(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let comment = words.next().is_none_or(|first| first.starts_with('#'));
    !comment && words.nth(1) == Some("swap")
}

fn rewrite(place: &Place, table: &str, change: impl Fn(&str) -> Option<String>) -> Result<()> {
    let new: String = table.split_inclusive('\n').map(|line| change(line).unwrap_or_else(|| line.to_owned())).collect();
    if new == table { Ok(()) } else { block::write(&block::real(&place.path(TABLE)?), new.as_bytes()) }
}

/// A file that is not there is empty; one that is no text is not guessed at.
fn read(place: &Place, path: &str) -> Result<String> {
    let file = block::real(&place.path(path)?);
    let text = block::read(&file)?.unwrap_or_default();
    String::from_utf8(text).map_err(|_| Error::NotText { path: file })
}
