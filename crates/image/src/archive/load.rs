//! Reads an archive into the store, in one pass and from any stream: blobs are verified as they come, and the names are given
//! when everything that they lead to is there. Archives of the Go sealer are read too, also the bundle of archives that it
//! writes for several platforms, and what they hold is converted.

use super::volumes::{self, VolumeReader};
use crate::bounds::{Metered, each_entry};
use crate::compression;
use crate::conversion;
use crate::copy::copy;
use crate::document::document;
use crate::error::{Error, Result, at};
use crate::store::{LARGEST_DOCUMENT, Store};
use sealer_model::Reference;
use sealer_model::digest::Digest;
use sealer_model::event::{Listener, Meter, Transfer};
use sealer_model::image::{Descriptor, Index, annotation};
use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

/// Loads every image of an archive; returns their names. `path` is what errors call the archive.
///
/// # Errors
/// When it is no OCI archive, is cut off, or a blob is damaged or missing. No name is given then.
pub fn load(store: &Store, content: impl Read, path: &Path, listener: &Listener) -> Result<Vec<Reference>> {
    // What comes has no name before the end, and garbage is collected by name.
    let _lock = store.share()?;
    let transfer = Transfer { title: format!("load {}", path.display()), host: None, digest: None };
    let meter = Meter::new(listener, transfer, None);
    let mut loading =
        Loading { store, path, listener, meter, index: None, bundled: Vec::new(), bundle: None, documents: false };
    let mut content = compression::unpacked(content).map_err(|error| broken(path, &error))?;
    loading.archive(&mut content, Level::Outer)?;
    loading.meter.finish(Instant::now());
    loading.name_images()
}

/// As [`load`], from a file: an archive, a volume of one, or the list of its volumes. All volumes are to be in one folder.
///
/// # Errors
/// As [`load`], and when a volume is missing or damaged; the error names it.
pub fn load_file(store: &Store, path: &Path, listener: &Listener) -> Result<Vec<Reference>> {
    let Some(list) = volumes::list_of(path) else {
        return load(store, File::open(path).map_err(at(path))?, path, listener);
    };
    let mut reader = VolumeReader::open(&list)?;
    load(store, &mut reader, path, listener).map_err(|error| match error {
        Error::Archive { .. } | Error::Damaged { .. } | Error::StoreIndex { .. } | Error::Document { .. } => {
            reader.find_damaged().unwrap_or_else(Some).unwrap_or(error)
        }
        other => other,
    })
}

/// Where an entry was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// In the archive itself.
    Outer,
    /// In an archive inside it.
    Bundled,
}

/// What the Go sealer calls the file with the name of the list that a bundle is.
const BUNDLE_NAME: &str = "Metadata";

struct Loading<'a> {
    store: &'a Store,
    path: &'a Path,
    listener: &'a Listener,
    meter: Meter,
    index: Option<Index>,
    /// The manifests of a bundle's archives.
    bundled: Vec<Descriptor>,
    bundle: Option<String>,
    /// Whether it looks like what `docker save` writes.
    documents: bool,
}

