//! The messages between the delivering machine and the agent on a host. They travel as JSON over HTTP/2 on the standard
//! input and output of one SSH command, so there is no port to open and SSH's checks protect everything.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /` | | 204: the agent is there |
//! | `POST /claim` | [`Claim`] | 204, or 409 with who has it |
//! | `POST /changes` | [`Batch`] | `Vec<`[`Changed`]`>` |
//! | `POST /commands` | [`Command`] | lines of [`Output`] |
//! | `POST /records` | [`KeepRecords`] | [`Changed`]: no, when their folder is not there |
//! | `GET /file?path=P` | | the bytes, or 404 |
//! | `GET /content?path=P` | | the bytes of a file of any size as a stream, or 404 |
//! | `PUT /content?path=P&digest=D` | the bytes of a file | 204 when whole and verified |
//! | `POST /blobs/missing` | `Vec<Descriptor>` | `Vec<`[`Missing`]`>` |
//! | `PATCH /blobs/DIGEST?offset=N` | bytes from N on | 204 when whole and verified |
//! | `PUT /images` | [`Installed`] | 204 |
//! | `POST /images/replicate` | [`Replicate`] | lines of [`Progress`] |
//! | `POST /relay` | [`OpenRelay`] | [`OpenedRelay`] |
//! | `POST /rootfs` | [`Unpack`] | lines of [`Progress`] |
//! | `POST /processes/end` | [`EndProcesses`] | 204 |
//! | `POST /unmount` | [`Unmount`] | 204 |
//! | `POST /etcd/remove-member` | [`RemoveEtcdMember`] | [`Changed`] |
//! | `POST /etcd/snapshot` | [`SnapshotEtcd`] | [`Changed`] |
//! | `POST /probe` | [`Probe`] | [`Probed`] |
//! | `POST /pods/open` | [`OpenPod`] | [`OpenedPod`] |
//! | `POST /pods/reach` | [`ReachPods`] | `Vec<`[`PodReached`]`>`, one a target |
//! | `POST /program/offer` | [`OfferProgram`] | [`OfferedProgram`] |
//! | `POST /remove` | [`Remove`] | lines of [`Progress`] |
//!
//! An error is answered with status 4xx or 5xx and a [`Problem`].

mod etcd;
mod images;
mod probes;
mod relay;

pub use etcd::{EtcdAccess, RemoveEtcdMember, SnapshotEtcd};
pub use images::{Installed, Login, Missing, Replicate, Source, Unpack};
pub use probes::{OpenPod, OpenedPod, PodReached, Probe, Probed, ReachPods};
pub use relay::{Identity, OfferProgram, OfferedProgram, OpenRelay, OpenedRelay, Relayed};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Text that may hold a secret: it is sent, never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub String);

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{} bytes>", self.0.len())
    }
}

/// Changes to a host, made in order, each entered into the host's ledger before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// The cluster that the changes are for; the ledger belongs to it.
    pub cluster: String,
    /// Only say what would change.
    pub dry_run: bool,
    /// The changes.
    pub changes: Vec<Change>,
}

