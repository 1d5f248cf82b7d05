//! A file system on a host: how large it is, how full, and how it is mounted.

use serde::{Deserialize, Serialize};

/// A file system below a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disk {
    /// Where it is mounted.
    pub mount_point: String,
    /// `ext4`, `xfs`, `nfs4`; empty when the host did not say.
    pub kind: String,
    /// `rw`, `noexec`, `relatime`.
    pub options: Vec<String>,
    /// Bytes in all.
    pub total: u64,
    /// Bytes that root may still use.
    pub free: u64,
    /// Files that it may hold, where their number is limited.
    pub inodes: Option<Inodes>,
}

/// Numbers of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inodes {
    /// In all.
    pub total: u64,
    /// Not used yet.
    pub free: u64,
}

impl Disk {
    /// Whether it is mounted with an option.
    #[must_use]
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|present| present == option)
    }
}
