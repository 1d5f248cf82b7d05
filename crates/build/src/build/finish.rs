//! The end of a build: layers and documents are written from the inside out, and the name is given last, so nobody ever sees
//! half an image.

use super::{Built, PLATFORMS_AT_ONCE, Rootfs};
use crate::assemble::{self, Carried};
use crate::completeness::{self, Leaving, Proofs};
use crate::discovery::Unsearched;
use crate::error::Error;
use crate::images::Found;
use crate::layers::{BuiltLayer, Made, Maker};
use crate::missing::{Missing, MissingImage, Unknown};
use crate::options::{Mode, Options};
use crate::programs;
use sealer_image::Store;
use sealer_model::event::Listener;
use sealer_model::image::{CarriedProgram, Catalog, Descriptor, Index, Manifest, media_type};
use sealer_model::{Platform, Reference};
use std::collections::BTreeSet;
use std::thread;

/// One rootfs in the store.
struct Written {
    platform: Platform,
    manifest: Descriptor,
    layers: Vec<BuiltLayer>,
}

/// What the end of a build works with.
#[derive(Clone, Copy)]
pub(super) struct Finishing<'a> {
    pub(super) options: &'a Options,
    pub(super) store: &'a Store,
    pub(super) maker: &'a Maker,
    pub(super) listener: &'a Listener,
}

/// Writes everything that is not in the store yet, and names it.
pub(super) fn finish(here: &Finishing<'_>, rootfs: Vec<Rootfs>, found: Found) -> Result<Built, Error> {
    let Finishing { options, store, listener, .. } = *here;
    let programs = programs(here, &rootfs)?;
    let written = write_all(here, rootfs, &found.carried)?;
    listener.stage("write the cluster image");
    let descriptor = write_index(store, &written, &found, &programs)?;
    if options.mode == Mode::All {
        listener.stage("prove that nothing leaves the site");
        prove(options, store, &descriptor, listener)?;
    }
    store.tag(&options.tag, &descriptor)?;
    Ok(built(options, descriptor, written, found))
}

/// sealer's own programs, in the store; what hosts will lack is told.
fn programs(here: &Finishing<'_>, rootfs: &[Rootfs]) -> Result<Vec<CarriedProgram>, Error> {
    let Finishing { options, store, listener, .. } = *here;
    let inherited = rootfs.iter().flat_map(|rootfs| rootfs.base.programs.iter().cloned()).collect();
    let programs = programs::programs(store, options, inherited, listener)?;
    let of_base = rootfs.first().map(|rootfs| rootfs.base.extension.image_type).unwrap_or_default();
    let image_type = options.image_type.unwrap_or(of_base);
    programs::warnings(options, image_type, &programs).into_iter().for_each(|warning| listener.warn(warning));
    Ok(programs)
}

/// Writes every rootfs, several at a time; the result is in the order of the platforms.
fn write_all(here: &Finishing<'_>, mut rootfs: Vec<Rootfs>, carried: &[Carried]) -> Result<Vec<Written>, Error> {
    let mut written = Vec::new();
    while !rootfs.is_empty() {
        let some: Vec<Rootfs> = rootfs.drain(..PLATFORMS_AT_ONCE.min(rootfs.len())).collect();
        let results: Vec<Result<Written, Error>> = thread::scope(|scope| {
            let write = |each| scope.spawn(move || write_rootfs(here, each, carried));
            let threads: Vec<_> = some.into_iter().map(write).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            threads.into_iter().map(join).collect()
        });
        written.extend(results.into_iter().collect::<Result<Vec<Written>, Error>>()?);
    }
    Ok(written)
}

