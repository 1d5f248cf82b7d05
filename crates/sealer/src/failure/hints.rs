//! What to do about an error, and how the process ends after it: chosen here, for the errors of all rooms, by looking along
//! the chain of causes.

mod cluster;
mod host;

use super::chain;
use crate::exit::Exit;
use std::error::Error;
use std::io;

/// How the process ends after an error.
pub(super) fn kind(error: &(dyn Error + 'static)) -> Exit {
    chain(error).find_map(|error| error.downcast_ref().and_then(cluster::kind)).unwrap_or(Exit::Failed)
}

/// What the text of an error leaves out: every finding of a check.
pub(super) fn details(error: &(dyn Error + 'static)) -> Vec<String> {
    error.downcast_ref().map(cluster::details).unwrap_or_default()
}

/// What to do, from the outermost error that has an answer inwards, each once.
pub(super) fn hints(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for hint in chain(error).flat_map(of_one) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    hints
}

fn of_one(error: &(dyn Error + 'static)) -> Vec<String> {
    let one = |hint: &str| vec![hint.to_owned()];
    let of_cluster = error.downcast_ref().map(cluster::hints);
    let of_host = || error.downcast_ref().and_then(host::hint).map(one);
    let of_system = || error.downcast_ref().and_then(of_system).map(one);
    of_cluster.or_else(of_host).or_else(of_system).unwrap_or_default()
}

fn of_system(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("free some space, or keep sealer's things elsewhere with --root DIR")
        }
        io::ErrorKind::ReadOnlyFilesystem => Some("keep sealer's things elsewhere with --root DIR"),
        io::ErrorKind::PermissionDenied => {
            Some("run sealer as a user who may, or keep its things elsewhere with --root DIR")
        }
        _ => None,
    }
}
