//! `sealer save`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::Save;
use crate::failure::Failure;

/// Writes an image to an archive.
///
/// # Errors
/// When the image is not there or the archive cannot be written.
pub(super) async fn save(request: Save, context: &Context) -> Result<(), Failure> {
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    blocking(move || {
        sealer_image::save(&open(&folder)?, &request.image, &request.output, &listener)?;
        Ok(())
    })
    .await
}
