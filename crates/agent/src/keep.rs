//! What was in the place of a file of ours before, kept so that it can be put back exactly.

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::ledger::Ledger;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What was at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "was", rename_all = "kebab-case")]
pub(crate) enum Kept {
    /// Nothing.
    Absent,
    /// A file, now in the folder of backups.
    File { backup: String, mode: u32, user: u32, group: u32 },
    /// A symbolic link.
    Link { target: PathBuf },
}

impl Kept {
    /// Keeps what is at `path`; it stays there too.
    pub(crate) fn take(ledger: &mut Ledger, path: &Path) -> Result<Self> {
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Absent),
            Err(error) => return Err(Error::io("read", path, error)),
        };
        if metadata.is_symlink() {
            return Ok(Self::Link { target: fs::read_link(path).at("read", path)? });
        }
        if !metadata.is_file() {
            let (found, wanted) = ("a folder or a device", "a file");
            return Err(Error::Kind { path: path.to_owned(), found, wanted });
        }
        let backup = ledger.new_backup()?;
        durable::copy(path, &ledger.backup(&backup), 0o600)?;
        let mode = metadata.mode() & 0o7777;
        Ok(Self::File { backup, mode, user: metadata.uid(), group: metadata.gid() })
    }

    /// Puts it back.
    pub(crate) fn put_back(&self, ledger: &Ledger, path: &Path) -> Result<()> {
        match self {
            Self::Absent => durable::remove(path),
            Self::Link { target } => durable::link(path, target),
            Self::File { backup, mode, user, group } => {
                let backup = ledger.backup(backup);
                durable::copy(&backup, path, *mode)?;
                own(path, *user, *group, *mode)
            }
        }
    }
}

/// Changing the owner can clear set-user-id bits, so the mode is set again after it.
pub(crate) fn own(path: &Path, user: u32, group: u32, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let now = fs::symlink_metadata(path).at("read", path)?;
    if (now.uid(), now.gid()) != (user, group) {
        std::os::unix::fs::chown(path, Some(user), Some(group)).at("set the owner of", path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).at("set the mode of", path)?;
    }
    Ok(())
}
