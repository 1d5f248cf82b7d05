//! `sealer save`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::Save;
use crate::failure::Failure;
use crate::output;
use sealer_image::SaveOptions;

/// Writes an image to an archive.
///
/// # Errors
/// When the image is not there or the archive cannot be written.
pub(super) async fn save(request: Save, context: &Context) -> Result<(), Failure> {
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    let Save { image, output: path, platform, base, split, .. } = request;
    let options = SaveOptions { platforms: platform, base, volume_size: split.map(|size| size.0) };
    let told = context.listener.clone();
    let saved = blocking(move || {
        let store = open(&folder)?;
        let options = SaveOptions { base: options.base.map(|base| store.name_of(&base)).transpose()?, ..options };
        Ok(sealer_image::save(&store, &store.name_of(&image)?, &options, &path, &listener)?)
    })
    .await?;
    if saved.left_out > 0 {
        told.stage(format!("{} were left out: the base has them", output::size(saved.left_out)));
    }
    Ok(())
}
