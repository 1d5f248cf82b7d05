//! Which blobs of this host's store were read and found whole, and how the file system knew them then. A blob whose file was changed
//! since, or was never read, is read before it counts: what is damaged on a disk is brought again, not taken for there. It lies beside the
//! ledger and not in the store, which belongs to the user that the registry runs as: whoever can write blobs must not vouch for them.

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::place::Place;
use sealer_image::Store;
use sealer_model::Digest;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

const FILE: &str = "verified-blobs";

/// Nobody else needs it.
const MODE: u32 = 0o600;

/// What is remembered of a host's blobs.
#[derive(Debug)]
pub(crate) struct Verified {
    path: PathBuf,
    known: BTreeMap<String, String>,
}

impl Verified {
    /// Reads what is remembered. It is only a memory: a line that was cut off is as good as none. Blocks.
    pub(crate) fn read(place: &Place) -> Result<Self> {
        let path = file(place);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            other => other.at("read", &path)?,
        };
        let known = text.lines().filter_map(|line| line.split_once(' '));
        let known = known.map(|(digest, stamp)| (digest.to_owned(), stamp.to_owned())).collect();
        Ok(Self { path, known })
    }

    /// Whether a blob that is there is whole; one that is not is put aside. Blocks.
    pub(crate) fn is_whole(&mut self, store: &Store, digest: &Digest) -> Result<bool> {
        let stamp = stamp(&store.blob_path(digest))?;
        if self.known.get(digest.as_str()) == Some(&stamp) {
            return Ok(true);
        }
        if !store.keep_if_intact(digest)? {
            return Ok(false);
        }
        self.remember(digest, stamp)?;
        Ok(true)
    }

    /// Remembers a blob that was verified while it came. Blocks.
    pub(crate) fn came(place: &Place, store: &Store, digest: &Digest) -> Result<()> {
        let stamp = stamp(&store.blob_path(digest))?;
        Self { path: file(place), known: BTreeMap::new() }.remember(digest, stamp)
    }

    /// One write for each line: several may write at once.
    fn remember(&mut self, digest: &Digest, stamp: String) -> Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.append(true).create(true).mode(MODE).open(&self.path).at("open", &self.path)?;
        file.write_all(format!("{digest} {stamp}\n").as_bytes()).at("write", &self.path)?;
        self.known.insert(digest.as_str().to_owned(), stamp);
        Ok(())
    }
}

fn file(place: &Place) -> PathBuf {
    place.root().join(FILE)
}

/// Forgets all of it, when the blobs are gone.
pub(crate) fn forget(place: &Place) -> Result<()> {
    durable::remove(&file(place))
}

/// How the file system tells one state of a file from another.
fn stamp(path: &Path) -> Result<String> {
    let found = fs::metadata(path).map_err(|error| Error::io("look at", path, error))?;
    Ok(format!("{} {} {} {}", found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
}
