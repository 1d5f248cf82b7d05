//! The layers of an image of the Go sealer: read once for what is in them, and written anew only where a registry's folder
//! shares a layer with other files.

use super::tree::{Place, Tree};
use crate::error::Result;
use crate::layer::entries::{LayerEntry as Entry, each_entry, refused};
use crate::layer::entry_path::EntryPath;
use crate::layer::{Layer, LayerWriter, unreadable};
use crate::store::{LARGEST_DOCUMENT, Store};
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use std::io::{self, Read};
use std::path::Path;

/// What all layers that were read hold together.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tree: Tree,
    /// The text of `manifests/imageList`.
    pub(super) image_list: Option<String>,
}

/// What becomes of a layer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is, byte for byte.
    Kept,
    /// It held nothing but the tree.
    Dropped,
    /// Something else was in it, too.
    Rewritten(Layer),
}

/// Where the rootfs names container images that nothing else names.
const IMAGE_LIST: &str = "manifests/imageList";

/// Files that hold one digest are no longer than this.
const LONGEST_LINK: u64 = 256;

/// Brings what the tree of a layer has into the store.
pub(super) fn read(store: &Store, layer: &Descriptor, found: &mut Found) -> Result<Fate> {
    let mut reading = Reading { store, layer, found, tree: false, others: false };
    each_entry(store, layer, |path, entry| reading.entry(path, entry))?;
    match (reading.tree, reading.others) {
        (false, _) => Ok(Fate::Kept),
        (true, false) => Ok(Fate::Dropped),
        (true, true) => rewrite(store, layer).map(Fate::Rewritten),
    }
}

struct Reading<'a> {
    store: &'a Store,
    layer: &'a Descriptor,
    found: &'a mut Found,
    tree: bool,
    others: bool,
}

impl Reading<'_> {
    fn entry(&mut self, path: &EntryPath, entry: &mut Entry<'_, '_>) -> Result<()> {
        match path {
            EntryPath::Root => {}
            EntryPath::Whiteout(hidden) => self.hide(hidden),
            EntryPath::Opaque(folder) => self.hide(folder),
            EntryPath::Below(path) => match Place::of(path) {
                Place::Above if entry.header().entry_type().is_dir() => {}
                Place::Above | Place::Outside => self.other(path, entry)?,
                place => {
                    self.tree = true;
                    self.place(path, place, entry)?;
                }
            },
        }
        Ok(())
    }

    fn hide(&mut self, path: &Path) {
        self.found.tree.hide(path);
        match Place::of(path) {
            Place::Outside => self.others = true,
            _ => self.tree = true,
        }
        if Path::new(IMAGE_LIST).starts_with(path) {
            self.found.image_list = None;
        }
    }

    fn other(&mut self, path: &Path, entry: &mut Entry<'_, '_>) -> Result<()> {
        self.others = true;
        if path == Path::new(IMAGE_LIST) && entry.header().entry_type().is_file() {
            self.found.image_list = Some(self.text(entry, LARGEST_DOCUMENT)?);
        }
        Ok(())
    }

    fn place(&mut self, path: &Path, place: Place, entry: &mut Entry<'_, '_>) -> Result<()> {
        match place {
            Place::Blob(digest) => self.blob(&digest, entry)?,
            Place::Tag(repository, tag) => {
                let digest = self.digest(path, entry)?;
                self.found.tree.tag(path, repository, tag, digest);
            }
            Place::Revision(repository, digest) => self.found.tree.revision(path, repository, digest),
            Place::Other | Place::Above | Place::Outside => {}
        }
        Ok(())
    }

    fn blob(&self, digest: &Digest, entry: &mut Entry<'_, '_>) -> Result<()> {
        if self.store.contains(digest) {
            return Ok(());
        }
        let mut writer = self.store.writer()?;
        io::copy(entry, &mut writer).map_err(|source| unreadable(self.layer, source))?;
        writer.finish_expecting(digest).map(drop)
    }

    fn digest(&self, path: &Path, entry: &mut Entry<'_, '_>) -> Result<Digest> {
        let text = self.text(entry, LONGEST_LINK)?;
        text.trim().parse().map_err(|_| refused(self.layer, path, "holds no digest"))
    }

    fn text(&self, entry: &mut Entry<'_, '_>, limit: u64) -> Result<String> {
        let mut text = String::new();
        let read = entry.take(limit).read_to_string(&mut text);
        read.map(|_| text).map_err(|source| unreadable(self.layer, source))
    }
}

/// The layer without the tree.
fn rewrite(store: &Store, layer: &Descriptor) -> Result<Layer> {
    let mut writer = LayerWriter::new(store, 0)?;
    each_entry(store, layer, |path, entry| {
        let place = match path {
            EntryPath::Root => Place::Outside,
            EntryPath::Whiteout(path) | EntryPath::Opaque(path) | EntryPath::Below(path) => Place::of(path),
        };
        let folder_above = place == Place::Above && entry.header().entry_type().is_dir();
        if folder_above || !matches!(place, Place::Above | Place::Outside) {
            return Ok(());
        }
        writer.copy(entry)
    })?;
    writer.finish()
}