impl Loading<'_> {
    fn archive(&mut self, content: &mut dyn Read, level: Level) -> Result<()> {
        let path = self.path;
        // nothing but holes makes an entry larger than what is read for it, and those are refused
        each_entry(
            content,
            u64::MAX,
            |error| broken(path, &error),
            |entry| {
                self.entry(entry, level)?;
                Ok(ControlFlow::Continue(()))
            },
        )
    }

    fn entry(&mut self, entry: &mut tar::Entry<'_, Metered<&mut dyn Read>>, level: Level) -> Result<()> {
        if entry.header().entry_type().is_gnu_sparse() {
            let entry = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let reason = "has holes, as nothing in an image archive does".to_owned();
            return Err(Error::Entry { what: self.path.display().to_string(), entry, reason });
        }
        if !entry.header().entry_type().is_file() {
            return Ok(());
        }
        let path = entry.path().map_err(at(self.path))?;
        let name = path.to_string_lossy().trim_start_matches("./").to_owned();
        if let Some(hex) = name.strip_prefix("blobs/sha256/") {
            let digest = format!("sha256:{hex}").parse();
            let digest = digest.map_err(|_| self.incomplete(format!("entry {name}")))?;
            return self.blob(&digest, entry);
        }
        match (name.as_str(), level) {
            ("index.json", _) => self.index(entry, level),
            (BUNDLE_NAME, Level::Outer) => {
                let text = self.document(entry)?;
                self.bundle = Some(String::from_utf8_lossy(&text).trim().to_owned());
                Ok(())
            }
            ("manifest.json", Level::Outer) => {
                self.documents = true;
                Ok(())
            }
            (other, Level::Outer) if is_bundled_archive(other) => self.archive(entry, Level::Bundled),
            _ => Ok(()),
        }
    }

    fn index(&mut self, entry: &mut impl Read, level: Level) -> Result<()> {
        let text = self.document(entry)?;
        let path = self.path.join("index.json");
        let index: Index = serde_json::from_slice(&text).map_err(|source| Error::StoreIndex { path, source })?;
        match level {
            Level::Outer => {
                self.require_base(&index)?;
                self.index = Some(index);
            }
            Level::Bundled => self.bundled.extend(index.manifests),
        }
        Ok(())
    }

    /// What an archive leaves out is looked for before the rest of it is read.
    fn require_base(&self, index: &Index) -> Result<()> {
        let Some(digests) = index.annotations.get(annotation::BASE_DIGESTS) else {
            return Ok(());
        };
        let parse = |text: &str| text.parse().map_err(|_| self.incomplete(format!("\"{text}\" is no digest")));
        let digests = digests.split(',').map(parse).collect::<Result<Vec<Digest>>>()?;
        if digests.iter().any(|digest| self.has_whole(digest)) {
            return Ok(());
        }
        let base = index.annotations.get(annotation::BASE_NAME).cloned().unwrap_or_else(|| "another image".to_owned());
        let (path, store) = (self.path.to_owned(), self.store.root().to_owned());
        Err(Error::NoBase { path, base, digests, store })
    }

    /// Whether the image of a digest is here with all that it needs. One that cannot be read is not.
    fn has_whole(&self, digest: &Digest) -> bool {
        let image = document(self.store, digest).ok().flatten();
        image.is_some_and(|image| self.store.missing(&image).is_ok_and(|missing| missing.is_empty()))
    }

    fn document(&self, entry: &mut impl Read) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        entry.take(LARGEST_DOCUMENT).read_to_end(&mut text).map_err(|error| broken(self.path, &error))?;
        Ok(text)
    }

    fn blob(&mut self, digest: &Digest, entry: &mut impl Read) -> Result<()> {
        let meter = &mut self.meter;
        let told = |bytes: usize| meter.advance(bytes as u64, Instant::now());
        if self.store.contains(digest) {
            copy(entry, &mut io::sink(), told).map_err(|error| broken(self.path, &error))?;
            return Ok(());
        }
        let mut writer = self.store.writer()?;
        copy(entry, &mut writer, told).map_err(|error| broken(self.path, &error))?;
        writer.finish_expecting(digest).map(drop)
    }

    fn name_images(self) -> Result<Vec<Reference>> {
        let images = match (&self.index, &self.bundle) {
            (Some(index), _) => self.images(index)?,
            (None, Some(name)) => vec![(self.bundle(name)?, self.name(name)?)],
            (None, None) => return Err(self.incomplete(self.without_index().into())),
        };
        if images.is_empty() {
            return Err(self.incomplete("its index.json names no image".into()));
        }
        let mut names = Vec::new();
        for (descriptor, name) in images {
            for name in std::iter::once(name.clone()).chain(unqualified(&name)) {
                self.store.tag(&name, &descriptor)?;
                names.push(name);
            }
        }
        Ok(names)
    }

    fn images(&self, index: &Index) -> Result<Vec<(Descriptor, Reference)>> {
        let mut images = Vec::new();
        for descriptor in &index.manifests {
            let name = descriptor.annotation(annotation::REFERENCE);
            let name = self.name(name.ok_or_else(|| self.incomplete("an image in it has no name".into()))?)?;
            self.require_whole(descriptor)?;
            let converted = conversion::convert(self.store, &name, descriptor, self.listener)?;
            images.push((converted.unwrap_or_else(|| descriptor.clone()), name));
        }
        Ok(images)
    }

    fn bundle(&self, name: &str) -> Result<Descriptor> {
        if self.bundled.is_empty() {
            return Err(self.incomplete(format!("it has no archive for {name}")));
        }
        for manifest in &self.bundled {
            self.require_whole(manifest)?;
        }
        conversion::convert_bundle(self.store, &self.name(name)?, &self.bundled, self.listener)
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

    fn name(&self, text: &str) -> Result<Reference> {
        text.parse().map_err(|_| self.incomplete(format!("\"{text}\" is no image name")))
    }

    fn without_index(&self) -> &'static str {
        if self.documents {
            "it is a docker archive, and cluster images are in OCI archives; \
             to carry its container images, name it in an image list"
        } else {
            "it has no index.json"
        }
    }

    fn incomplete(&self, reason: String) -> Error {
        Error::Archive { path: self.path.to_owned(), reason }
    }
}

/// What the archive's reader says when bytes are missing is about headers; what it means is that the archive is cut off.
fn broken(path: &Path, error: &io::Error) -> Error {
    let reason = match error.kind() {
        io::ErrorKind::InvalidData => error.to_string(),
        _ => format!("it cannot be read to its end ({error})"),
    };
    Error::Archive { path: path.to_owned(), reason }
}

/// The Go sealer calls an archive in a bundle by the identifier of its image.
fn is_bundled_archive(name: &str) -> bool {
    let identifier = name.strip_suffix(".tar").unwrap_or_default();
    identifier.len() == 64 && identifier.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The Go sealer writes `localhost/` before a name that was given without a domain; here such a name has docker.io's, and it
/// shall be found by the same words as there.
fn unqualified(name: &Reference) -> Option<Reference> {
    let short = name.to_string();
    short.strip_prefix("localhost/")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_domain_is_found_by_the_words_it_was_given() {
        let short = |text: &str| unqualified(&text.parse().unwrap()).map(|name| name.to_string());
        assert_eq!(short("localhost/demo/app:v1").as_deref(), Some("docker.io/demo/app:v1"));
        assert_eq!(short("localhost/app:v1").as_deref(), Some("docker.io/library/app:v1"));
        assert_eq!(short("localhost:5000/demo/app:v1"), None);
        assert_eq!(short("demo/app:v1"), None);
    }
}
