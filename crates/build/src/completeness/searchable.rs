//! The part of a rootfs that is searched, read back from its layers into a temporary folder.

use super::proofs::Proofs;
use crate::context::Context;
use crate::error::Error;
use crate::files::{Entry, Files};
use sealer_image::Store;
use sealer_image::layer::unpack_chosen;
use sealer_model::image::Descriptor;
use std::path::{Component, Path};
use tempfile::TempDir;

/// The folders of a rootfs that are searched.
const FOLDERS: [&str; 3] = ["manifests", "charts", "application"];

/// Files that are searched, for as long as this lives.
#[derive(Debug, Default)]
pub(crate) struct Searchable {
    /// The files.
    pub(crate) files: Files,
    _folder: Option<TempDir>,
}

impl Searchable {
    /// Reads layers, the lowest first. Those that are known to hold nothing to search are passed over.
    pub(crate) fn of(store: &Store, layers: &[Descriptor]) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(|source| Error::write(&std::env::temp_dir(), source))?;
        let memory = Proofs::of_layers(store.root());
        for layer in layers.iter().filter(|layer| !memory.knows(&layer.digest)) {
            let content = store.open_blob(&layer.digest)?;
            if !unpack_chosen(content, layer, folder.path(), &is_searched, |_| {})? {
                memory.remember(&layer.digest)?;
            }
        }
        Ok(Self { files: files(folder.path())?, _folder: Some(folder) })
    }
}

fn is_searched(path: &Path) -> bool {
    let first = path.components().next();
    first.is_some_and(|first| FOLDERS.iter().any(|folder| first == Component::Normal(folder.as_ref())))
}

fn files(folder: &Path) -> Result<Files, Error> {
    let found = Context::whole(folder)?.everything()?;
    let entry =
        |found: crate::context::Found| (found.path, Entry { kind: found.kind, mode: found.mode, owner: (0, 0) });
    Ok(found.into_iter().map(entry).collect())
}
