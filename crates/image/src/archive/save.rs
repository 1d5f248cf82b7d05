//! Writes an image into an archive: fixed order, fixed times, so that the same image always gives the same file.

use super::folder::UnfinishedFolder;
use super::target::Target;
use crate::composition::part_for;
use crate::error::{Error, Result, at};
use crate::store::Store;
use sealer_model::event::{Listener, Meter, Transfer};
use sealer_model::image::{Descriptor, Index, annotation};
use sealer_model::{Digest, Platform, Reference};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Instant;

/// What to leave out of an archive, and how to cut it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveOptions {
    /// Only what these platforms need; all where there are none.
    pub platforms: Vec<Platform>,
    /// Only what this image of the store lacks.
    pub base: Option<Reference>,
    /// Volumes of so many bytes instead of one file.
    pub volume_size: Option<NonZeroU64>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Bytes of the archive, all volumes together.
    pub size: u64,
    /// The digest of the image in it; another one than that of the name where platforms were left out.
    pub digest: Digest,
    /// Bytes of the image's blobs that the base has.
    pub left_out: u64,
}

/// Writes an image of the store to the file `path`, which appears whole or not at all, or to volumes beside that path.
///
/// # Errors
/// When the image is not there, incomplete, or lacks a platform, the base is not there, or the file cannot be written.
pub fn save(store: &Store, name: &Reference, options: &SaveOptions, path: &Path, listener: &Listener) -> Result<Saved> {
    // What is read here must not be collected meanwhile, though somebody takes its name away.
    let _lock = store.share()?;
    let descriptor = chosen(store, name, &options.platforms)?;
    let base = options.base.as_ref().map(|base| Base::of(store, base, &options.platforms)).transpose()?;
    let (parts, left_out) = parts(store, &descriptor, base.as_ref())?;
    let total: u64 = parts.iter().map(|part| part.size).sum();
    let target = Target::begin(path, options.volume_size, parts.len() as u64 * MOST_PADDING + total)?;
    let transfer = Transfer { title: format!("save {name}"), host: None, digest: None };
    let mut meter = Meter::new(listener, transfer, Some(total));
    let index = index(&descriptor, name, base.as_ref());
    let size = index.and_then(|index| write(store, &index, &parts, target, name, &mut meter)).map_err(at(path))?;
    Ok(Saved { size, digest: descriptor.digest, left_out })
}

/// Writes an image of the store to the folder `path` as an OCI image layout, which appears whole or not at all. With a base, what the
/// base has is left out.
///
/// # Errors
/// As [`save`], and when something is at that path, or volumes are wanted.
pub fn save_folder(
    store: &Store,
    name: &Reference,
    options: &SaveOptions,
    path: &Path,
    listener: &Listener,
) -> Result<Saved> {
    if options.volume_size.is_some() {
        return Err(Error::Volume { path: path.to_owned(), reason: "is a folder, which has no volumes".to_owned() });
    }
    let _lock = store.share()?;
    let descriptor = chosen(store, name, &options.platforms)?;
    let base = options.base.as_ref().map(|base| Base::of(store, base, &options.platforms)).transpose()?;
    let (parts, left_out) = parts(store, &descriptor, base.as_ref())?;
    let size = parts.iter().map(|part| part.size).sum();
    let transfer = Transfer { title: format!("save {name}"), host: None, digest: None };
    let mut meter = Meter::new(listener, transfer, Some(size));
    let mut fill = || {
        let index = index(&descriptor, name, base.as_ref())?;
        let unfinished = UnfinishedFolder::begin(path)?;
        fs::create_dir_all(unfinished.path.join("blobs/sha256"))?;
        for part in &parts {
            let mut blob = Watched { meter: &mut meter, content: File::open(store.blob_path(&part.digest))? };
            io::copy(&mut blob, &mut File::create_new(unfinished.path.join(blob_name(&part.digest)))?)?;
        }
        fs::write(unfinished.path.join("oci-layout"), LAYOUT)?;
        fs::write(unfinished.path.join("index.json"), index)?;
        unfinished.publish(path)
    };
    fill().map_err(at(path))?;
    Ok(Saved { size, digest: descriptor.digest, left_out })
}

