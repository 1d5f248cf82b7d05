//! A kernel module, loaded unless the kernel has it already in whichever way.

use crate::error::{Error, Result};
use crate::ledger::{Entry, Ledger};
use crate::place::Place;
use crate::programs;
use std::fs;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

pub(super) fn differs(place: &Place, name: &str) -> Result<bool> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if name.is_empty() || name.starts_with('-') || !name.bytes().all(plain) {
        return Err(Error::Name { name: name.to_owned(), what: "kernel module" });
    }
    Ok(!is_there(place, name)?)
}

pub(super) fn make(ledger: &mut Ledger, name: &str) -> Result<()> {
    ledger.enter(Entry::Module { name: name.to_owned() })?;
    programs::run(ledger.place(), "modprobe", &[name], LIMIT)?.successful().map(drop)
}

/// Unloads the module. The caller decides what it means that somebody uses it.
pub(crate) fn undo(ledger: &Ledger, name: &str) -> Result<()> {
    if !is_there(ledger.place(), name)? {
        return Ok(());
    }
    programs::run(ledger.place(), "modprobe", &["-r", name], LIMIT)?.successful().map(drop)
}

/// Loaded, built in, or known by what it does: containers see neither `/lib/modules` nor, at times, `/sys/module`.
fn is_there(place: &Place, name: &str) -> Result<bool> {
    let loaded = place.path(&format!("/sys/module/{}", name.replace('-', "_")))?;
    let filesystems = read(place, "/proc/filesystems")?;
    let filesystem = filesystems.lines().any(|line| line.split_whitespace().last() == Some(name));
    let bridge = name == "br_netfilter" && place.path("/proc/sys/net/bridge")?.is_dir();
    Ok(loaded.is_dir() || filesystem || bridge || is_built_in(place, name)?)
}

fn is_built_in(place: &Place, name: &str) -> Result<bool> {
    let release = read(place, "/proc/sys/kernel/osrelease")?;
    let list = read(place, &format!("/lib/modules/{}/modules.builtin", release.trim()))?;
    let file = format!("/{name}.ko");
    Ok(list.lines().any(|line| line.ends_with(&file)))
}

/// A list that a system does not have is empty.
fn read(place: &Place, path: &str) -> Result<String> {
    Ok(fs::read_to_string(place.path(path)?).unwrap_or_default())
}
