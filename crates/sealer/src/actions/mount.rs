//! `sealer mount` and `sealer umount`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{Mount, OutputFormat, Unmount};
use crate::failure::Failure;
use crate::output;
use sealer_image::Store;
use sealer_model::Platform;

/// Mounts an image and prints where, or lists what is mounted.
///
/// # Errors
/// When the image is not here, lacks the platform, or cannot be unpacked.
pub(super) async fn mount(request: Mount, context: &Context) -> Result<(), Failure> {
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    let Mount { image, platform, output, json } = request;
    let json = json || output == OutputFormat::Json;
    let Some(image) = image else {
        let mounts = blocking(move || Ok(open(&folder)?.mounts()?)).await?;
        return if json { output::print_json(&mounts) } else { output::print(table(&mounts)) };
    };
    let platform = platform.unwrap_or_else(|| Platform::from_machine(std::env::consts::ARCH));
    let mounted = blocking(move || {
        let store = open(&folder)?;
        Ok(store.mount(&store.name_of(&image)?, &platform, &listener)?)
    })
    .await?;
    if !mounted.read_only {
        context.listener.warn(
            "this user cannot make the folder read-only: it is a copy, and what is changed in it changes nothing else",
        );
    }
    if json { output::print_json(&mounted) } else { output::print(format!("{}\n", mounted.path.display())) }
}

fn table(mounts: &[sealer_image::Mount]) -> String {
    let head = ["ID", "IMAGE", "PLATFORM", "FOLDER"].map(str::to_owned);
    let row = |mount: &sealer_image::Mount| {
        [mount.id.clone(), mount.name.to_string(), mount.platform.to_string(), mount.path.display().to_string()]
    };
    output::table(&std::iter::once(head).chain(mounts.iter().map(row)).collect::<Vec<_>>())
}

/// Removes folders of images that are mounted.
///
/// # Errors
/// When something is not mounted (then nothing is removed), or is in use.
pub(super) async fn unmount(request: Unmount, context: &Context) -> Result<(), Failure> {
    let folder = context.settings.store();
    blocking(move || {
        let store = open(&folder)?;
        for id in meant(&store, &request)? {
            store.unmount(&id)?;
        }
        Ok(())
    })
    .await
}

/// The identifiers of what is meant: an identifier, a folder, or all that is mounted of an image.
fn meant(store: &Store, request: &Unmount) -> Result<Vec<String>, Failure> {
    let mounts = store.mounts()?;
    if request.all {
        return Ok(mounts.into_iter().map(|mount| mount.id).collect());
    }
    let mut ids = Vec::new();
    for word in &request.mounts {
        let name = word.parse().ok();
        let is_meant = |mount: &&sealer_image::Mount| {
            mount.id == *word || mount.path == std::path::Path::new(word) || Some(&mount.name) == name.as_ref()
        };
        let found: Vec<String> = mounts.iter().filter(is_meant).map(|mount| mount.id.clone()).collect();
        if found.is_empty() {
            return Err(sealer_image::Error::NoMount { mount: word.clone() }.into());
        }
        ids.extend(found.into_iter().filter(|id| !ids.contains(id)).collect::<Vec<_>>());
    }
    Ok(ids)
}
