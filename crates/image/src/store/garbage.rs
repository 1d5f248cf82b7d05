//! Collecting garbage: blobs that no name leads to. It waits for writers and keeps them out, so that a blob which is about to
//! be named is never lost.

use super::Store;
use super::damage::ASIDE;
use super::upload;
use crate::error::{Result, at};
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};
use rustix::io::Errno;
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use std::collections::BTreeSet;
use std::fs::{self, File};
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

    /// Opens a blob for somebody who is about to name an image that needs it: it becomes as young as a new one. One that belongs to
    /// somebody else, root for instance who brought an image in, keeps its age; then it is most likely needed by that image.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn open_kept(&self, digest: &Digest) -> Result<File> {
        let file = self.open_blob(digest)?;
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        match futimens(&file, &Timestamps { last_access: now, last_modification: now }) {
            Ok(()) | Err(Errno::PERM | Errno::ACCESS | Errno::ROFS) => Ok(file),
            Err(error) => Err(at(&self.blob_path(digest))(error.into())),
        }
    }

    /// As [`Store::open_kept`], for somebody who does not read it.
    ///
    /// # Errors
    /// As [`Store::open_kept`].
    pub fn keep(&self, digest: &Digest) -> Result<()> {
        self.open_kept(digest).map(drop)
    }

    /// Removes one blob, unless a named image needs it; then returns false. What images need is read while others work on the
    /// store, who are kept out only for a moment.
    ///
    /// # Errors
    /// When it is not there, an image's documents cannot be read, or the file cannot be removed.
    pub fn remove_blob(&self, digest: &Digest) -> Result<bool> {
        let mut roots = self.roots()?;
        loop {
            self.open_blob(digest)?;
            let reached = self.reachable_from(&roots);
            let _lock = self.own()?;
            let now = self.roots()?;
            if now == roots {
                let path = self.blob_path(digest);
                let needed = reached?.contains(digest);
                return if needed { Ok(false) } else { fs::remove_file(&path).map_err(at(&path)).map(|()| true) };
            }
            roots = now;
        }
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
        self.reachable_from(&self.roots()?)
    }

    /// Whatever keeps blobs.
    fn roots(&self) -> Result<Vec<Descriptor>> {
        Ok(self.entries()?.into_iter().chain(self.mounted_images()?).collect())
    }

    fn reachable_from(&self, roots: &[Descriptor]) -> Result<BTreeSet<Digest>> {
        let mut reached = BTreeSet::new();
        for root in roots {
            reached.extend(self.reachable(root)?.into_iter().map(|part| part.digest));
        }
        Ok(reached)
    }
}
