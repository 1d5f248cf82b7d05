//! What `docker save` writes: a configuration and plain layers without a manifest. The manifest is made here; layers are
//! compressed in a way that always gives the same bytes, and what a layer became is remembered, so that importing it again
//! costs only reading it.

use super::tape::Tape;
use crate::error::{Error, Result, at};
use crate::store::{LARGEST_DOCUMENT, Store};
use flate2::Compression;
use flate2::write::GzEncoder;
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use sealer_model::image::{Config, Descriptor, Manifest, media_type};
use serde::Deserialize;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// An entry of the archive's `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: PathBuf,
    repo_tags: Option<Vec<String>>,
    layers: Vec<PathBuf>,
}

/// Brings one image of the archive into the store and returns its manifest.
pub(super) fn import(store: &Store, path: &Path, reference: Option<&str>) -> Result<Descriptor> {
    let tape = Tape::open(path, store)?;
    let saved = find(&tape, path, reference)?;
    let config_bytes = document(&tape, path, &saved.config)?;
    let config_descriptor = store.put_document(media_type::CONFIG, &config_bytes)?;
    let config: Config = store.parse(&config_descriptor)?;
    if config.rootfs.diff_ids.len() != saved.layers.len() {
        let reason = "its configuration and its manifest.json count different layers".to_owned();
        return Err(Error::Archive { path: path.to_owned(), reason });
    }
    let mut layers = Vec::new();
    for (name, diff_id) in saved.layers.iter().zip(&config.rootfs.diff_ids) {
        layers.push(layer(store, &tape, path, name, diff_id)?);
    }
    store.put_json(media_type::MANIFEST, &Manifest::new(config_descriptor, layers))
}

fn find(tape: &Tape, path: &Path, reference: Option<&str>) -> Result<Saved> {
    let incomplete = |reason: String| Error::Archive { path: path.to_owned(), reason };
    let text = document(tape, path, Path::new("manifest.json"))?;
    let images: Vec<Saved> = serde_json::from_slice(&text)
        .map_err(|error| incomplete(format!("its manifest.json is malformed: {error}")))?;
    let named = |saved: &Saved| reference.is_none_or(|name| saved.repo_tags.iter().flatten().any(|tag| tag == name));
    let mut found = images.into_iter().filter(named);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(incomplete(format!("it has no image {}", reference.unwrap_or("at all")))),
        (Some(_), Some(_)) => Err(incomplete("it has several images; name one after another colon".into())),
    }
}

fn document(tape: &Tape, path: &Path, name: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut content = tape.read(name)?.take(LARGEST_DOCUMENT);
    content.read_to_end(&mut bytes).map_err(at(path))?;
    Ok(bytes)
}

fn layer(store: &Store, tape: &Tape, path: &Path, name: &Path, diff_id: &Digest) -> Result<Descriptor> {
    let mut content = tape.read(name)?;
    if let Some(known) = store.remembered_layer(diff_id)? {
        let mut hasher = Hashing { inner: io::sink(), hasher: Hasher::default() };
        io::copy(&mut content, &mut hasher).map_err(at(path))?;
        same(path, diff_id, hasher.hasher)?;
        return Ok(known);
    }
    let encoder = GzEncoder::new(store.writer()?, Compression::default());
    let mut hashing = Hashing { inner: encoder, hasher: Hasher::default() };
    io::copy(&mut content, &mut hashing).map_err(at(path))?;
    let Hashing { inner, hasher } = hashing;
    same(path, diff_id, hasher)?;
    let (digest, size) = inner.finish().map_err(at(path))?.finish()?;
    let descriptor = Descriptor::new(media_type::LAYER_GZIP, digest, size);
    store.remember_layer(diff_id, &descriptor)?;
    Ok(descriptor)
}

fn same(path: &Path, diff_id: &Digest, hasher: Hasher) -> Result<()> {
    let found = hasher.finish();
    if found == *diff_id {
        return Ok(());
    }
    let what = format!("a layer in {}", path.display());
    Err(Error::Damaged { what, expected: diff_id.clone(), found })
}

struct Hashing<W> {
    inner: W,
    hasher: Hasher,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
