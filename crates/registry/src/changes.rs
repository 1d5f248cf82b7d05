//! Names given and taken away, by clients and by peers. Each change has a time; of two changes to one name the later is right, on every
//! registry of a site, whichever it hears of first. What was taken away is remembered, or a peer that was away would bring it
//! back. Without peers nothing of this is written.

use crate::names::Named;
use crate::refusal::Refusal;
use crate::router::Registry;
use jiff::Timestamp;
use sealer_image::{Error, Result as Stored, Store};
use sealer_model::Reference;
use sealer_model::image::Descriptor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Client,
    /// A peer, which tells when its client did it; it does not of a name that some other program gave.
    Peer(Option<u64>),
}

/// How long it is remembered that a name was taken away: a peer that was away for longer must be emptied before it comes back.
const REMEMBERED: i64 = 90 * 24 * 60 * 60 * 1_000_000;

/// The changes of one registry.
#[derive(Debug)]
pub(crate) struct Changes {
    /// One change at a time, so that none is decided by what another is about to replace.
    turn: Mutex<()>,
    /// `None` without peers.
    gone: Option<Gone>,
}

/// Names that were taken away: a file for each.
#[derive(Debug)]
struct Gone {
    folder: PathBuf,
    names: Mutex<BTreeMap<String, u64>>,
}

#[derive(Serialize, Deserialize)]
struct Note {
    name: String,
    changed: u64,
}

impl Changes {
    /// Reads what is remembered. Blocks on the disk.
    pub(crate) fn open(store: &Store, peers: bool) -> Stored<Self> {
        let gone = peers.then(|| Gone::open(store.root().join("peers/deleted"))).transpose()?;
        Ok(Self { turn: Mutex::default(), gone })
    }

    /// Names that were taken away, and when.
    pub(crate) fn gone(&self) -> BTreeMap<String, u64> {
        self.gone.as_ref().map(|gone| lock(&gone.names).clone()).unwrap_or_default()
    }

    fn gone_at(&self, name: &str) -> u64 {
        self.gone.as_ref().and_then(|gone| lock(&gone.names).get(name).copied()).unwrap_or_default()
    }
}

impl Registry {
    /// Gives a name, unless a later change is known. Blocks on the disk.
    ///
    /// # Errors
    /// When a cluster of this site runs another image of that name, or the store cannot be written.
    pub(crate) fn give_name(&self, name: &Reference, image: &Descriptor, by: By) -> Result<(), Refusal> {
        let _turn = lock(&self.changes.turn);
        let catalog = self.names.current()?;
        let known = catalog.named(name);
        let gone = self.changes.gone_at(&name.to_string());
        if known.is_some_and(|known| known.installed && known.digest != image.digest) {
            return if by == By::Client { Err(installed(name)) } else { Ok(()) };
        }
        let last = known.map_or(0, |known| known.changed).max(gone);
        match by {
            By::Client if self.changes.gone.is_none() => self.store.tag(name, image)?,
            By::Client => self.store.tag_at(name, image, next(last))?,
            By::Peer(None) if known.is_none() && gone == 0 => self.store.tag(name, image)?,
            By::Peer(Some(at)) if is_later(at, image, known, gone) => self.store.tag_at(name, image, at)?,
            By::Peer(_) => return Ok(()),
        }
        self.names.forget();
        Ok(())
    }

    /// Takes a name away, unless a later change is known; false when it was not there. Blocks on the disk.
    ///
    /// # Errors
    /// When a cluster of this site runs the image, or the store cannot be written.
    pub(crate) fn take_name(&self, name: &Reference, by: By) -> Result<bool, Refusal> {
        let _turn = lock(&self.changes.turn);
        let catalog = self.names.current()?;
        let known = catalog.named(name);
        if known.is_some_and(|known| known.installed) {
            return if by == By::Client { Err(installed(name)) } else { Ok(true) };
        }
        let last = known.map_or(0, |known| known.changed).max(self.changes.gone_at(&name.to_string()));
        let at = match by {
            By::Client if known.is_none() => return Ok(false),
            By::Client | By::Peer(None) => next(last),
            By::Peer(Some(at)) if at > last => at,
            By::Peer(Some(_)) => return Ok(true),
        };
        if let Some(gone) = &self.changes.gone {
            gone.add(&name.to_string(), at)?;
        }
        self.store.untag(name)?;
        self.names.forget();
        Ok(true)
    }
}

/// Of two changes of the same moment the larger digest is right, for want of a better reason.
fn is_later(at: u64, image: &Descriptor, known: Option<&Named>, gone: u64) -> bool {
    let after = known.is_none_or(|known| (at, &image.digest) > (known.changed, &known.digest));
    after && at > gone
}

/// Now, and in any case later than what is known: a clock that is slow must not make the last change the first.
fn next(last: u64) -> u64 {
    u64::try_from(Timestamp::now().as_microsecond()).unwrap_or_default().max(last.saturating_add(1))
}

fn installed(name: &Reference) -> Refusal {
    Refusal::denied(format!(
        "a cluster of this site runs {name}: the name stays with that image until the cluster has another one, or is deleted"
    ))
}

impl Gone {
    fn open(folder: PathBuf) -> Stored<Self> {
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let oldest = u64::try_from(Timestamp::now().as_microsecond() - REMEMBERED).unwrap_or_default();
        let mut names = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry.map_err(at(&folder))?.path();
            let note: Option<Note> = serde_json::from_slice(&fs::read(&path).map_err(at(&path))?).ok();
            match note.filter(|note| note.changed >= oldest) {
                Some(Note { name, changed }) => _ = names.insert(name, changed),
                None => fs::remove_file(&path).map_err(at(&path))?,
            }
        }
        Ok(Self { folder, names: Mutex::new(names) })
    }

    /// On the disk when this returns.
    fn add(&self, name: &str, changed: u64) -> Stored<()> {
        let path = self.folder.join(sealer_model::Digest::of(name.as_bytes()).hex());
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(&serde_json::to_vec(&Note { name: name.to_owned(), changed })?)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(at(&path))?;
        lock(&self.names).insert(name.to_owned(), changed);
        Ok(())
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + use<'_> {
    move |source| Error::File { path: path.to_owned(), source }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
