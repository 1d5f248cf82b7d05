//! What to do about an error, and how the process ends after it: chosen here, for the errors of all rooms, by looking along
//! the chain of causes.

mod build;
mod cluster;
mod host;
mod image;

use super::chain;
use crate::exit::Exit;
use std::error::Error;
use std::io;

/// How the process ends after an error.
pub(super) fn kind(error: &(dyn Error + 'static)) -> Exit {
    let kind = chain(error).find_map(|error| as_a(error).and_then(cluster::kind));
    kind.unwrap_or(Exit::Failed)
}

/// What the text of an error leaves out: every finding of a check.
pub(super) fn details(error: &(dyn Error + 'static)) -> Vec<String> {
    as_a(error).map(cluster::details).unwrap_or_default()
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
    let hint = as_a(error)
        .and_then(image::hint)
        .or_else(|| as_a(error).and_then(build::hint))
        .or_else(|| as_a(error).and_then(host::hint))
        .or_else(|| as_a(error).and_then(of_system));
    match hint {
        Some(hint) => vec![hint.to_owned()],
        None => as_a(error).map(cluster::hints).unwrap_or_default(),
    }
}

/// The error as a room's own type; recursive errors are boxed.
fn as_a<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    error
        .downcast_ref::<E>()
        .or_else(|| error.downcast_ref::<Box<E>>().map(AsRef::as_ref))
}

fn of_system(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("free some space, or keep sealer's things elsewhere with --root DIR")
        }
        io::ErrorKind::ReadOnlyFilesystem => Some("keep sealer's things elsewhere with --root DIR"),
        io::ErrorKind::AddrInUse => {
            Some("end the program that listens there, or choose another --addr")
        }
        io::ErrorKind::PermissionDenied => {
            Some("run sealer as a user who may, or keep its things elsewhere with --root DIR")
        }
        _ => None,
    }
}
