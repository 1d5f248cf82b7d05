//! Layers: the files of one instruction as a tar archive. Files are streamed from the context, never gathered; order, times
//! and owners are fixed, so the same files always give the same layer.
//!
//! Compressing costs far more than hashing, so a layer has a key made of what goes into it; where the store remembers the
//! key, an unchanged rebuild only hashes.

mod cache;

pub(crate) use cache::Cache;

use crate::context::Kind;
use crate::error::Error;
use crate::files::{Entry, Files};
use sealer_image::layer::{Attributes, LayerWriter};
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use sealer_model::event::Meter;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Instant;

/// Changes when the same files would give other bytes than before, so that old keys are forgotten.
pub(crate) const FORMAT: &str = "sealer layer 1 zstd";

/// The digests of all files of a layer, by path in the rootfs.
pub(crate) type Contents = BTreeMap<String, Digest>;

/// Reads every file once.
pub(crate) fn hash(files: &Files, progress: &mut Meter) -> Result<Contents, Error> {
    let mut contents = Contents::new();
    for (path, entry) in files {
        if let Kind::File { source, .. } = &entry.kind {
            contents.insert(path.clone(), hash_file(source, progress)?);
        }
    }
    Ok(contents)
}

fn hash_file(path: &Path, progress: &mut Meter) -> Result<Digest, Error> {
    let failed = |source| Error::read(path, source);
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hasher.finish()),
            length => {
                hasher.update(&buffer[..length]);
                progress.advance(length as u64, Instant::now());
            }
        }
    }
}

/// What determines a layer's bytes, as one digest; `time` is the time of all entries.
pub(crate) fn key(files: &Files, contents: &Contents, time: u64) -> Digest {
    let mut hasher = Hasher::default();
    // No path, target or name holds a zero byte, so fields cannot run into one another.
    let mut field = |text: &str| {
        hasher.update(text.as_bytes());
        hasher.update(&[0]);
    };
    field(FORMAT);
    field(&time.to_string());
    for (path, Entry { kind, mode, owner }) in files {
        field(path);
        field(&format!("{mode:o} {} {}", owner.0, owner.1));
        match kind {
            Kind::Folder => field("folder"),
            Kind::Link { target } => field(&format!("link {target}")),
            Kind::Same { target } => field(&format!("same {target}")),
            Kind::Removal => field("removal"),
            Kind::File { .. } => field(contents.get(path).map_or("", Digest::as_str)),
        }
    }
    hasher.finish()
}

/// Adds the files to a layer, and checks on the way that they are still those that were hashed.
pub(crate) fn add(
    files: &Files,
    contents: &Contents,
    writer: &mut LayerWriter,
    progress: &mut Meter,
) -> Result<(), Error> {
    for (path, entry) in files {
        let attributes = attributes(entry);
        match &entry.kind {
            Kind::Folder => writer.directory(path, attributes)?,
            Kind::Link { target } => writer.link(path, target, attributes)?,
            Kind::Same { target } => writer.hard_link(path, target, attributes)?,
            Kind::Removal => writer.file(path, attributes, 0, std::io::empty())?,
            Kind::File { source, size } => {
                let file = File::open(source).map_err(|error| Error::read(source, error))?;
                let mut content = Hashed { inner: file, hasher: Hasher::default(), progress };
                writer.file(path, attributes, *size, &mut content)?;
                if contents.get(path) != Some(&content.hasher.finish()) {
                    return Err(Error::Changed { path: source.clone() });
                }
            }
        }
    }
    Ok(())
}

fn attributes(entry: &Entry) -> Attributes {
    let (user, group) = entry.owner;
    Attributes { mode: entry.mode, user, group }
}

/// A reader that hashes and counts what passes.
struct Hashed<'a, R> {
    inner: R,
    hasher: Hasher,
    progress: &'a mut Meter,
}

impl<R: Read> Read for Hashed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..length]);
        self.progress.advance(length as u64, Instant::now());
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
