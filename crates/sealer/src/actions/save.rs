//! `sealer save`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{ArchiveFormat, Save};
use crate::failure::Failure;
use crate::output;
use sealer_image::{SaveOptions, Saved, Store, save_docker_archive, save_folder};
use sealer_model::event::Listener;

/// Writes an image to an archive, or to a folder.
///
/// # Errors
/// When the image is not there or the archive cannot be written, or a format does not go with the rest.
pub(super) async fn save(request: Save, context: &Context) -> Result<(), Failure> {
    fit(&request)?;
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    let saved = blocking(move || write(&open(&folder)?, request, &listener)).await?;
    if saved.left_out > 0 {
        context.listener.stage(format!("{} were left out: the base has them", output::size(saved.left_out)));
    }
    Ok(())
}

/// Volumes and bases are for the formats that a site loads.
fn fit(request: &Save) -> Result<(), Failure> {
    if request.format != ArchiveFormat::OciArchive && request.split.is_some() {
        return Err(Failure::usage("--split cuts OCI archives only"));
    }
    if request.format == ArchiveFormat::DockerArchive && request.base.is_some() {
        return Err(Failure::usage("--base is for the OCI formats only"));
    }
    Ok(())
}

fn write(store: &Store, request: Save, listener: &Listener) -> Result<Saved, Failure> {
    let Save { image, output: path, platform, base, split, format, .. } = request;
    let name = store.name_of(&image)?;
    let base = base.map(|base| store.name_of(&base)).transpose()?;
    let options = SaveOptions { platforms: platform, base, volume_size: split.map(|size| size.0) };
    Ok(match format {
        ArchiveFormat::OciDir => save_folder(store, &name, &options, &path, listener)?,
        ArchiveFormat::DockerArchive => save_docker_archive(store, &name, &options.platforms, &path, listener)?,
        ArchiveFormat::OciArchive | ArchiveFormat::DockerDir => {
            sealer_image::save(store, &name, &options, &path, listener)?
        }
    })
}
