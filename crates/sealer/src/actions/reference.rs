//! `sealer reference`.

use crate::args;
use crate::failure::Failure;
use crate::output;

/// Prints the reference of all verbs.
///
/// # Errors
/// When standard output cannot be written to.
pub(super) fn reference() -> Result<(), Failure> {
    output::print(args::reference())
}
