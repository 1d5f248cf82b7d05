//! One agent at a time on a host, by a lock on sealer's folder itself: it needs no file and goes away with its holder.

use crate::error::{Error, IoContext as _, Result};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long another agent is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for the lock; it is free again when the file is dropped.
pub(super) fn lock(root: &Path) -> Result<File> {
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
