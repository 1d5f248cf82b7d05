//! Writes an image into an archive: fixed order, fixed times, so that the same image always gives the same file.

use super::unfinished::Unfinished;
use crate::error::{Error, Result, at};
use crate::store::Store;
use sealer_model::event::{Listener, Meter, Transfer};
use sealer_model::image::{Descriptor, Index, annotation};
use sealer_model::{Digest, Reference};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Instant;

/// Writes an image of the store to the file `path`, which appears whole or not at all. Returns its size in bytes.
///
/// # Errors
/// When the image is not there or incomplete, or the file cannot be written.
pub fn save(store: &Store, name: &Reference, path: &Path, listener: &Listener) -> Result<u64> {
    let descriptor = store.require(name)?;
    let parts = parts(store, &descriptor)?;
    let total = parts.iter().map(|part| part.size).sum();
    let transfer = Transfer { title: format!("save {name}"), host: None, digest: None };
    let mut meter = Meter::new(listener, transfer, Some(total));
    let mut write = || {
        let unfinished = Unfinished::begin(path)?;
        let mut tar = tar::Builder::new(io::BufWriter::with_capacity(1 << 20, &unfinished.file));
        append(&mut tar, "oci-layout", LAYOUT.as_bytes(), LAYOUT.len() as u64)?;
        let index = index(&descriptor, name)?;
        append(&mut tar, "index.json", index.as_slice(), index.len() as u64)?;
        for part in &parts {
            let blob = Watched { meter: &mut meter, content: File::open(store.blob_path(&part.digest))? };
            append(&mut tar, &blob_name(&part.digest), blob, part.size)?;
        }
        tar.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        unfinished.publish(path)
    };
    write().map_err(at(path))
}

const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// Documents first, so that a reader knows early what is to come; then blobs. Each group is in order of digest.
fn parts(store: &Store, descriptor: &Descriptor) -> Result<Vec<Descriptor>> {
    let mut parts = store.reachable(descriptor)?;
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
    Ok(parts)
}

fn index(descriptor: &Descriptor, name: &Reference) -> io::Result<Vec<u8>> {
    let mut plain = descriptor.clone();
    plain.annotations.clear();
    let entry = plain.annotated(annotation::REFERENCE, name.to_string());
    Ok(serde_json::to_vec(&Index::new(vec![entry]))?)
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

fn append(tar: &mut tar::Builder<impl Write>, path: &str, content: impl Read, size: u64) -> io::Result<()> {
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
