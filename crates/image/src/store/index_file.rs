//! The names of images: `index.json` of the layout. It is read as a whole and replaced as a whole, under a lock.

use super::Store;
use crate::error::{Error, Result, at};
use sealer_model::image::{Descriptor, Index, annotation, media_type};
use sealer_model::{Digest, Reference};
use std::fs;
use std::path::PathBuf;

/// The mark of a name that a registry has, too.
const PULLED: &str = "sealer.image.pulled";

/// An image that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedImage {
    /// The full name.
    pub name: Reference,
    /// Its index or manifest.
    pub descriptor: Descriptor,
}

impl Store {
    /// The path of `index.json`; it changes whenever a name does.
    #[must_use]
    pub fn index_path(&self) -> PathBuf {
        self.root.join("index.json")
    }

    pub(super) fn ensure_index(&self) -> Result<()> {
        if self.index_path().exists() {
            return Ok(());
        }
        let _lock = self.own_names()?;
        if self.index_path().exists() {
            return Ok(());
        }
        self.write_index(&Index::new(Vec::new()))
    }

    /// Every entry of `index.json`, also those that other tools put there without a name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn entries(&self) -> Result<Vec<Descriptor>> {
        Ok(self.read_index()?.manifests)
    }

    /// The images that have a name, in order of name. Names that are no image names were put there by other tools and are
    /// left alone.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn images(&self) -> Result<Vec<NamedImage>> {
        let entries = self.read_index()?.manifests;
        let mut images: Vec<NamedImage> = entries.into_iter().filter_map(named).collect();
        images.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(images)
    }

    /// The image of that name, or of that digest. A name that pins the digest of an image of the Go sealer leads to what became
    /// of that when it was converted.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn resolve(&self, name: &Reference) -> Result<Option<Descriptor>> {
        let images = self.images()?;
        let Some(digest) = name.digest() else {
            return Ok(images.into_iter().find(|image| image.name == *name).map(|image| image.descriptor));
        };
        let pinned =
            |image: &&NamedImage| image.name.repository() == name.repository() && image.descriptor.digest == *digest;
        if let Some(found) = images.iter().find(pinned) {
            return Ok(Some(found.descriptor.clone()));
        }
        match images.into_iter().find(|image| image.name == *name) {
            Some(named) if self.was_converted_from(&named.descriptor, digest)? => Ok(Some(named.descriptor)),
            _ => Ok(None),
        }
    }

    /// A name alone is no proof: whoever writes an archive may write any name into it.
    fn was_converted_from(&self, image: &Descriptor, original: &Digest) -> Result<bool> {
        if !media_type::is_index(&image.media_type) {
            return Ok(false);
        }
        let annotations = self.index(image)?.annotations;
        Ok(annotations.get(annotation::CONVERTED_FROM).is_some_and(|from| from == original.as_str()))
    }

    /// As [`Store::resolve`], for an image that must be there.
    ///
    /// # Errors
    /// When it is not, or the index cannot be read.
    pub fn require(&self, name: &Reference) -> Result<Descriptor> {
        self.resolve(name)?.ok_or_else(|| Error::NoImage { name: name.to_string(), store: self.root.clone() })
    }

    /// Gives an image a name; an image that had it before loses it. Everything that was put into the store until now is on the
    /// disk before the name is.
    ///
    /// # Errors
    /// When the disk fails, or the index cannot be changed.
    pub fn tag(&self, name: &Reference, descriptor: &Descriptor) -> Result<()> {
        self.give(name, entry(name, descriptor))
    }

    /// As [`Store::tag`], for an image that a registry has under this name.
    ///
    /// # Errors
    /// As [`Store::tag`].
    pub(crate) fn tag_pulled(&self, name: &Reference, descriptor: &Descriptor) -> Result<()> {
        self.give(name, entry(name, descriptor).annotated(PULLED, "true"))
    }

    /// Whether what has a name is there because a registry has it under this name; else somebody built, loaded or named it here.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn was_pulled(&self, name: &Reference) -> Result<bool> {
        let entries = self.read_index()?.manifests;
        Ok(entries.iter().any(|entry| has_name(entry, name) && entry.annotation(PULLED).is_some()))
    }

    /// As [`Store::tag`], for an image that a cluster of this site runs: the mark stays with the name until that is taken away.
    ///
    /// # Errors
    /// As [`Store::tag`].
    pub fn install(&self, name: &Reference, descriptor: &Descriptor) -> Result<()> {
        self.give(name, entry(name, descriptor).annotated(annotation::INSTALLED, "true"))
    }

    /// Takes the mark of [`Store::install`] from all names but these. The images stay until somebody removes them.
    ///
    /// # Errors
    /// When the index cannot be changed.
    pub fn keep_installed(&self, names: &[Reference]) -> Result<bool> {
        let is_kept = |entry: &Descriptor| names.iter().any(|name| has_name(entry, name));
        self.change(|entries| {
            let mut changed = false;
            for entry in entries.iter_mut().filter(|entry| is_installed(entry) && !is_kept(entry)) {
                entry.annotations.remove(annotation::INSTALLED);
                changed = true;
            }
            Ok(changed)
        })
    }

    /// As [`Store::tag`], with the time of the change in microseconds since 1970.
    ///
    /// # Errors
    /// As [`Store::tag`].
    pub fn tag_at(&self, name: &Reference, descriptor: &Descriptor, changed: u64) -> Result<()> {
        self.give(name, entry(name, descriptor).annotated(annotation::CHANGED, changed.to_string()))
    }

    fn give(&self, name: &Reference, mut entry: Descriptor) -> Result<()> {
        self.change(|entries| {
            let installed = |known: &Descriptor| has_name(known, name) && is_installed(known);
            if entries.iter().any(installed) {
                entry.annotations.insert(annotation::INSTALLED.to_owned(), "true".to_owned());
            }
            if entries.iter().filter(|known| has_name(known, name)).eq([&entry]) {
                // What it leads to may have been brought anew, because something of it was damaged or gone.
                self.settle_what_was_written()?;
                return Ok(false);
            }
            // What a name leads to is never lost, so it is on the disk before the name is.
            self.settle()?;
            entries.retain(|known| !has_name(known, name));
            entries.push(entry);
            Ok(true)
        })
        .map(drop)
    }

    /// Takes a name away. Its blobs stay until garbage is collected.
    ///
    /// # Errors
    /// When the index cannot be changed.
    pub fn untag(&self, name: &Reference) -> Result<bool> {
        self.change(|entries| {
            let before = entries.len();
            entries.retain(|entry| !has_name(entry, name));
            Ok(entries.len() != before)
        })
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Descriptor>) -> Result<bool>) -> Result<bool> {
        let _lock = self.own_names()?;
        let mut index = self.read_index()?;
        let changed = change(&mut index.manifests)?;
        if changed {
            self.write_index(&index)?;
        }
        Ok(changed)
    }

    fn read_index(&self) -> Result<Index> {
        let path = self.index_path();
        let bytes = fs::read(&path).map_err(at(&path))?;
        serde_json::from_slice(&bytes).map_err(|source| Error::StoreIndex { path, source })
    }

    fn write_index(&self, index: &Index) -> Result<()> {
        let path = self.index_path();
        let bytes =
            serde_json::to_vec_pretty(index).map_err(|source| Error::StoreIndex { path: path.clone(), source })?;
        self.replace(&path, &bytes)
    }
}

