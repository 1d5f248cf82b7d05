//! The image store of this machine.

use crate::failure::Failure;
use sealer_image::Store;
use std::path::Path;

/// Opens the store in a folder. Blocks.
///
/// # Errors
/// When the folder cannot be used.
pub(super) fn open(folder: &Path) -> Result<Store, Failure> {
    Store::open(folder)
        .map_err(|error| Failure::of(error).within(format!("cannot use the image store {}", folder.display())))
}
