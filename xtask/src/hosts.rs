//! Stand-in hosts: containers with systemd and sshd that look to sealer like bare machines on a network without internet. They
//! run under a docker daemon of our own, so that neither a running docker nor the machine's firewall is touched.

pub(crate) mod emulation;
pub(crate) mod engine;
pub(crate) mod family;
pub(crate) mod fleet;
pub(crate) mod host;
pub(crate) mod image;
pub(crate) mod network;

use std::fs::File;

use crate::error::{Error, Result};
use crate::folders::Folders;

/// This process's turn with the hosts of this machine, for as long as what is returned lives: their daemon is one.
pub(crate) fn turn(folders: &Folders) -> Result<File> {
    let path = folders.cache.join("scenarios.lock");
    let lock = File::create(&path).map_err(Error::file("create", &path))?;
    if lock.try_lock().is_err() {
        let other = "another cargo xtask is trying deliveries on this machine";
        return Err(Error::unmet(format!("{other}: it holds {}", path.display())));
    }
    Ok(lock)
}