fn write_rootfs(here: &Finishing<'_>, rootfs: Rootfs, carried: &[Carried]) -> Result<Written, Error> {
    let Finishing { options, store, maker, listener } = *here;
    // what was fetched is read until the layers are written
    let Rootfs { platform, base, recipe, prepared, origins: _origins } = rootfs;
    listener.stage(format!("write the layers for {platform}"));
    let mut layers = prepared.layers;
    maker.make(&mut layers)?;
    let made: Vec<Made> = layers.into_iter().filter_map(|laid| laid.made).collect();
    let config = assemble::config(base.config, &recipe, options, &made);
    let config = store.put_json(media_type::CONFIG, &config)?;
    let extension = assemble::extension(&recipe, options, base.extension.image_type);
    let own: Vec<&Carried> = carried.iter().filter(|each| each.platform.runs_on(&platform)).collect();
    let annotations = assemble::annotations(&extension, &own, options).map_err(|source| Error::Document {
        name: options.tag.to_string(),
        what: "the annotations".into(),
        source,
    })?;
    let mut manifest = Manifest::new(config, stack(base.layers, &made));
    manifest.annotations = base.annotations;
    manifest.annotations.extend(annotations);
    let manifest = store.put_json(media_type::MANIFEST, &manifest)?;
    let layers = made.into_iter().map(|made| made.built).collect();
    Ok(Written { platform, manifest, layers })
}

/// The base's layers with the new ones on top.
fn stack(mut base: Vec<Descriptor>, made: &[Made]) -> Vec<Descriptor> {
    base.extend(made.iter().map(|made| made.layer.descriptor.clone()));
    base
}

/// Reads the finished image as a site would and fails if it asks for anything that it does not carry.
fn prove(options: &Options, store: &Store, image: &Descriptor, listener: &Listener) -> Result<(), Error> {
    let memory = Proofs::new(store.root(), &options.sealer_version);
    if memory.knows(&image.digest) {
        return Ok(());
    }
    let proof = completeness::of(store, &options.tag, image)?;
    let (allowed, leaving) =
        proof.leaving.into_iter().partition(|each: &Leaving| options.allow_missing.allows(&each.name));
    if !Vec::is_empty(&leaving) {
        return Err(Error::Missing(Missing { images: leaving.into_iter().map(MissingImage::from).collect() }));
    }
    for Leaving { name, .. } in &allowed {
        listener.warn(format!("{name} is asked for by files of the base image and not carried"));
    }
    let unsearched = proof.unsearched.into_iter();
    let (put_up_with, open): (BTreeSet<Unsearched>, _) =
        unsearched.partition(|file| options.allows_unsearched(&file.file));
    Unknown::refuse(open)?;
    put_up_with.iter().for_each(|file| listener.warn(file.to_string()));
    if allowed.is_empty() && put_up_with.is_empty() { memory.remember(&image.digest) } else { Ok(()) }
}

fn write_index(
    store: &Store,
    rootfs: &[Written],
    found: &Found,
    programs: &[CarriedProgram],
) -> Result<Descriptor, Error> {
    let carried = &found.carried;
    let allowed_missing = found.allowed_missing.iter().cloned().collect();
    let allowed_unsearched = found.allowed_unsearched.iter().cloned().collect();
    let catalog = Catalog { allowed_missing, allowed_unsearched, ..Catalog::of(carried) };
    let catalog = store.put_json(media_type::CATALOG, &catalog)?;
    let catalog = Catalog::manifest(catalog, carried);
    let catalog = store.put_json(media_type::MANIFEST, &catalog)?;
    let rootfs = rootfs.iter().map(|written| (written.platform.clone(), written.manifest.clone())).collect();
    Ok(store.put_json(media_type::INDEX, &Index::of_cluster_image(rootfs, carried, programs, catalog))?)
}

fn built(options: &Options, descriptor: Descriptor, written: Vec<Written>, found: Found) -> Built {
    let mut container_images: Vec<Reference> = found.carried.into_iter().map(|carried| carried.name).collect();
    container_images.dedup();
    Built {
        name: options.tag.clone(),
        descriptor,
        platforms: written.iter().map(|written| written.platform.clone()).collect(),
        container_images,
        layers: written.into_iter().flat_map(|written| written.layers).collect(),
        missing: found.missing.into_iter().map(|image| image.name).collect(),
    }
}
