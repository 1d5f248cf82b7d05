//! A backup of a control plane: what etcd holds and what kubeadm wrote on every master, as one file on the delivering machine. `archive` is
//! the file, `fetched` how a snapshot comes here, `members` is what a restored etcd has to be told about its members, which each master's own static pod says.

mod archive;
mod fetched;
mod members;

use archive::weigh;
pub(crate) use archive::write;
pub(crate) use fetched::fetch;
pub(crate) use members::{EtcdMember, initial_cluster};

use crate::Error;
use sealer_model::Digest;
use sealer_model::Reference;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The folder on a master that is saved with all that is in it.
pub(crate) const SAVED: &str = "/etc/kubernetes";

/// The form of the file that this version writes.
const FORM: u32 = 1;

/// What a backup says of itself: the first document in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// The form of the file: 1.
    pub form: u32,
    /// The cluster.
    pub cluster: String,
    /// The image that it ran.
    pub image: Reference,
    /// Its index.
    pub image_digest: Digest,
    /// When it was taken, RFC 3339.
    pub taken: String,
    /// What etcd held.
    pub snapshot: Snapshot,
    /// The files of the masters, in the order in which they follow.
    pub files: Vec<Saved>,
}

/// The snapshot of etcd in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Bytes.
    pub size: u64,
    /// Of all its bytes.
    pub digest: Digest,
}

/// One file of a master in a backup.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Saved {
    /// The master.
    pub host: IpAddr,
    /// Absolute path.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Of its content.
    pub digest: Digest,
}

/// One file of a master with its content. Keys are among them, so it is never printed.
pub(crate) struct SavedFile {
    pub(crate) saved: Saved,
    pub(crate) text: String,
}

/// A backup that was read and is whole.
pub struct Backup {
    /// What it says of itself.
    pub contents: Contents,
    pub(crate) files: Vec<SavedFile>,
    path: PathBuf,
    /// Where in the file the snapshot begins.
    begin: u64,
}

impl Backup {
    /// Reads a backup and compares everything in it with its digests. Blocks.
    ///
    /// # Errors
    /// When the file cannot be read, is no backup, or is damaged.
    pub fn open(path: &Path) -> Result<Self, Error> {
        archive::read(path)
    }

    /// The masters whose files are in it.
    #[must_use]
    pub fn masters(&self) -> BTreeSet<IpAddr> {
        self.contents.files.iter().map(|file| file.host).collect()
    }

    /// The file that was read.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files of one master.
    pub(crate) fn files_of(&self, host: IpAddr) -> impl Iterator<Item = &SavedFile> {
        self.files.iter().filter(move |file| file.saved.host == host)
    }

    /// What each master's etcd is called and how it is reached.
    pub(crate) fn members(&self) -> Result<Vec<(IpAddr, EtcdMember)>, Error> {
        let member = |host: IpAddr| {
            let manifest = self.files_of(host).find(|file| file.saved.path == members::MANIFEST);
            let read = manifest.and_then(|file| EtcdMember::of_manifest(&file.text));
            let what = format!("{} of {host} is missing or does not name the member of etcd", members::MANIFEST);
            Ok((host, read.ok_or_else(|| self.unusable(what))?))
        };
        self.masters().into_iter().map(member).collect()
    }

    /// The snapshot's bytes from some offset on.
    pub(crate) async fn snapshot(&self, offset: u64) -> std::io::Result<impl tokio::io::AsyncRead + Send + 'static> {
        use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
        let mut file = tokio::fs::File::open(&self.path).await?;
        file.seek(std::io::SeekFrom::Start(self.begin + offset)).await?;
        Ok(file.take(self.contents.snapshot.size.saturating_sub(offset)))
    }

    fn unusable(&self, reason: String) -> Error {
        Error::Backup { path: self.path.clone(), reason }
    }
}
