//! The ledger of a host: whose it is, and every change that sealer made to it, with what is needed to undo it. An entry is on
//! disk before its change is made, so a crash can leave an entry without a change but never a change without an entry.

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::keep::Kept;
use crate::place::Place;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long another agent is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

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
    /// A folder that is ours; what was in it before, if it was there.
    Directory { path: String, before: Option<BTreeSet<String>> },
    /// A folder that was made because something of ours lies in it.
    Parent { path: PathBuf },
    /// A kernel setting and its former value.
    Sysctl { key: String, before: String },
    /// A kernel module that was not loaded.
    Module { name: String },
    /// A unit and its former state.
    Unit { name: String, enabled: bool, active: bool },
    /// An unpacked rootfs.
    Rootfs { path: String },
}

impl Entry {
    /// Whether both are about the same thing, whatever was there before.
    fn same_subject(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { path: one, .. }, Self::File { path: two, .. })
            | (Self::Directory { path: one, .. }, Self::Directory { path: two, .. })
            | (Self::Rootfs { path: one }, Self::Rootfs { path: two })
            | (Self::Sysctl { key: one, .. }, Self::Sysctl { key: two, .. })
            | (Self::Module { name: one }, Self::Module { name: two })
            | (Self::Unit { name: one, .. }, Self::Unit { name: two, .. }) => one == two,
            (
                Self::Block { path: one, name: first, .. },
                Self::Block { path: two, name: second, .. },
            ) => (one, first) == (two, second),
            (Self::Parent { path: one }, Self::Parent { path: two }) => one == two,
            _ => false,
        }
    }
}

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Records {
    cluster: String,
    entries: Vec<Entry>,
    /// Units whose files changed and which were not restarted since.
    #[serde(default)]
    restarts: BTreeSet<String>,
    /// The number of the next backup.
    #[serde(default)]
    backups: u64,
}

/// The ledger, open for one batch. Other agents on the host wait until it is dropped.
pub(crate) struct Ledger {
    place: Place,
    records: Records,
    _lock: File,
}

impl Ledger {
    /// Opens the ledger for a cluster, or begins one in memory; nothing is written before the first entry.
    pub(crate) fn open(place: &Place, cluster: &str) -> Result<Self> {
        let lock = lock(place.root())?;
        let records = read(place)?.unwrap_or_else(|| Records {
            cluster: cluster.to_owned(),
            entries: Vec::new(),
            restarts: BTreeSet::new(),
            backups: 0,
        });
        if records.cluster != cluster {
            let (ledger, asked) = (records.cluster, cluster.to_owned());
            return Err(Error::OtherCluster { ledger, asked });
        }
        Ok(Self { place: place.clone(), records, _lock: lock })
    }

    /// Enters what will be done, unless it is there already. When this returns, the entry is on disk.
    pub(crate) fn enter(&mut self, entry: Entry) -> Result<()> {
        if self.records.entries.iter().any(|known| known.same_subject(&entry)) {
            return Ok(());
        }
        self.records.entries.push(entry);
        self.write()
    }

    /// Whether a change of this subject is entered.
    pub(crate) fn holds(&self, entry: &Entry) -> bool {
        self.records.entries.iter().any(|known| known.same_subject(entry))
    }

    /// Makes the folders above a path, each entered first.
    pub(crate) fn make_parents(&mut self, path: &Path) -> Result<()> {
        for folder in durable::missing_parents(path) {
            self.enter(Entry::Parent { path: folder.clone() })?;
            fs::create_dir(&folder).at("make", &folder)?;
        }
        Ok(())
    }

    /// Notes units that must be restarted because something they read is about to change.
    pub(crate) fn need_restart<'a>(&mut self, units: impl Iterator<Item = &'a str>) -> Result<()> {
        let before = self.records.restarts.len();
        self.records.restarts.extend(units.map(str::to_owned));
        if self.records.restarts.len() == before { Ok(()) } else { self.write() }
    }

    /// Whether a unit must be restarted.
    pub(crate) fn needs_restart(&self, unit: &str) -> bool {
        self.records.restarts.contains(unit)
    }

    /// A unit was restarted.
    pub(crate) fn restarted(&mut self, unit: &str) -> Result<()> {
        if self.records.restarts.remove(unit) { self.write() } else { Ok(()) }
    }

    /// A new place for what must be kept aside.
    pub(crate) fn new_backup(&mut self) -> Result<String> {
        let folder = backups(&self.place);
        fs::create_dir_all(&folder).at("make", &folder)?;
        let number = self.records.backups;
        self.records.backups += 1;
        Ok(number.to_string())
    }

    /// Where a backup lies.
    pub(crate) fn backup(&self, name: &str) -> PathBuf {
        backups(&self.place).join(name)
    }

    /// Where this ledger's changes are made.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// All entries, oldest first.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.records.entries
    }

    /// Strikes an entry that was undone.
    pub(crate) fn strike(&mut self, entry: &Entry) -> Result<()> {
        self.records.entries.retain(|known| known != entry);
        self.write()
    }

    /// Removes the ledger itself with its backups.
    pub(crate) fn forget(self) -> Result<()> {
        remove_folder(&backups(&self.place))?;
        durable::remove(&file(&self.place))
    }

    fn write(&self) -> Result<()> {
        let path = file(&self.place);
        let text = serde_json::to_vec_pretty(&self.records)
            .map_err(|source| Error::Ledger { path: path.clone(), source })?;
        durable::write(&path, 0o600, &text)
    }
}

/// Removes a folder with all that is in it; one that is not there is no error.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path, error))
        }
        _ => Ok(()),
    }
}

fn file(place: &Place) -> PathBuf {
    place.root().join("ledger.json")
}

fn backups(place: &Place) -> PathBuf {
    place.root().join("backup")
}

fn read(place: &Place) -> Result<Option<Records>> {
    let path = file(place);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", &path, error)),
    };
    serde_json::from_slice(&text).map(Some).map_err(|source| Error::Ledger { path, source })
}

/// One agent at a time, by a lock on the folder itself: it needs no file and goes away with its holder.
fn lock(root: &Path) -> Result<File> {
    fs::create_dir_all(root).at("make", root)?;
    let folder = File::open(root).at("open", root)?;
    let begun = Instant::now();
    loop {
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(folder),
            Err(Errno::WOULDBLOCK) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(Errno::WOULDBLOCK) => {
                return Err(Error::Busy { seconds: PATIENCE.as_secs() });
            }
            Err(error) => return Err(Error::io("lock", root, error.into())),
        }
    }
}
