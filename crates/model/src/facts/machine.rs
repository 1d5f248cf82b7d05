//! The machine and its kernel, beyond what every verb needs.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The machine and its kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// What the processor can do, in the kernel's words: `sse4_2`, `popcnt`.
    pub processor_flags: BTreeSet<String>,
    /// Memory in bytes that programs can have without swapping.
    pub memory_available: u64,
    /// Bytes set aside as huge pages.
    pub huge_pages: u64,
    /// Cgroup controllers that the kernel offers: `cpu`, `memory`.
    pub controllers: BTreeSet<String>,
    /// Kernel settings that were asked for, by key, as the kernel prints them.
    pub settings: BTreeMap<String, String>,
    /// Settings in the administrator's files, as `file: key = value`, for the keys that sealer sets.
    pub settings_files: Vec<String>,
    /// Whether the running kernel's modules are on the disk.
    pub modules_folder: bool,
    /// Modules whose loading `modprobe.d` replaces by a command of its own.
    pub modules_blocked: BTreeSet<String>,
    /// The firmware's identifier of the machine; empty where there is none.
    pub product_uuid: String,
    /// The name in `/etc/hostname`; empty where there is none.
    pub static_hostname: String,
    /// Whether an update waits for a reboot.
    pub reboot_required: bool,
}
