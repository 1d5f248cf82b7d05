//! A kernel setting, now. That it comes back after a boot is the business of an ordinary file below `/etc/sysctl.d`.

use crate::error::{Error, Result};
use crate::ledger::{Entry, Ledger};
use crate::place::Place;
use std::fs;
use std::io;
use std::path::PathBuf;

pub(super) fn differs(place: &Place, key: &str, value: &str) -> Result<bool> {
    Ok(normal(&read(place, key)?) != normal(value))
}

pub(super) fn make(ledger: &mut Ledger, key: &str, value: &str) -> Result<()> {
    let before = read(ledger.place(), key)?;
    ledger.enter(Entry::Sysctl { key: key.to_owned(), before: before.clone() })?;
    write(ledger.place(), key, &before, value)
}

/// Puts the former value back. A setting that has gone with its module needs none.
pub(crate) fn undo(ledger: &Ledger, key: &str, before: &str) -> Result<()> {
    match read(ledger.place(), key) {
        Ok(now) if normal(&now) == normal(before) => Ok(()),
        Ok(now) => write(ledger.place(), key, &now, before),
        Err(Error::NoSysctl { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn write(place: &Place, key: &str, found: &str, wanted: &str) -> Result<()> {
    fs::write(path(place, key)?, wanted).map_err(|source| Error::Sysctl {
        key: key.to_owned(),
        found: found.to_owned(),
        wanted: wanted.to_owned(),
        source,
    })
}

fn read(place: &Place, key: &str) -> Result<String> {
    let path = path(place, key)?;
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim_end().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::NoSysctl { key: key.to_owned() }),
        Err(error) => Err(Error::io("read", &path, error)),
    }
}

/// As in `sysctl`: dots separate; where a part holds a dot itself it is written with a slash.
fn path(place: &Place, key: &str) -> Result<PathBuf> {
    let swapped = key.chars().map(|letter| match letter {
        '.' => '/',
        '/' => '.',
        other => other,
    });
    place.path(&format!("/proc/sys/{}", swapped.collect::<String>()))
}

/// Values with several numbers are separated by tabs when read and by spaces when written.
fn normal(value: &str) -> Vec<&str> {
    value.split_whitespace().collect()
}
