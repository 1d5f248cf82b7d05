//! What a ledger's entries say: which change was made, and what undoing it needs to know.

use crate::changes::json::Edit;
use crate::keep::Kept;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A change that was made, and what was there before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum Entry {
    /// A file or symbolic link of ours.
    File { path: String, before: Kept },
    /// Lines of ours in a file of others.
    Block {
        path: String,
        name: String,
        /// Whether the file did not exist.
        created: bool,
        /// Whether the file's last line had no end, so that one was added before the block.
        ended: bool,
    },
    /// Values of ours in a JSON document of others.
    Json { path: String, before: Kept, edits: Vec<Edit> },
    /// A unit of others that reads what we changed.
    Reload { name: String },
    /// A unit of others that runs with settings of ours.
    DropIn { name: String },
    /// A folder that is ours; what was in it before, if it was there.
    Directory { path: String, before: Option<BTreeSet<String>> },
    /// A folder that was made because something of ours lies in it.
    Parent { path: PathBuf },
    /// A kernel setting and its former value.
    Sysctl { key: String, before: String },
    /// A kernel module that was not loaded.
    Module { name: String },
    /// Swap that was on, and how it came before other swap.
    Swap { path: String, priority: i32 },
    /// Lines of swap in `/etc/fstab` that became comments.
    SwapLines,
    /// A unit and its former state.
    Unit { name: String, enabled: bool, active: bool },
    /// An unpacked rootfs.
    Rootfs { path: String },
}

impl Entry {
    /// Whether both are about the same thing, whatever was there before.
    pub(super) fn same_subject(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { path: one, .. }, Self::File { path: two, .. })
            | (Self::Json { path: one, .. }, Self::Json { path: two, .. })
            | (Self::Reload { name: one }, Self::Reload { name: two })
            | (Self::DropIn { name: one }, Self::DropIn { name: two })
            | (Self::Directory { path: one, .. }, Self::Directory { path: two, .. })
            | (Self::Rootfs { path: one }, Self::Rootfs { path: two })
            | (Self::Sysctl { key: one, .. }, Self::Sysctl { key: two, .. })
            | (Self::Module { name: one }, Self::Module { name: two })
            | (Self::Swap { path: one, .. }, Self::Swap { path: two, .. })
            | (Self::Unit { name: one, .. }, Self::Unit { name: two, .. }) => one == two,
            (Self::Block { path: one, name: first, .. }, Self::Block { path: two, name: second, .. }) => {
                (one, first) == (two, second)
            }
            (Self::Parent { path: one }, Self::Parent { path: two }) => one == two,
            (Self::SwapLines, Self::SwapLines) => true,
            _ => false,
        }
    }
}