/// One thing that shall be so on a host. The agent compares and acts only where it is not so yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Change {
    /// A file with this content. A foreign file in its place is kept aside and put back on removal.
    File {
        /// Absolute path.
        path: String,
        /// Permission bits.
        mode: u32,
        /// Where the bytes come from.
        content: Content,
    },
    /// Lines of ours between two marker comments in a file that belongs to others, such as `/etc/hosts`.
    Block {
        /// Absolute path.
        path: String,
        /// The block's name in its markers.
        name: String,
        /// The lines; none removes the block.
        lines: Vec<String>,
    },
    /// Values of ours in a JSON document that belongs to others, such as docker's `daemon.json`. Everything else in it stays, and so does
    /// what others make of it later.
    Json {
        /// Absolute path.
        path: String,
        /// Permission bits where there is no such file yet.
        mode: u32,
        /// The values; none takes out those that were put in before.
        values: Vec<JsonValue>,
    },
    /// A folder that is ours with all that will ever be in it. Where it existed before, removal empties it of what is new.
    Directory {
        /// Absolute path.
        path: String,
        /// Permission bits when it is created.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// Absolute path of the link.
        path: String,
        /// What it points to.
        target: String,
    },
    /// A kernel setting; its former value is put back on removal.
    Sysctl {
        /// `net.ipv4.ip_forward`.
        key: String,
        /// The value.
        value: String,
    },
    /// A kernel module; loaded if the kernel does not have it yet.
    Module {
        /// `br_netfilter`.
        name: String,
    },
    /// Swap that is off, now and after a boot. Devices and lines of `/etc/fstab` come back on removal.
    SwapOff,
    /// A systemd unit that is enabled.
    Unit {
        /// `kubelet.service`.
        name: String,
        /// Whether it shall be running too. Then it is restarted if an earlier change of the same batch changed anything.
        /// A kubelet, for one, is only enabled here: kubeadm starts it when its configuration is there.
        running: bool,
    },
    /// A unit of others that reads its configuration again, if it runs and an earlier change of the same batch changed anything; and once
    /// more on removal.
    Reload {
        /// `docker.service`.
        name: String,
    },
    /// Settings of ours for a unit of others, in a file beside its own. If it runs, it begins anew with them, and once more on removal.
    DropIn {
        /// `docker.service`.
        name: String,
        /// The file.
        text: Text,
    },
}

/// One value of ours in a JSON document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JsonValue {
    /// The names that lead to it from the top.
    pub at: Vec<String>,
    /// The value, as JSON; it may be a secret.
    pub json: Text,
    /// Whether it is one item of the list there, instead of the whole.
    #[serde(default)]
    pub in_list: bool,
}

/// Where a file's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// These.
    Text(Text),
    /// Another file on the same host.
    CopyOf(String),
}

/// What became of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Changed {
    /// It was so already.
    No,
    /// It was made so (or, in a dry run, would be).
    Yes,
}

/// A program to run on the host, without a shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    /// Program name or absolute path.
    pub program: String,
    /// Arguments. They are visible on the host: no secrets.
    pub arguments: Vec<String>,
    /// Environment on top of the agent's own.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Standard input.
    #[serde(default)]
    pub input: Option<Text>,
    /// Working folder.
    #[serde(default)]
    pub directory: Option<String>,
    /// The program is ended after this time.
    pub timeout_seconds: u64,
}

/// One message of a running program. The texts of one stream, put one after the other, are what the program printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// A line of standard output with its line end, or a piece of a very long one.
    Stdout(String),
    /// A line of standard error with its line end, or a piece of a very long one.
    Stderr(String),
    /// The end: exit status, or 128 + signal.
    Exit(i32),
    /// The program did not end in time and was ended.
    TimedOut,
}

/// End every process whose executable lies below a folder, or that is in a control group below a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndProcesses {
    /// Folders of executables.
    pub below: Vec<String>,
    /// Names of control groups: `kubepods`.
    pub control_groups: Vec<String>,
}

/// Unmount everything that is mounted below these folders, deepest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmount {
    /// Absolute paths.
    pub below: Vec<String>,
}

/// Undo all that the ledger of a cluster holds, last first, and forget it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remove {
    /// The cluster.
    pub cluster: String,
}

/// Keep other deliverers away from this host for as long as this agent runs. Whoever is about to change something asks this first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// What tells this deliverer's state from all others: letters and digits. A lock on the state lets only one process use it at a time,
    /// so whoever claims with the same word comes after a process that is gone, even if its agent has not noticed yet.
    pub deliverer: String,
    /// Who it is, for people: user, machine, process, time.
    pub owner: String,
    /// End the agent of whoever has the claim.
    pub take_over: bool,
}

/// Records of the deliverer's journal for the copy that a host keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeepRecords {
    /// The copy's file.
    pub path: String,
    /// The records, each a line without its end.
    pub lines: Vec<String>,
}

/// How far a long request has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Bytes done and in all.
    Bytes(u64, u64),
    /// A remark.
    Note(String),
    /// The end, done.
    Done(Changed),
    /// The end, failed; the whole chain of causes.
    Failed(String),
    /// The same, where whoever has what is wanted cannot be reached from the host.
    OutOfReach(String),
}

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The whole chain of causes.
    pub message: String,
}