fn entry(name: &Reference, descriptor: &Descriptor) -> Descriptor {
    let mut plain = descriptor.clone();
    plain.annotations.clear();
    plain.annotated(annotation::REFERENCE, name.to_string())
}

impl NamedImage {
    /// Whether a cluster of this site runs it.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        is_installed(&self.descriptor)
    }

    /// When a registry gave the name, in microseconds since 1970, where it noted that.
    #[must_use]
    pub fn changed(&self) -> Option<u64> {
        self.descriptor.annotation(annotation::CHANGED)?.parse().ok()
    }
}

fn is_installed(entry: &Descriptor) -> bool {
    entry.annotation(annotation::INSTALLED).is_some()
}

fn named(descriptor: Descriptor) -> Option<NamedImage> {
    let name = descriptor.annotation(annotation::REFERENCE)?.parse().ok()?;
    Some(NamedImage { name, descriptor })
}

fn has_name(entry: &Descriptor, name: &Reference) -> bool {
    let found = entry.annotation(annotation::REFERENCE).and_then(|text| text.parse().ok());
    found.as_ref() == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    #[test]
    fn what_heals_an_image_is_on_the_disk_when_its_name_is_given_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (name, image) = ("r.io/a:1".parse().unwrap(), store.put_document("text/plain", b"image").unwrap());
        let unsettled = || store.unsettled.load(Ordering::SeqCst);
        assert!(unsettled());
        store.tag(&name, &image).unwrap();
        assert!(!unsettled());
        fs::remove_file(store.blob_path(&image.digest)).unwrap();
        store.clone().put_document("text/plain", b"image").unwrap();
        assert!(unsettled());
        store.tag(&name, &image).unwrap();
        assert!(!unsettled());
    }

    #[test]
    fn an_installed_name_stays_one_whatever_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let name: Reference = "guestbook:v1".parse().unwrap();
        let installed = || store.images().unwrap().iter().map(NamedImage::is_installed).collect::<Vec<_>>();
        let documents = [b"one", b"two"].map(|text| store.put_document(media_type::INDEX, text).unwrap());
        store.install(&name, &documents[0]).unwrap();
        store.tag_at(&name, &documents[1], 7).unwrap();
        assert_eq!((installed(), store.images().unwrap()[0].changed()), (vec![true], Some(7)));
        store.untag(&name).unwrap();
        store.tag(&name, &documents[1]).unwrap();
        assert_eq!((installed(), store.images().unwrap()[0].changed()), (vec![false], None));
    }
    #[test]
    fn only_images_that_are_named_stay_installed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let image = store.put_document(media_type::INDEX, b"one").unwrap();
        let names: Vec<Reference> = ["i:v1", "i:v2", "i:v3"].map(|name| name.parse().unwrap()).into();
        names.iter().for_each(|name| store.install(name, &image).unwrap());
        assert!(store.keep_installed(&names[1..]).unwrap());
        assert!(!store.keep_installed(&names[1..]).unwrap());
        let found: Vec<bool> = store.images().unwrap().iter().map(NamedImage::is_installed).collect();
        assert_eq!(found, [false, true, true]);
    }
}
