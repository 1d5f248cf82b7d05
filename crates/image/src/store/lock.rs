//! One lock file for the whole store: writers of blobs hold it together with others, whoever changes names or collects
//! garbage holds it alone. The kernel frees it when a process dies.

use super::Store;
use crate::error::{Result, at};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io;

/// While there is one, no garbage is collected.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "the lock is freed with the file")] File);

impl Store {
    /// Keeps everything that is in the store there until what is returned is dropped, for somebody who reads blobs for a while:
    /// whoever collects garbage waits.
    ///
    /// # Errors
    /// When the lock cannot be had.
    pub fn hold(&self) -> Result<Hold> {
        self.share().map(Hold)
    }

    /// Waits until nobody holds the lock alone, and shares it until the file is dropped.
    pub(crate) fn share(&self) -> Result<File> {
        self.take("lock", FlockOperation::LockShared)
    }

    /// Waits until nobody writes, and keeps others out until the file is dropped.
    pub(super) fn own(&self) -> Result<File> {
        self.take("lock", FlockOperation::LockExclusive)
    }

    /// Waits until nobody else changes names. Apart from the other lock, because a writer may want to name what it wrote.
    pub(super) fn own_names(&self) -> Result<File> {
        self.take("lock-names", FlockOperation::LockExclusive)
    }

    /// Waits until nobody else checks what may be torn since the machine started. Apart from the lock of the store: who only waits for
    /// another's check to end must not wait for those who write since.
    pub(super) fn own_check(&self) -> Result<File> {
        self.take("lock-check", FlockOperation::LockExclusive)
    }

    /// Waits until nobody else mounts or unmounts.
    pub(super) fn own_mounts(&self) -> Result<File> {
        self.take("lock-mounts", FlockOperation::LockExclusive)
    }

    fn take(&self, name: &str, operation: FlockOperation) -> Result<File> {
        let path = self.ingest().join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = match options.open(&path) {
            // Root made it in a store that is somebody else's; to lock it, it need only be read.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(&path),
            opened => opened,
        };
        let file = file.map_err(at(&path))?;
        flock(&file, operation).map_err(|error| at(&path)(error.into()))?;
        Ok(file)
    }
}
