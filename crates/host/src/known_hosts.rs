//! Which key belongs to which host. The user's own `known_hosts` is asked first, then sealer's file of pinned keys. A host
//! that neither knows is trusted at first use and pinned; a host that shows another key than it did before is refused.

use crate::address::HostAddress;
use crate::error::{Error, Result};
use russh::keys::known_hosts::known_host_keys_path;
use russh::keys::{Algorithm, HashAlg, PublicKey};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Files of known host keys. The last one is sealer's own, where keys of new hosts are pinned.
#[derive(Clone, Debug)]
pub struct KnownHosts {
    consulted: Vec<PathBuf>,
    pins: PathBuf,
}

/// A key that a file ties to a host.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    key: PublicKey,
    file: PathBuf,
    line: usize,
}

impl KnownHosts {
    /// Consults `consulted` in order (the user's `~/.ssh/known_hosts`), then `pins`, and pins new hosts there.
    #[must_use]
    pub fn new(consulted: Vec<PathBuf>, pins: PathBuf) -> Self {
        Self { consulted, pins }
    }

    /// Every key of a host that the first file which knows the host holds; empty when no file knows it.
    pub(crate) fn of(&self, address: HostAddress) -> Result<Vec<Known>> {
        for file in self.consulted.iter().chain([&self.pins]) {
            let known = known_in(file, address)?;
            if !known.is_empty() {
                return Ok(known);
            }
        }
        Ok(Vec::new())
    }

    /// Accepts an offered key that is known, pins it where nothing is known, and refuses it otherwise.
    pub(crate) fn verify(&self, address: HostAddress, known: &[Known], offered: &PublicKey) -> Result<()> {
        let Some(first) = known.first() else {
            return self.pin(address, offered);
        };
        if known.iter().any(|known| known.key.key_data() == offered.key_data()) {
            return Ok(());
        }
        // The key of the same kind is the one that was replaced; if there is none, any of them shows the difference.
        let same_kind = known.iter().find(|known| known.key.algorithm() == offered.algorithm());
        let pinned = same_kind.unwrap_or(first);
        Err(Error::HostKeyChanged {
            host: address.to_string(),
            pinned: fingerprint(&pinned.key),
            offered: fingerprint(offered),
            file: pinned.file.clone(),
            line: pinned.line,
        })
    }

    fn pin(&self, address: HostAddress, key: &PublicKey) -> Result<()> {
        let append = || -> io::Result<()> {
            let text = key.to_openssh().map_err(io::Error::other)?;
            append_line(&self.pins, &format!("{} {text}\n", pattern(address)))
        };
        append().map_err(|source| unusable(address, &self.pins, source.into()))
    }
}

/// The kinds of the known keys: asking the server for these first gets the key that can be compared.
pub(crate) fn algorithms(known: &[Known]) -> Vec<Algorithm> {
    known.iter().map(|known| known.key.algorithm()).collect()
}

/// `SHA256:...`, as `ssh-keygen -l` prints it.
fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// How a host is written in a file of known hosts.
fn pattern(address: HostAddress) -> String {
    match address.port {
        crate::address::SSH_PORT => address.ip.to_string(),
        port => format!("[{}]:{port}", address.ip),
    }
}

fn known_in(file: &Path, address: HostAddress) -> Result<Vec<Known>> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unusable(address, file, error.into())),
    };
    let keys = known_host_keys_path(&address.ip.to_string(), address.port, file)
        .map_err(|source| unusable(address, file, source))?;
    let known = |(number, key)| Known { key, file: file.to_owned(), line: true_line(&text, number) };
    Ok(keys.into_iter().map(known).collect())
}

/// The library does not count comment lines; people do.
fn true_line(text: &str, number: usize) -> usize {
    let mut counted = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    counted.nth(number.saturating_sub(1)).map_or(number, |(line, _)| line + 1)
}

/// One write call, so that two connections at once cannot mix their lines.
fn append_line(file: &Path, line: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    let mut open = options.append(true).create(true).mode(0o600).open(file)?;
    open.write_all(line.as_bytes())?;
    open.sync_all()
}

fn unusable(address: HostAddress, file: &Path, source: russh::keys::Error) -> Error {
    let source = Box::new(source);
    Error::KnownHosts { host: address.to_string(), file: file.to_owned(), source }
}

#[cfg(test)]
mod tests;
