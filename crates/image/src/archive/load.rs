//! Reads an archive into the store, in one pass and from any stream: blobs are verified as they come, and the names are given
//! when everything that they lead to is there.

use crate::error::{Error, Result, at};
use crate::store::{LARGEST_DOCUMENT, Store};
use sealer_model::Reference;
use sealer_model::digest::Digest;
use sealer_model::event::{Event, Listener, Transfer};
use sealer_model::image::{Descriptor, Index, annotation};
use std::io::{self, Read};
use std::path::Path;

/// Loads every image of an archive; returns their names. `path` is what errors call the archive.
///
/// # Errors
/// When it is no OCI archive, is cut off, or a blob is damaged or missing. No name is given then.
pub fn load(store: &Store, content: impl Read, path: &Path, listener: &Listener) -> Result<Vec<Reference>> {
    let transfer = Transfer { title: format!("load {}", path.display()), host: None, digest: None };
    let mut loading = Loading { store, path, listener, transfer, index: None, done: 0 };
    let mut archive = tar::Archive::new(content);
    for entry in archive.entries().map_err(at(path))? {
        loading.entry(entry.map_err(|source| loading.broken(&source))?)?;
    }
    loading.name_images()
}

struct Loading<'a> {
    store: &'a Store,
    path: &'a Path,
    listener: &'a Listener,
    transfer: Transfer,
    index: Option<Index>,
    done: u64,
}

impl Loading<'_> {
    fn entry(&mut self, mut entry: tar::Entry<'_, impl Read>) -> Result<()> {
        if !entry.header().entry_type().is_file() {
            return Ok(());
        }
        let path = entry.path().map_err(at(self.path))?;
        let name = path.to_string_lossy().trim_start_matches("./").to_owned();
        match name.strip_prefix("blobs/sha256/") {
            Some(hex) => {
                let digest = format!("sha256:{hex}").parse();
                let digest = digest.map_err(|_| self.incomplete(format!("entry {name}")))?;
                self.blob(&digest, &mut entry)
            }
            None if name == "index.json" => {
                let mut text = Vec::new();
                let mut bounded = entry.take(LARGEST_DOCUMENT);
                bounded.read_to_end(&mut text).map_err(|error| self.broken(&error))?;
                let path = self.path.join("index.json");
                let index = serde_json::from_slice(&text);
                self.index = Some(index.map_err(|source| Error::StoreIndex { path, source })?);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn blob(&mut self, digest: &Digest, entry: &mut impl Read) -> Result<()> {
        let size = if self.store.contains(digest) {
            io::copy(entry, &mut io::sink()).map_err(|error| self.broken(&error))?
        } else {
            let mut writer = self.store.writer()?;
            io::copy(entry, &mut writer).map_err(|error| self.broken(&error))?;
            writer.finish_expecting(digest)?
        };
        self.done += size;
        let (transfer, done) = (self.transfer.clone(), self.done);
        self.listener.tell(Event::Bytes { transfer, done, total: None });
        Ok(())
    }

    fn name_images(self) -> Result<Vec<Reference>> {
        let Some(index) = &self.index else {
            return Err(self.incomplete("it has no index.json".into()));
        };
        let mut images = Vec::new();
        for descriptor in &index.manifests {
            let name = self.name_of(descriptor)?;
            self.require_whole(descriptor)?;
            images.push((name, descriptor));
        }
        if images.is_empty() {
            return Err(self.incomplete("its index.json names no image".into()));
        }
        for (name, descriptor) in &images {
            self.store.tag(name, descriptor)?;
        }
        Ok(images.into_iter().map(|(name, _)| name).collect())
    }

    fn require_whole(&self, descriptor: &Descriptor) -> Result<()> {
        let missing = self.store.missing(descriptor).map_err(|error| match error {
            Error::NoBlob { digest, .. } => self.incomplete(format!("blob {digest} is missing")),
            other => other,
        })?;
        match missing.first() {
            None => Ok(()),
            Some(blob) => Err(self.incomplete(format!("blob {} is missing", blob.digest))),
        }
    }

    fn name_of(&self, descriptor: &Descriptor) -> Result<Reference> {
        let name = descriptor.annotation(annotation::REFERENCE);
        let name = name.ok_or_else(|| self.incomplete("an image in it has no name".into()))?;
        name.parse().map_err(|_| self.incomplete(format!("\"{name}\" is no image name")))
    }

    fn incomplete(&self, reason: String) -> Error {
        Error::Archive { path: self.path.to_owned(), reason }
    }

    /// What the archive's reader says when bytes are missing is about headers; what it means is that the archive is cut off.
    fn broken(&self, error: &io::Error) -> Error {
        self.incomplete(format!("it cannot be read to its end ({error})"))
    }
}
