//! Container images that no registry has: from OCI layouts, OCI archives and docker archives into the store, as themselves
//! where they have a manifest, and with one made for them where, as in docker archives, they have none.

mod docker_archive;
mod layout;
mod tape;

use crate::error::{Error, Result};
use crate::store::Store;
use layout::Layout;
use sealer_model::image::{Config, Descriptor, Index, Manifest, media_type};
use sealer_model::image_list::{ImageSource, SourceForm};
use sealer_model::{Platform, Reference};
use std::path::Path;

/// A container image for one platform, whole in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledImage {
    /// The full name.
    pub name: Reference,
    /// The manifest, with its platform.
    pub descriptor: Descriptor,
    /// The multi-platform index it was found in.
    pub original_index: Option<Descriptor>,
}

/// Brings an image from files below `base` into the store, for every one of `platforms` that it is asked for.
///
/// # Errors
/// When the files are no such image, are damaged, or lack a platform.
pub fn import(
    store: &Store,
    source: &ImageSource,
    base: &Path,
    name: &Reference,
    platforms: &[Platform],
) -> Result<Vec<PulledImage>> {
    let path = base.join(&source.path);
    let reference = source.reference.as_deref();
    let layout = match source.form {
        SourceForm::OciDirectory => Layout::folder(&path),
        SourceForm::OciArchive => Layout::archive(&path, store)?,
        SourceForm::DockerArchive => {
            let descriptor = docker_archive::import(store, &path, reference)?;
            return one_platform(store, name, descriptor, platforms);
        }
    };
    let top = layout.find(reference)?;
    layout.copy(&top, store)?;
    if media_type::is_index(&top.media_type) {
        let index: Index = store.index(&top)?;
        let chosen = choose(name, &index, platforms)?;
        for manifest in &chosen {
            layout.copy_image(manifest, store)?;
        }
        let original_index = Some(top);
        let image = |descriptor| PulledImage { name: name.clone(), descriptor, original_index: original_index.clone() };
        return Ok(chosen.into_iter().map(image).collect());
    }
    layout.copy_image(&top, store)?;
    one_platform(store, name, top, platforms)
}

/// The manifests of an index for these platforms, each with its platform.
pub(crate) fn choose(name: &Reference, index: &Index, platforms: &[Platform]) -> Result<Vec<Descriptor>> {
    let for_platform = |wanted: &Platform| {
        let fits = |manifest: &&Descriptor| manifest.platform.as_ref().is_some_and(|platform| platform.runs_on(wanted));
        index.manifests.iter().find(fits).cloned().ok_or_else(|| no_platform(name, wanted))
    };
    platforms.iter().map(for_platform).collect()
}

/// The part of a plain image that some platforms need: that platform's manifest, or a smaller index.
pub(crate) fn narrow(
    store: &Store,
    name: &Reference,
    image: &Descriptor,
    platforms: &[Platform],
) -> Result<Descriptor> {
    if !media_type::is_index(&image.media_type) {
        one_platform(store, name, image.clone(), platforms)?;
        return Ok(image.clone());
    }
    let index: Index = store.index(image)?;
    let mut chosen = choose(name, &index, platforms)?;
    chosen.dedup();
    match chosen.as_slice() {
        [only] => Ok(only.clone()),
        _ => store.put_json(&image.media_type, &Index { manifests: chosen, ..index }),
    }
}

/// A manifest that stands alone is for the platform that its configuration names.
pub(crate) fn one_platform(
    store: &Store,
    name: &Reference,
    descriptor: Descriptor,
    platforms: &[Platform],
) -> Result<Vec<PulledImage>> {
    let manifest: Manifest = store.manifest(&descriptor)?;
    let config: Config = store.parse(&manifest.config)?;
    let platform = Platform { architecture: config.architecture, os: config.os, variant: config.variant };
    if let Some(wanted) = platforms.iter().find(|wanted| !platform.runs_on(wanted)) {
        return Err(no_platform(name, wanted));
    }
    let mut plain = descriptor;
    plain.annotations.clear();
    let descriptor = plain.for_platform(platform);
    Ok(vec![PulledImage { name: name.clone(), descriptor, original_index: None }])
}

fn no_platform(name: &Reference, platform: &Platform) -> Error {
    Error::NoPlatform { name: name.to_string(), platform: platform.to_string() }
}
