//! The ledger of a host: whose it is, and every change that sealer made to it, with what is needed to undo it. An entry is on
//! disk before its change is made, so a crash can leave an entry without a change but never a change without an entry.

mod entry;
mod lock;

pub(crate) use entry::Entry;

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::place::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Records {
    cluster: String,
    entries: Vec<Entry>,
    /// Units that do not know yet what changed for them.
    #[serde(default)]
    stale: BTreeSet<String>,
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
        let lock = lock::lock(place.root())?;
        let records = read(place)?.unwrap_or_else(|| Records {
            cluster: cluster.to_owned(),
            entries: Vec::new(),
            stale: BTreeSet::new(),
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

    /// Enters what will be done, in the place of what is there of the same subject. When this returns, the entry is on disk.
    pub(crate) fn enter_anew(&mut self, entry: Entry) -> Result<()> {
        match self.records.entries.iter_mut().find(|known| known.same_subject(&entry)) {
            Some(known) => *known = entry,
            None => self.records.entries.push(entry),
        }
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

    /// Notes units that something is about to change for, so that a crash before they learn of it is made up for.
    pub(crate) fn mark_stale<'a>(&mut self, units: impl Iterator<Item = &'a str>) -> Result<()> {
        let before = self.records.stale.len();
        self.records.stale.extend(units.map(str::to_owned));
        if self.records.stale.len() == before { Ok(()) } else { self.write() }
    }

    /// Whether a unit does not know yet what changed for it.
    pub(crate) fn is_stale(&self, unit: &str) -> bool {
        self.records.stale.contains(unit)
    }

    /// A unit knows everything.
    pub(crate) fn mark_fresh(&mut self, unit: &str) -> Result<()> {
        if self.records.stale.remove(unit) { self.write() } else { Ok(()) }
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
        let text =
            serde_json::to_vec_pretty(&self.records).map_err(|source| Error::Ledger { path: path.clone(), source })?;
        durable::write(&path, 0o600, &text)
    }
}

/// Removes a folder with all that is in it; one that is not there is no error.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path, error)),
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
