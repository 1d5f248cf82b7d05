//! The messages between the delivering machine and the agent on a host. They travel as JSON over HTTP/2 on the standard
//! input and output of one SSH command, so there is no port to open and SSH's checks protect everything.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /` | | 204: the agent is there |
//! | `POST /claim` | [`Claim`] | 204, or 409 with who has it |
//! | `POST /changes` | [`Batch`] | `Vec<`[`Changed`]`>` |
//! | `POST /commands` | [`Command`] | lines of [`Output`] |
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

use crate::Digest;
use crate::image::Descriptor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

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

/// A blob that the host does not have whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// Which blob.
    pub digest: Digest,
    /// Bytes from the start that are there already.
    pub offset: u64,
}

/// A cluster image whose blobs are all in the host's store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installed {
    /// The image's full name.
    pub name: String,
    /// Its index.
    pub index: Descriptor,
    /// Images that the cluster may go back to, by their full names: they stay protected beside this one, and others do not.
    #[serde(default)]
    pub kept: Vec<String>,
}

/// A registry of the site and what to ask it for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `https://sea.hub:5000`.
    pub registry: String,
    /// The address to connect to, whatever the name resolves to so far: `192.0.2.1`.
    pub address: String,
    /// The registry's CA, PEM.
    pub authority: String,
    /// Repository to name in requests.
    pub repository: String,
    /// Who asks, where it wants to know.
    #[serde(default)]
    pub login: Option<Login>,
}

/// A user of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: Text,
}

/// Fetch an image from another registry of the site into the host's own store, and name it there when it is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replicate {
    /// Who has the image.
    pub source: Source,
    /// All that belongs to it.
    pub blobs: Vec<Descriptor>,
    /// What to name when they are there.
    pub image: Installed,
}

/// Fetch a rootfs from the site's registry and unpack it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unpack {
    /// The cluster; the folder is entered into its ledger.
    pub cluster: String,
    /// Who has it.
    pub source: Source,
    /// The rootfs manifest.
    pub manifest: Descriptor,
    /// The folder that shall hold exactly this rootfs; it appears whole or not at all.
    pub destination: String,
    /// Hosts that unpack the same at the same time and relay it to one another; without it, everything comes from `source`.
    #[serde(default)]
    pub relayed: Option<Relayed>,
}

/// Hosts that relay layers to one another, as one of them is told: see [`crate::relay`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relayed {
    /// The number of the host that is told, from 0.
    pub own: u64,
    /// Where each of them has opened its relay.
    pub hosts: Vec<SocketAddr>,
    /// Addresses of the hosts whose registries have everything: `192.0.2.1`.
    pub registries: Vec<String>,
}

/// Open the port at which other hosts of the cluster get pieces of layers, until the agent ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenRelay {
    /// The address to listen on.
    pub address: IpAddr,
    /// Who the host is.
    pub identity: Identity,
}

/// Who a host is to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The cluster's CA, PEM.
    pub authority: String,
    /// The host's certificate, PEM.
    pub certificate: String,
    /// Its key, PEM.
    pub key: Text,
}

/// Where a relay was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenedRelay {
    /// The port.
    pub port: u16,
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

/// Take a member out of the etcd cluster that the etcd on this host belongs to, if it is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveEtcdMember {
    /// The address of the host whose member goes.
    pub address: std::net::IpAddr,
    /// The etcd of this host.
    pub etcd: EtcdAccess,
}

/// Write what etcd holds to a file on this host, unless the file is there. It appears whole and verified or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotEtcd {
    /// The cluster; the file is entered into its ledger.
    pub cluster: String,
    /// The etcd of this host.
    pub etcd: EtcdAccess,
    /// The file.
    pub path: String,
}

/// How the etcd on a host is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EtcdAccess {
    /// Where it listens: `https://127.0.0.1:2379`.
    pub endpoint: String,
    /// The file with the authority of etcd's certificates.
    pub authority: String,
    /// The file with a certificate that etcd lets in.
    pub certificate: String,
    /// The file with its key.
    pub key: String,
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

/// Let other hosts fetch the agent's program from this one for as long as this agent runs. The program is no secret, and who fetches it
/// knows its digest from the delivering machine; so this is the one thing that is served without TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferProgram {
    /// The address by which the other hosts reach this one.
    pub address: std::net::IpAddr,
}

/// Where a program is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferedProgram {
    /// The address of the offering host.
    pub address: std::net::IpAddr,
    /// A port that the kernel chose.
    pub port: u16,
    /// The name by which the program is asked for, and nothing else is there: letters and digits.
    pub name: String,
}

/// Something that the host shall try to reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// `http://web.shop.svc/`, or `tcp://web.shop.svc:80` where only a connection is wanted.
    pub url: String,
    /// Where the name in it leads to, where the host cannot know that.
    pub address: Option<std::net::IpAddr>,
    /// How long it may take.
    pub seconds: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Probed {
    /// The port takes connections.
    Connected,
    /// A page was answered.
    Page {
        /// The status.
        status: u16,
        /// Its first 64 KiB.
        body: String,
    },
    /// Nothing of it; the whole chain of causes.
    Failed(String),
}

/// A listener in the network of a pod, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenPod {
    /// Addresses of pods; the first one that is on this host counts.
    pub pods: Vec<std::net::IpAddr>,
    /// How long it listens.
    pub seconds: u64,
}

/// Where it listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenedPod {
    /// An address of the pod; none where none of the pods is here.
    pub listening: Option<std::net::SocketAddr>,
}

/// Listeners of other hosts to be tried, with as many bytes as fill packets of every size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReachPods {
    /// Addresses of pods; the first one that is on this host tries, or the host itself.
    pub pods: Vec<std::net::IpAddr>,
    /// The listeners.
    pub targets: Vec<std::net::SocketAddr>,
    /// How long each may take to answer, and again to pass the bytes.
    pub seconds: u64,
}

/// What came of one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PodReached {
    /// All bytes came back.
    Passed,
    /// There was no connection, and why.
    Apart(String),
    /// There was a connection, and bytes did not pass, and why.
    Stuck(String),
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
}

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The whole chain of causes.
    pub message: String,
}
