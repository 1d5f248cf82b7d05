//! What the delivering machine keeps about one cluster, in `<root>/clusters/<name>/`: the desired state, the journal, the
//! cluster's authority and a lock. Files are mode 0600 and are replaced as a whole, never edited in place.

mod intention;
mod plans;

use crate::Error;
use crate::journal::Journal;
use rustix::fs::{FlockOperation, flock};
use sealer_model::Digest;
use sealer_model::cluster::Cluster;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The folder of one cluster, locked for this process.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    lock: Option<File>,
}

const CLUSTER_FILE: &str = "cluster.json";
const LOCK_FILE: &str = "lock";
const DELIVERER_FILE: &str = "deliverer";

/// What a cluster that is forgotten has until it is gone as a whole: none of it is secret, and without it the same command could not be
/// given again.
const KEPT_TO_THE_END: [&str; 4] = [CLUSTER_FILE, LOCK_FILE, DELIVERER_FILE, Journal::FILE];

/// How the name of a folder begins that is being removed; no cluster's does.
const ASIDE: char = '.';

impl State {
    /// Opens the folder of a cluster, creating it if need be, and locks it.
    ///
    /// # Errors
    /// When another process has the lock, or the folder cannot be used.
    pub fn lock(root: &Path, cluster: &str) -> Result<Self, Error> {
        let folder = folder(root, cluster);
        let path = folder.join(LOCK_FILE);
        loop {
            let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
            created.map_err(at(&folder))?;
            let mut file = match private().create(true).truncate(false).open(&path) {
                // whoever had the lock forgot the cluster in this very moment
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(at(&path))?,
            };
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
                let mut owner = String::new();
                file.read_to_string(&mut owner).map_err(at(&path))?;
                return Err(Error::Locked { cluster: cluster.to_owned(), owner: owner.trim().into() });
            }
            if is_still_at(&file, &path).map_err(at(&path))? {
                // of a cluster of this name whose removal was cut off when it was forgotten already
                remove_all(&aside(&folder))?;
                sign(&mut file).map_err(at(&path))?;
                return Ok(Self { folder, lock: Some(file) });
            }
        }
    }

    /// Opens the folder of a cluster that must exist, and locks it.
    ///
    /// # Errors
    /// As [`State::lock`], and when the cluster is unknown.
    pub fn lock_existing(root: &Path, cluster: &str) -> Result<(Self, Cluster), Error> {
        let path = folder(root, cluster).join(CLUSTER_FILE);
        if !path.exists() {
            return Err(Error::Unknown { cluster: cluster.to_owned(), path });
        }
        let state = Self::lock(root, cluster)?;
        match state.cluster()? {
            Some(desired) => Ok((state, desired)),
            None => Err(Error::Unknown { cluster: cluster.to_owned(), path }),
        }
    }

    /// Reads the desired state of a cluster without locking it, for verbs that change nothing.
    ///
    /// # Errors
    /// When the cluster is unknown or the file is damaged.
    pub fn read(root: &Path, cluster: &str) -> Result<Cluster, Error> {
        let state = Self { folder: folder(root, cluster), lock: None };
        let path = state.path(CLUSTER_FILE);
        state.cluster()?.ok_or(Error::Unknown { cluster: cluster.to_owned(), path })
    }

    /// The desired state of a cluster that was made whole; none when it is unknown or was never finished.
    ///
    /// # Errors
    /// When its files are damaged.
    pub fn made(root: &Path, cluster: &str) -> Result<Option<Cluster>, Error> {
        let state = Self { folder: folder(root, cluster), lock: None };
        if Journal::ended_well(&state, "run")? { state.cluster() } else { Ok(None) }
    }

    /// The folder of a cluster, to be read only and without a lock.
    pub(crate) fn look(root: &Path, cluster: &str) -> Self {
        Self { folder: folder(root, cluster), lock: None }
    }

    /// The names of all clusters known here, sorted.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(root: &Path) -> Result<Vec<String>, Error> {
        let clusters = root.join("clusters");
        let entries = match fs::read_dir(&clusters) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(at(&clusters))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(at(&clusters))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with(ASIDE) && entry.path().join(CLUSTER_FILE).exists() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// The path of a file of this cluster.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The desired state, if it was saved before.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn cluster(&self) -> Result<Option<Cluster>, Error> {
        let path = self.path(CLUSTER_FILE);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(at(&path))?,
        };
        serde_json::from_slice(&text).map(Some).map_err(|source| Error::DamagedState { path, source })
    }

    /// Saves the desired state.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, cluster: &Cluster) -> Result<(), Error> {
        let mut text = serde_json::to_vec_pretty(cluster).expect("a cluster is plain data and always has a JSON form");
        text.push(b'\n');
        self.write(CLUSTER_FILE, &text)
    }

    /// Replaces a file of this cluster as a whole: write, sync, rename, sync.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        write(&self.folder, &self.path(name), content)
    }

    /// What tells this state from that of any other deliverer, on this machine or elsewhere.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(crate) fn deliverer(&self) -> Result<String, Error> {
        if let Some(known) = self.read_file(DELIVERER_FILE)? {
            return Ok(known);
        }
        let made = (rustix::system::uname().nodename().to_owned(), std::process::id(), jiff::Timestamp::now());
        let word = Digest::of(format!("{made:?} {}", self.folder.display()).as_bytes()).hex()[..16].to_owned();
        self.write(DELIVERER_FILE, word.as_bytes())?;
        Ok(word)
    }

    /// Reads a file of this cluster, if it is there.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read_file(&self, name: &str) -> Result<Option<String>, Error> {
        let path = self.path(name);
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some).map_err(at(&path)),
        }
    }

    /// Forgets the cluster, but keeps what was done to it: its desired state and its journal, below `<root>/history/<name>/`, by the time
    /// of this. Its authority goes.
    ///
    /// # Errors
    /// When something cannot be written or removed.
    pub(crate) fn retire(self, root: &Path, name: &str) -> Result<(), Error> {
        let time = jiff::Timestamp::now().as_millisecond().to_string();
        let kept = history(root, name).join(time);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&kept).map_err(at(&kept))?;
        for file in [Journal::FILE, CLUSTER_FILE] {
            let (from, to) = (self.path(file), kept.join(file));
            match fs::copy(&from, &to) {
                // nothing was ever done to it
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(at(&to))?,
            };
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).map_err(at(&to))?;
            File::open(&to).and_then(|file| file.sync_all()).map_err(at(&to))?;
        }
        self.forget()
    }

    /// What was kept of the cluster of this name that was deleted last.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn retired(root: &Path, name: &str) -> Result<Option<Self>, Error> {
        let folder = history(root, name);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(at(&folder))?,
        };
        let mut times: Vec<(u64, PathBuf)> = Vec::new();
        for entry in entries {
            let entry = entry.map_err(at(&folder))?;
            // without its desired state it was cut off while it was kept, and is still whole where it was
            if let (Ok(time), true) =
                (entry.file_name().to_string_lossy().parse(), entry.path().join(CLUSTER_FILE).exists())
            {
                times.push((time, entry.path()));
            }
        }
        Ok(times.into_iter().max().map(|(_, folder)| Self { folder, lock: None }))
    }

    /// Forgets the cluster: the folder with all that is in it. Cut off anywhere, the cluster is either known as before, but for its
    /// secrets, or not at all.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn forget(self) -> Result<(), Error> {
        for entry in fs::read_dir(&self.folder).map_err(at(&self.folder))? {
            let entry = entry.map_err(at(&self.folder))?;
            if !KEPT_TO_THE_END.iter().any(|kept| entry.file_name() == *kept) {
                remove_all(&entry.path())?;
            }
        }
        let aside = aside(&self.folder);
        remove_all(&aside)?;
        fs::rename(&self.folder, &aside).map_err(at(&self.folder))?;
        remove_all(&aside)?;
        drop(self.lock);
        Ok(())
    }
}

