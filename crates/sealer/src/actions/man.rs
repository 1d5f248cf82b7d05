//! `sealer man`.

use crate::args::Man;
use crate::failure::Failure;

/// Writes the man pages.
///
/// # Errors
/// When the folder cannot be written to.
pub(super) fn man(request: &Man) -> Result<(), Failure> {
    let folder = request.folder.display();
    Man::write(&request.folder)
        .map_err(|error| Failure::of(error).within(format!("cannot write man pages to {folder}")))
}
