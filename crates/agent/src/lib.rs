//! What runs on a host as root, behind the hidden verb `agent` of the one binary: it receives changes, commands and blobs on
//! its standard input, carries them out and answers on its standard output. All that it ever does
//! to a host is in a ledger first, so that it can be undone. It listens on no port but two, for other hosts of its cluster, that give away and
//! change nothing: its own program, and pieces of layers.

pub mod error;
pub mod place;

mod balancer;
mod blobs;
mod changes;
mod claim;
mod commands;
mod content;
mod durable;
mod etcd;
mod keep;
mod ledger;
mod mounts;
mod offer;
mod pods;
mod probe;
mod processes;
mod programs;
mod records;
mod registry;
mod relay;
mod removal;
mod replicate;
mod retry;
mod rootfs;
mod server;
mod stdio;
mod verified;

pub use balancer::balance;
pub use error::{Error, Result};
pub use place::Place;
pub use server::serve;

use rustix::fs::Mode;
use std::path::PathBuf;

/// Serves requests on standard input and output until standard input ends. `root` is the folder that holds all of sealer's
/// state on a host, usually `/var/lib/sealer`.
///
/// # Errors
/// When the streams cannot be used or the other side does not speak the protocol.
pub async fn serve_stdio(root: PathBuf) -> Result<()> {
    let (input, output) = stdio::streams()?;
    // Whatever the login set: folders that programs of others must pass are open to them.
    rustix::process::umask(Mode::from_raw_mode(0o022));
    serve(tokio::io::join(input, output), Place::new(root)).await
}
