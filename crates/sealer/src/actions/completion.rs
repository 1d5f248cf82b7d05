//! `sealer completion`.

use crate::args::Completion;
use crate::failure::Failure;
use crate::output;

/// Prints the completion script of a shell.
///
/// # Errors
/// When standard output cannot be written to.
pub(super) fn completion(request: &Completion) -> Result<(), Failure> {
    output::print(request.script())
}
