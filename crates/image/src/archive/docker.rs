//! Writes a container image as `docker save` does, for programs that read nothing else: its configuration and its layers without
//! compression. How long a layer is then has to be known before it is written, so each is decompressed twice and nothing is kept.

use super::save::{Saved, append, chosen};
use super::unfinished::Unfinished;
use crate::bounds::most;
use crate::copy::hash;
use crate::error::{Error, Result, at};
use crate::layer::{decompressed, unreadable};
use crate::store::Store;
use sealer_model::event::{Listener, Meter, Transfer};
use sealer_model::image::{Config, Descriptor, Manifest, media_type};
use sealer_model::{Digest, Platform, Reference};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::Path;
use std::time::Instant;

/// A layer without its compression.
struct Plain<'a> {
    layer: &'a Descriptor,
    diff_id: Digest,
    size: u64,
}

/// Writes an image of the store for one platform to a docker archive, which appears whole or not at all.
///
/// # Errors
/// When the image is not there, incomplete, a cluster image, or for several platforms of which `platforms` does not choose one; or
/// the file cannot be written.
pub fn save_docker_archive(
    store: &Store,
    name: &Reference,
    platforms: &[Platform],
    path: &Path,
    listener: &Listener,
) -> Result<Saved> {
    let _lock = store.share()?;
    let image = one_image(store, name, chosen(store, name, platforms)?)?;
    let manifest: Manifest = store.manifest(&image)?;
    let config: Config = store.parse(&manifest.config)?;
    let mut layers = Vec::new();
    for (layer, diff_id) in manifest.layers.iter().zip(config.rootfs.diff_ids) {
        layers.push(measured(store, layer, diff_id)?);
    }
    if layers.len() != manifest.layers.len() {
        return Err(unsuitable(name, "counts more layers than its configuration"));
    }
    let transfer = Transfer { title: format!("save {name}"), host: None, digest: None };
    let mut meter = Meter::new(listener, transfer, Some(layers.iter().map(|layer| layer.size).sum()));
    let target = Unfinished::begin(path).map_err(at(path))?;
    let mut tar = tar::Builder::new(io::BufWriter::with_capacity(1 << 20, &target.file));
    let mut written = BTreeSet::new();
    for layer in &layers {
        if written.insert(&layer.diff_id) {
            let mut blob = store.open_blob(&layer.layer.digest)?;
            let content = decompressed(&mut blob, layer.layer)?;
            append(&mut tar, &layer_name(&layer.diff_id), content, layer.size).map_err(at(path))?;
        }
        meter.advance(layer.size, Instant::now());
    }
    documents(store, &mut tar, name, &manifest, &layers)?;
    let end =
        |tar: tar::Builder<io::BufWriter<_>>| tar.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error);
    end(tar).map_err(at(path))?;
    let size = target.publish(path).map_err(at(path))?;
    Ok(Saved { size, digest: image.digest, left_out: 0 })
}

/// The manifest of a plain image for one platform.
fn one_image(store: &Store, name: &Reference, image: Descriptor) -> Result<Descriptor> {
    if !media_type::is_index(&image.media_type) {
        return Ok(image);
    }
    let index = store.index(&image)?;
    if index.is_cluster_image() {
        return Err(unsuitable(
            name,
            "is a cluster image, which docker's archives cannot hold; save it as an OCI archive",
        ));
    }
    let mut manifests = index.manifests.into_iter();
    match (manifests.next(), manifests.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(unsuitable(name, "is for several platforms, and docker's archives hold one; name it with --platform")),
    }
}

/// How large a layer is without its compression. That it is what the configuration says is seen on the way.
fn measured<'a>(store: &Store, layer: &'a Descriptor, diff_id: Digest) -> Result<Plain<'a>> {
    let broken = |source| unreadable(layer, source);
    let mut blob = store.open_blob(&layer.digest)?;
    let most = most(layer.size);
    let mut content = decompressed(&mut blob, layer)?.take(most.saturating_add(1));
    let (size, found) = hash(&mut content, |_| ()).map_err(broken)?;
    if size > most {
        return Err(broken(io::Error::other(format!("it unpacks to more than {most} bytes"))));
    }
    if found != diff_id {
        let what = format!("what layer {} unpacks to", layer.digest);
        return Err(Error::Damaged { what, expected: diff_id, found });
    }
    Ok(Plain { layer, diff_id, size })
}

/// Writes the configuration and the list that says what is what.
fn documents(
    store: &Store,
    tar: &mut tar::Builder<impl io::Write>,
    name: &Reference,
    manifest: &Manifest,
    layers: &[Plain<'_>],
) -> Result<()> {
    let config = store.read_document(&manifest.config)?;
    let config_name = format!("{}.json", manifest.config.digest.hex());
    let names: Vec<String> = layers.iter().map(|layer| layer_name(&layer.diff_id)).collect();
    let tag = name.tag().map(|tag| format!("{}:{tag}", name.repository()));
    let tags: Vec<String> = tag.into_iter().collect();
    let list = json!([{ "Config": config_name, "RepoTags": tags, "Layers": names }]).to_string();
    let mut write =
        |path: &str, bytes: &[u8]| append(tar, path, bytes, bytes.len() as u64).map_err(at(Path::new(path)));
    write(&config_name, &config)?;
    write("manifest.json", list.as_bytes())
}

fn layer_name(diff_id: &Digest) -> String {
    format!("{}.tar", diff_id.hex())
}

fn unsuitable(name: &Reference, reason: &str) -> Error {
    Error::Unsuitable { name: name.to_string(), reason: reason.to_owned() }
}