/// The image, or one of the parts of it that some platforms need.
pub(super) fn chosen(store: &Store, name: &Reference, platforms: &[Platform]) -> Result<Descriptor> {
    let image = store.require(name)?;
    if platforms.is_empty() {
        return Ok(image);
    }
    part_for(store, name, &image, platforms)
}

/// An image whose blobs are left out.
struct Base {
    name: Reference,
    /// Who has any of these has the blobs: the image itself, and the part of it that the same platforms need.
    digests: Vec<Digest>,
    blobs: BTreeSet<Digest>,
}

impl Base {
    fn of(store: &Store, name: &Reference, platforms: &[Platform]) -> Result<Self> {
        let (whole, part) = (store.require(name)?, chosen(store, name, platforms)?);
        let blobs = |image| -> Result<BTreeSet<Digest>> {
            Ok(store.reachable(image)?.into_iter().map(|blob| blob.digest).collect())
        };
        let blobs = blobs(&whole)?.intersection(&blobs(&part)?).cloned().collect();
        let mut digests = vec![whole.digest, part.digest];
        digests.dedup();
        Ok(Self { name: name.clone(), digests, blobs })
    }
}

fn write(
    store: &Store,
    index: &[u8],
    parts: &[Descriptor],
    target: Target,
    name: &Reference,
    meter: &mut Meter,
) -> io::Result<u64> {
    let mut tar = tar::Builder::new(io::BufWriter::with_capacity(1 << 20, target));
    append(&mut tar, "oci-layout", LAYOUT.as_bytes(), LAYOUT.len() as u64)?;
    append(&mut tar, "index.json", index, index.len() as u64)?;
    for part in parts {
        let blob = Watched { meter: &mut *meter, content: File::open(store.blob_path(&part.digest))? };
        append(&mut tar, &blob_name(&part.digest), blob, part.size)?;
    }
    tar.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?.publish(name)
}

/// What an entry of an archive takes beside its content, at most.
const MOST_PADDING: u64 = 1024;

const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// Documents first, so that a reader knows early what is to come; then blobs. Each group is in order of digest. Beside them,
/// the bytes that the base has.
fn parts(store: &Store, descriptor: &Descriptor, base: Option<&Base>) -> Result<(Vec<Descriptor>, u64)> {
    let all = store.reachable(descriptor)?;
    let is_there = |part: &Descriptor| base.is_some_and(|base| base.blobs.contains(&part.digest));
    let (there, mut parts): (Vec<_>, Vec<_>) = all.into_iter().partition(is_there);
    for part in &parts {
        match store.blob_size(&part.digest)? {
            Some(size) if size == part.size => {}
            _ => {
                let (digest, store) = (part.digest.clone(), store.root().to_owned());
                return Err(Error::NoBlob { digest, store });
            }
        }
    }
    parts.sort_by(|one, other| (one.size, &one.digest).cmp(&(other.size, &other.digest)));
    Ok((parts, there.iter().map(|part| part.size).sum()))
}

fn index(descriptor: &Descriptor, name: &Reference, base: Option<&Base>) -> io::Result<Vec<u8>> {
    let mut plain = descriptor.clone();
    plain.annotations.clear();
    let mut index = Index::new(vec![plain.annotated(annotation::REFERENCE, name.to_string())]);
    if let Some(base) = base {
        index.annotations.insert(annotation::BASE_NAME.to_owned(), base.name.to_string());
        let digests: Vec<&str> = base.digests.iter().map(Digest::as_str).collect();
        index.annotations.insert(annotation::BASE_DIGESTS.to_owned(), digests.join(","));
    }
    Ok(serde_json::to_vec(&index)?)
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

pub(super) fn append(tar: &mut tar::Builder<impl Write>, path: &str, content: impl Read, size: u64) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(size);
    header.set_mtime(0);
    tar.append_data(&mut header, path, content)
}

/// A blob that is counted while it is read.
struct Watched<'a> {
    meter: &'a mut Meter,
    content: File,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        self.meter.advance(length as u64, Instant::now());
        Ok(length)
    }
}
