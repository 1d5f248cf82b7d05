//! When bytes are on the disk. Waiting for the disk after each of a thousand small blobs would take longer than writing them,
//! so small ones are waited for together, when a name is about to lead to them; large ones are waited for one by one while
//! others are still coming. A blob without a name can therefore be torn when the power fails, and only then: the first
//! command after the machine has started again checks those blobs and puts damaged ones aside. Where a named image was found not to
//! be whole, it checks all of them, because what heals it has a name before it is on the disk.

use super::Store;
use super::damage::is_intact;
use crate::error::{Result, at};
use sealer_model::Digest;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Blobs of at least so many bytes are on the disk before they have their place.
pub(super) const LARGE: u64 = 1024 * 1024;

/// What the kernel calls the time since the machine was started.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// Waits until a large file is on the disk.
pub(super) fn sync_if_large(file: &File, size: u64) -> io::Result<()> {
    if size < LARGE { Ok(()) } else { file.sync_data() }
}

impl Store {
    /// Waits until everything that was put into the store is on the disk.
    ///
    /// # Errors
    /// When the disk could not take it.
    pub fn settle(&self) -> Result<()> {
        let folder = self.blobs();
        // before the disk is waited for: what comes meanwhile is for the next time
        self.unsettled.store(false, Ordering::SeqCst);
        let sync = || Ok(rustix::fs::syncfs(File::open(&folder)?)?);
        sync().map_err(|error| {
            self.wrote();
            at(&folder)(error)
        })
    }

    /// To be called when a blob got its place.
    pub(super) fn wrote(&self) {
        self.unsettled.store(true, Ordering::SeqCst);
    }

    /// Waits for the disk if anything was written through this store since the last time.
    pub(super) fn settle_what_was_written(&self) -> Result<()> {
        if self.unsettled.load(Ordering::SeqCst) { self.settle() } else { Ok(()) }
    }

    /// Notes that a named image is not whole. What heals it comes under a name that is there already, so after the next start of
    /// the machine named blobs are checked, too.
    pub(super) fn note_wound(&self) -> Result<()> {
        if self.wound().exists() || !self.is_writable() {
            return Ok(());
        }
        self.replace(&self.wound(), b"")
    }

    fn wound(&self) -> PathBuf {
        self.ingest().join("check-named")
    }

    /// Checks what may be torn, once after each start of the machine.
    pub(super) fn check_after_restart(&self) -> Result<()> {
        let Ok(boot) = fs::read(BOOT) else {
            return Ok(());
        };
        let noted = self.ingest().join("boot");
        if is_noted(&noted, &boot) || !self.is_writable() {
            return Ok(());
        }
        let _check = self.own_check()?;
        if is_noted(&noted, &boot) {
            return Ok(());
        }
        let _lock = self.own()?;
        self.check_torn()?;
        self.replace(&noted, &boot)
    }

    /// Who may not write cannot name anything either, and so needs no check.
    fn is_writable(&self) -> bool {
        rustix::fs::access(self.ingest(), rustix::fs::Access::WRITE_OK).is_ok()
    }

    /// Large ones were on the disk before they had their place, so only small ones are read: a cache of a hundred gigabytes, in
    /// which nothing has a name, must not be read as a whole before anything of it is served.
    fn check_torn(&self) -> Result<()> {
        let wound = self.wound();
        let wounded = wound.exists();
        // Where an image's documents cannot be read, what it needs is checked as if it had no name.
        let named = if wounded { BTreeMap::new() } else { self.demanded()? };
        for (digest, size) in self.present()? {
            if size < LARGE && !named.contains_key(&digest) && !is_intact(self, &digest)? {
                self.put_aside(&digest)?;
            }
        }
        if wounded { fs::remove_file(&wound).map_err(at(&wound)) } else { Ok(()) }
    }

    /// Every blob that is there, with its size.
    pub(super) fn present(&self) -> Result<BTreeMap<Digest, u64>> {
        let folder = self.blobs();
        let mut present = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let entry = entry.map_err(at(&folder))?;
            if let Ok(digest) = format!("sha256:{}", entry.file_name().to_string_lossy()).parse() {
                let metadata = entry.metadata().map_err(at(&entry.path()))?;
                present.insert(digest, metadata.len());
            }
        }
        Ok(present)
    }
}

fn is_noted(noted: &Path, boot: &[u8]) -> bool {
    fs::read(noted).is_ok_and(|text| text == boot)
}
