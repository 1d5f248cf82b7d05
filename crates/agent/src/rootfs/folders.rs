//! The folders of one rootfs: it is built in one beside its place and renamed when the last byte is verified and on disk. A
//! file inside says which rootfs it is, so that a second request finds it done.

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::ledger::remove_folder;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use sealer_model::Digest;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

/// In a rootfs: the digest of its manifest.
const MARKER: &str = ".sealer-rootfs";

#[derive(Clone, Debug)]
pub(super) struct Folders {
    /// Where the rootfs shall be.
    pub(super) destination: PathBuf,
    /// Where it is built.
    pub(super) part: PathBuf,
    /// Where the one before it waits to be removed.
    old: PathBuf,
}

impl Folders {
    /// `/a/rootfs`, `/a/.rootfs.part` and `/a/.rootfs.old`.
    pub(super) fn of(destination: PathBuf) -> Self {
        let name = destination.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let beside = |kind: &str| destination.with_file_name(format!(".{name}.{kind}"));
        let (part, old) = (beside("part"), beside("old"));
        Self { destination, part, old }
    }

    /// Whether the rootfs of this manifest is there.
    pub(super) fn hold(&self, manifest: &Digest) -> Result<bool> {
        let marker = self.destination.join(MARKER);
        match fs::read_to_string(&marker) {
            Ok(text) => Ok(text.trim() == manifest.as_str()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io("read", &marker, error)),
        }
    }

    /// Makes an empty folder to build in. A rootfs that was moved aside in a try that was cut off in that moment comes back first.
    pub(super) fn begin(&self) -> Result<()> {
        if self.old.exists() && !self.destination.exists() {
            fs::rename(&self.old, &self.destination).at("move", &self.old)?;
        }
        self.clear()?;
        fs::create_dir(&self.part).at("make", &self.part)
    }

    /// Makes what was built count.
    pub(super) fn finish(&self, manifest: &Digest) -> Result<()> {
        durable::write(&self.part.join(MARKER), 0o644, manifest.as_str().as_bytes())?;
        let folder = File::open(&self.part).at("open", &self.part)?;
        rustix::fs::syncfs(&folder).map_err(io::Error::from).at("write", &self.part)?;
        self.replace()?;
        self.destination.parent().map_or(Ok(()), durable::sync_folder)?;
        self.clear()
    }

    /// Puts what was built in its place, in one step where there is one before it and the file system can.
    fn replace(&self) -> Result<()> {
        if self.destination.exists() {
            match renameat_with(CWD, &self.part, CWD, &self.destination, RenameFlags::EXCHANGE) {
                Err(Errno::INVAL | Errno::NOSYS) => {
                    fs::rename(&self.destination, &self.old).at("move", &self.destination)?
                }
                other => return other.map_err(io::Error::from).at("exchange", &self.part),
            }
        }
        fs::rename(&self.part, &self.destination).at("move", &self.part)
    }

    /// Removes what unfinished tries left.
    pub(super) fn clear(&self) -> Result<()> {
        remove_folder(&self.part)?;
        remove_folder(&self.old)
    }

    /// Removes everything.
    pub(super) fn remove(&self) -> Result<()> {
        self.clear()?;
        remove_folder(&self.destination)
    }
}
