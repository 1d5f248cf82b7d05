//! An OCI image layout, as a folder or as an archive of one.

use super::tape::Tape;
use crate::error::{Error, Result, at};
use crate::store::{LARGEST_DOCUMENT, Store};
use sealer_model::Digest;
use sealer_model::image::{Descriptor, Index, Manifest, annotation};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A layout that images are read from.
pub(super) struct Layout {
    path: PathBuf,
    form: Form,
}

enum Form {
    Folder,
    Archive(Tape),
}

impl Layout {
    /// A layout folder.
    pub(super) fn folder(path: &Path) -> Self {
        Self { path: path.to_owned(), form: Form::Folder }
    }

    /// An archive of a layout folder, which may be compressed.
    pub(super) fn archive(path: &Path, store: &Store) -> Result<Self> {
        Ok(Self { path: path.to_owned(), form: Form::Archive(Tape::open(path, store)?) })
    }

    /// The image of a name in here, or the only one.
    pub(super) fn find(&self, reference: Option<&str>) -> Result<Descriptor> {
        let mut text = Vec::new();
        let index = self.read("index.json")?.take(LARGEST_DOCUMENT).read_to_end(&mut text);
        index.map_err(at(&self.path))?;
        let path = self.path.join("index.json");
        let index: Index = serde_json::from_slice(&text).map_err(|source| Error::StoreIndex { path, source })?;
        let named = |descriptor: &&Descriptor| {
            reference.is_none_or(|name| descriptor.annotation(annotation::REFERENCE) == Some(name))
        };
        let mut found = index.manifests.iter().filter(named);
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only.clone()),
            (None, _) => Err(self.without(match reference {
                Some(name) => format!("it has no image named {name}"),
                None => "it has no image".into(),
            })),
            (Some(_), Some(_)) => Err(self.without("it has several images; name one after another colon".into())),
        }
    }

    /// Copies a manifest and its blobs.
    pub(super) fn copy_image(&self, manifest: &Descriptor, store: &Store) -> Result<()> {
        self.copy(manifest, store)?;
        let document: Manifest = store.manifest(manifest)?;
        for blob in document.blobs() {
            self.copy(blob, store)?;
        }
        Ok(())
    }

    /// Copies one blob, unless the store has it.
    pub(super) fn copy(&self, blob: &Descriptor, store: &Store) -> Result<()> {
        if store.contains(&blob.digest) {
            return Ok(());
        }
        let mut content = self.read(&blob_path(&blob.digest))?;
        let mut writer = store.writer()?;
        io::copy(&mut content, &mut writer).map_err(at(&self.path))?;
        writer.finish_expecting(&blob.digest)?;
        Ok(())
    }

    fn read(&self, name: &str) -> Result<Box<dyn Read>> {
        match &self.form {
            Form::Archive(tape) => Ok(Box::new(tape.read(Path::new(name))?)),
            Form::Folder => {
                let path = self.path.join(name);
                Ok(Box::new(File::open(&path).map_err(at(&path))?))
            }
        }
    }

    fn without(&self, reason: String) -> Error {
        Error::Archive { path: self.path.clone(), reason }
    }
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}
