//! When bytes are on the disk. Waiting for the disk after each of a thousand small blobs would take longer than writing them,
//! so small ones are waited for together, when a name is about to lead to them; large ones are waited for one by one while
//! others are still coming. A blob without a name can therefore be torn when the power fails, and only then: the first
//! command after the machine has started again checks those blobs and puts damaged ones aside.

use super::Store;
use super::damage::is_intact;
use crate::error::{Result, at};
use sealer_model::Digest;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

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
        let sync = || Ok(rustix::fs::syncfs(File::open(&folder)?)?);
        sync().map_err(at(&folder))
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
        let _lock = self.own()?;
        if is_noted(&noted, &boot) {
            return Ok(());
        }
        self.check_unnamed()?;
        self.replace(&noted, &boot)
    }

    /// Who may not write cannot name anything either, and so needs no check.
    fn is_writable(&self) -> bool {
        rustix::fs::access(self.ingest(), rustix::fs::Access::WRITE_OK).is_ok()
    }

    /// Large ones were on the disk before they had their place, so only small ones are read: a cache of a hundred gigabytes, in
    /// which nothing has a name, must not be read as a whole before anything of it is served.
    fn check_unnamed(&self) -> Result<()> {
        // Where an image's documents cannot be read, what it needs is checked as if it had no name.
        let named = self.demanded()?;
        for (digest, size) in self.present()? {
            if size < LARGE && !named.contains_key(&digest) && !is_intact(self, &digest)? {
                self.put_aside(&digest)?;
            }
        }
        Ok(())
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