/// Replaces a file as a whole.
fn write(folder: &Path, path: &Path, content: &[u8]) -> Result<(), Error> {
    let replace = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    replace().map_err(at(path))
}

/// Where a cluster's folder goes to be removed, in one move.
fn aside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.with_file_name(format!("{ASIDE}{name}"))
}

/// Removes a file or a folder with all that is in it, if it is there.
fn remove_all(path: &Path) -> Result<(), Error> {
    let is_folder = path.symlink_metadata().is_ok_and(|it| it.is_dir());
    let removed = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

fn history(root: &Path, cluster: &str) -> PathBuf {
    root.join("history").join(cluster)
}

fn folder(root: &Path, cluster: &str) -> PathBuf {
    root.join("clusters").join(cluster)
}

/// Options for a file that only its owner may read.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

/// Whether the path still leads to the file: a lock on one that was removed keeps nobody away.
fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        found => Ok(found?.ino() == file.metadata()?.ino()),
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "process {} since {}", std::process::id(), jiff::Timestamp::now())
}

pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + use<'_> {
    move |source| Error::State { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_cannot_work_on_one_cluster() {
        let root = tempfile::tempdir().unwrap();
        let first = State::lock(root.path(), "c").unwrap();
        let second = State::lock(root.path(), "c").unwrap_err();
        assert!(second.to_string().contains(&std::process::id().to_string()), "{second}");
        drop(first);
        State::lock(root.path(), "c").unwrap();
    }

    #[test]
    fn a_lock_on_a_folder_that_was_forgotten_meanwhile_keeps_nobody_away() {
        let root = tempfile::tempdir().unwrap();
        let first = State::lock(root.path(), "c").unwrap();
        let path = first.path(LOCK_FILE);
        let file = private().open(&path).unwrap();
        assert!(is_still_at(&file, &path).unwrap());
        first.forget().unwrap();
        assert!(!is_still_at(&file, &path).unwrap());
        let second = State::lock(root.path(), "c").unwrap();
        assert!(!is_still_at(&file, &path).unwrap());
        drop(second);
    }

    #[test]
    fn what_is_left_of_a_cluster_that_was_being_forgotten_is_no_cluster_and_goes_with_the_next_of_its_name() {
        let root = tempfile::tempdir().unwrap();
        let state = State::lock(root.path(), "c").unwrap();
        state.save(&crate::step::tests::cluster(&["10.0.0.1"], &[])).unwrap();
        let clusters = root.path().join("clusters");
        let left = aside(&clusters.join("c"));
        fs::rename(clusters.join("c"), &left).unwrap();
        drop(state);
        assert_eq!(State::names(root.path()).unwrap(), [""; 0]);
        assert!(State::read(root.path(), "c").is_err() && left.exists());
        let next = State::lock(root.path(), "c").unwrap();
        assert!(!left.exists());
        next.write("authority.key", b"secret").unwrap();
        next.forget().unwrap();
        assert_eq!(fs::read_dir(&clusters).unwrap().count(), 0);
    }

    #[test]
    fn a_cluster_that_was_never_saved_is_unknown() {
        let root = tempfile::tempdir().unwrap();
        let error = State::lock_existing(root.path(), "c").unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }), "{error}");
    }

    #[test]
    fn what_was_done_to_a_cluster_outlives_it_and_its_authority_does_not() {
        let root = tempfile::tempdir().unwrap();
        assert!(State::retired(root.path(), "my-cluster").unwrap().is_none());
        for image in ["i:v1", "i:v2"] {
            let state = State::lock(root.path(), "my-cluster").unwrap();
            let cluster = crate::step::tests::cluster(&["10.0.0.1"], &[]);
            state.save(&Cluster { image: image.parse().unwrap(), ..cluster }).unwrap();
            state.write("authority.key", b"secret").unwrap();
            state.retire(root.path(), "my-cluster").unwrap();
            assert!(State::read(root.path(), "my-cluster").is_err());
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let kept = State::retired(root.path(), "my-cluster").unwrap().unwrap();
        assert_eq!(kept.cluster().unwrap().unwrap().image.to_string(), "docker.io/library/i:v2");
        assert!(!kept.path("authority.key").exists());
        let report = crate::report::Report::read(root.path(), "my-cluster").unwrap();
        assert_eq!(report.image, "docker.io/library/i:v2");
    }
}
