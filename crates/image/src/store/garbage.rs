//! Collecting garbage: blobs that no name leads to. It waits for writers and keeps them out, so that a blob which is about to
//! be named is never lost.

use super::Store;
use super::damage::ASIDE;
use super::upload;
use crate::error::{Error, Result, at};
use sealer_model::Digest;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Collected {
    /// How many blobs.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A temporary file that nobody has written to for so long belongs to nobody.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

/// Half a blob that nobody has gone on with for so long is not waited for any more.
const GIVEN_UP: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// A file that may be removed.
struct Found {
    path: PathBuf,
    size: u64,
}

/// Files that have not been changed for some time and have a name that is wanted.
fn files_older_than(folder: &Path, age: Duration, wanted: impl Fn(&str) -> bool) -> Result<Vec<Found>> {
    let now = SystemTime::now();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let entry = entry.map_err(at(folder))?;
        let path = entry.path();
        if !wanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let metadata = entry.metadata().map_err(at(&path))?;
        let modified = metadata.modified().map_err(at(&path))?;
        // A time in the future is no age.
        if age.is_zero() || now.duration_since(modified).is_ok_and(|found| found >= age) {
            found.push(Found { path, size: metadata.len() });
        }
    }
    Ok(found)
}

impl Store {
    /// Removes every blob that no named image needs, and what is remembered about blobs that are not here. Documents that other tools
    /// named are kept with all that they need.
    ///
    /// # Errors
    /// When an image's documents cannot be read (then nothing is removed), or a file cannot be removed.
    pub fn collect_garbage(&self) -> Result<Collected> {
        self.collect_garbage_older_than(Duration::ZERO)
    }

    /// As [`Store::collect_garbage`], but only what has lain there for some time: in a registry, blobs come before the
    /// manifest that needs them. What was left behind in writing is removed after a day.
    ///
    /// # Errors
    /// As [`Store::collect_garbage`].
    pub fn collect_garbage_older_than(&self, age: Duration) -> Result<Collected> {
        let _lock = self.own()?;
        let mut collected = Collected::default();
        for file in self.garbage(age)?.into_iter().chain(self.left_behind()?) {
            collected.bytes += file.size;
            collected.blobs += 1;
            fs::remove_file(&file.path).map_err(at(&file.path))?;
        }
        self.forget_absent()?;
        Ok(collected)
    }

    /// Where builds keep layers unpacked for their commands.
    #[must_use]
    pub fn unpacked(&self) -> PathBuf {
        self.root().join("build/rootfs")
    }

    /// Removes every layer that builds keep unpacked; the next build that has a command to run unpacks it again. It waits for
    /// builds that are under way.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn remove_unpacked(&self) -> Result<()> {
        let _lock = self.own()?;
        let folder = self.unpacked();
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(&folder)(error)),
            _ => Ok(()),
        }
    }

    /// What [`Store::collect_garbage_older_than`] would remove now.
    ///
    /// # Errors
    /// When an image's documents cannot be read.
    pub fn garbage_older_than(&self, age: Duration) -> Result<Collected> {
        let files = self.garbage(age)?.into_iter().chain(self.left_behind()?);
        Ok(files
            .fold(Collected::default(), |sum, file| Collected { blobs: sum.blobs + 1, bytes: sum.bytes + file.size }))
    }

    /// Makes a blob as young as a new one, for somebody who is about to name an image that needs it.
    ///
    /// # Errors
    /// When it is not there, or belongs to somebody else.
    pub fn keep(&self, digest: &Digest) -> Result<()> {
        let path = self.blob_path(digest);
        self.open_blob(digest)?.set_modified(SystemTime::now()).map_err(at(&path))
    }

    /// Removes one blob, unless a named image needs it; then returns false.
    ///
    /// # Errors
    /// When it is not there, an image's documents cannot be read, or the file cannot be removed.
    pub fn remove_blob(&self, digest: &Digest) -> Result<bool> {
        let _lock = self.own()?;
        if !self.contains(digest) {
            return Err(Error::NoBlob { digest: digest.clone(), store: self.root().to_owned() });
        }
        if self.needed()?.contains(digest) {
            return Ok(false);
        }
        let path = self.blob_path(digest);
        fs::remove_file(&path).map_err(at(&path))?;
        Ok(true)
    }

    fn garbage(&self, age: Duration) -> Result<Vec<Found>> {
        let needed = self.needed()?;
        let is_garbage = |name: &str| {
            let digest = format!("sha256:{name}").parse::<Digest>();
            digest.is_ok_and(|digest| !needed.contains(&digest))
        };
        files_older_than(&self.blobs(), age, is_garbage)
    }

    /// Temporary files of writers that died (who still writes has touched its file today), and damaged blobs. What has
    /// arrived of a blob stays longer: a pull or a push may go on with it.
    fn left_behind(&self) -> Result<Vec<Found>> {
        let is_temporary = |name: &str| name.starts_with("write-") || name.starts_with(".tmp");
        let temporary = files_older_than(&self.ingest(), LEFT_BEHIND, is_temporary)?;
        let unfinished = |name: &str| name.starts_with("partial-") || name.starts_with(upload::PREFIX);
        let unfinished = files_older_than(&self.ingest(), GIVEN_UP, unfinished)?;
        let damaged = files_older_than(&self.ingest(), Duration::ZERO, |name| name.starts_with(ASIDE))?;
        Ok(temporary.into_iter().chain(unfinished).chain(damaged).collect())
    }

    pub(super) fn needed(&self) -> Result<BTreeSet<Digest>> {
        let mut needed = BTreeSet::new();
        for entry in self.entries()?.into_iter().chain(self.mounted_images()?) {
            needed.extend(self.reachable(&entry)?.into_iter().map(|part| part.digest));
        }
        Ok(needed)
    }
}
