//! The part of a rootfs that is searched, read back from its layers into a temporary folder.

use super::proofs::Proofs;
use crate::context::{Context, Kind};
use crate::error::Error;
use crate::files::{Entry, Files};
use sealer_image::Store;
use sealer_image::layer::{NodeKind, Tree, unpack_folders};
use sealer_model::image::Descriptor;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folders of a rootfs that are searched: those of manifests and charts, and those whose scripts and files commands may use.
const FOLDERS: [&str; 5] = ["manifests", "charts", "application", "scripts", "etc"];

/// Files that are searched, for as long as this lives.
#[derive(Debug, Default)]
pub(crate) struct Searchable {
    /// The files.
    pub(crate) files: Files,
    /// Removes their bytes at the end.
    folders: Vec<TempDir>,
}

impl Searchable {
    /// Reads layers, the lowest first. Those that are known to hold nothing to search are passed over.
    pub(crate) fn of(store: &Store, layers: &[Descriptor]) -> Result<Self, Error> {
        let folder = folder()?;
        let memory = Proofs::of_layers(store.root(), &FOLDERS);
        let mut lacking = BTreeSet::new();
        for layer in layers.iter().filter(|layer| !memory.knows(&layer.digest)) {
            let content = store.open_blob(&layer.digest)?;
            let unpacked = unpack_folders(content, layer, folder.path(), &FOLDERS)?;
            if !unpacked.any {
                memory.remember(&layer.digest)?;
            }
            lacking.extend(unpacked.lacking);
        }
        let mut searchable = Self { files: files(folder.path())?, folders: vec![folder] };
        if !lacking.is_empty() {
            searchable.complete(store, layers, &lacking)?;
        }
        Ok(searchable)
    }

    /// Adds files that are other names of files elsewhere in the rootfs, unless a later layer has something else there.
    fn complete(&mut self, store: &Store, layers: &[Descriptor], lacking: &BTreeSet<PathBuf>) -> Result<(), Error> {
        let folder = folder()?;
        let tree = Tree::read(store, layers)?;
        let mut wanted = BTreeMap::new();
        for path in lacking {
            let name = path.to_str().ok_or_else(|| Error::NotUtf8 { path: path.clone() })?;
            let node = tree.get(path).filter(|_| !self.files.contains_key(name));
            let Some((node, NodeKind::File(content))) = node.map(|node| (node, &node.kind)) else { continue };
            let next = folder.path().join(wanted.len().to_string());
            let source = wanted.entry(*content).or_insert(next).clone();
            let kind = Kind::File { source, size: content.size };
            self.files.insert(name.to_owned(), Entry { kind, mode: node.mode, owner: (0, 0) });
        }
        Tree::bring(store, layers, &wanted)?;
        self.folders.push(folder);
        Ok(())
    }
}

fn folder() -> Result<TempDir, Error> {
    tempfile::tempdir().map_err(|source| Error::write(&std::env::temp_dir(), source))
}

fn files(folder: &Path) -> Result<Files, Error> {
    let found = Context::whole(folder)?.everything()?;
    let entry =
        |found: crate::context::Found| (found.path, Entry { kind: found.kind, mode: found.mode, owner: (0, 0) });
    Ok(found.into_iter().map(entry).collect())
}
