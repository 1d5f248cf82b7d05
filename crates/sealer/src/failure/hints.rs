//! What to do about an error, and how the process ends after it: chosen here, for the errors of all rooms, by looking along
//! the chain of causes.

use super::chain;
use crate::exit::Exit;
use std::error::Error;
use std::io;

/// How the process ends after an error.
pub(super) fn kind(_error: &(dyn Error + 'static)) -> Exit {
    Exit::Failed
}

/// What to do, from the outermost error that has an answer inwards, each once.
pub(super) fn hints(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for error in chain(error) {
        let hint = error
            .downcast_ref::<io::Error>()
            .and_then(of_system)
            .map(str::to_owned);
        hints.extend(hint.filter(|hint| !hints.contains(hint)));
    }
    hints
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
