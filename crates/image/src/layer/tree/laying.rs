//! Lays one layer over those below it. What it hides is what they have, never what it brings itself, whatever the order of its entries.

use super::{Content, Node, NodeKind, Tree};
use crate::error::{Result, at};
use crate::layer::below_root;
use crate::layer::entries::{LayerEntry, each_entry, refused};
use crate::layer::entry_path::EntryPath;
use crate::store::Store;
use sealer_model::image::Descriptor;
use std::path::{Path, PathBuf};
use tar::EntryType;

/// Paths of the largest tree. The largest systems have a fifth; more would only fill memory.
const MOST: usize = 1_000_000;

/// A layer that is being laid.
pub(super) struct Laying<'a> {
    pub(super) tree: &'a mut Tree,
    pub(super) layer: &'a Descriptor,
    pub(super) number: usize,
}

impl Laying<'_> {
    pub(super) fn all(mut self, store: &Store) -> Result<()> {
        let mut entries = 0;
        each_entry(store, self.layer, |meaning, entry| {
            let number = entries;
            entries += 1;
            match meaning {
                EntryPath::Root => Ok(()),
                EntryPath::Whiteout(hidden) => {
                    let hidden = self.place(hidden)?;
                    self.remove(&hidden);
                    self.empty(&hidden);
                    Ok(())
                }
                EntryPath::Opaque(folder) => {
                    let folder = self.followed(folder)?;
                    self.empty(&folder);
                    Ok(())
                }
                EntryPath::Below(path) => self.entry(path, number, entry),
            }
        })
    }

    fn entry(&mut self, path: &Path, number: usize, entry: &LayerEntry<'_, '_>) -> Result<()> {
        let place = self.place(path)?;
        let content = Content { layer: self.number, entry: number, size: entry.size() };
        let node = match entry.header().entry_type() {
            EntryType::XGlobalHeader => return Ok(()),
            EntryType::Link => self.same(path, entry)?,
            EntryType::Directory => self.node(path, NodeKind::Folder, entry)?,
            EntryType::Symlink => self.node(path, NodeKind::Link(self.target(path, entry)?), entry)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                self.node(path, NodeKind::File(content), entry)?
            }
            _ => self.node(path, NodeKind::Other, entry)?,
        };
        self.put(path, place, node)
    }

    fn node(&self, path: &Path, kind: NodeKind, entry: &LayerEntry<'_, '_>) -> Result<Node> {
        let header = entry.header();
        let attributes = || Ok((header.mode()? & 0o7777, header.uid()?, header.gid()?));
        let (mode, user, group) = attributes().map_err(at(path))?;
        Ok(Node { kind, mode, user, group, layer: self.number })
    }

    /// Another name of a file, which this layer or one below has before it.
    fn same(&self, path: &Path, entry: &LayerEntry<'_, '_>) -> Result<Node> {
        let target = self.target(path, entry)?;
        let below = below_root(&target).map_err(|reason| refused(self.layer, path, reason))?;
        let file = self.tree.get(&self.place(&below)?).filter(|node| node.kind != NodeKind::Folder);
        let file = file.ok_or_else(|| {
            let reason = format!("is another name of {}, which is no file of the image", target.display());
            refused(self.layer, path, &reason)
        })?;
        Ok(Node { layer: self.number, ..file.clone() })
    }

    fn target(&self, path: &Path, entry: &LayerEntry<'_, '_>) -> Result<PathBuf> {
        let target = entry.link_name().map_err(at(path))?;
        target.map(|target| target.into_owned()).ok_or_else(|| refused(self.layer, path, "is a link to nothing"))
    }

    fn put(&mut self, path: &Path, place: PathBuf, node: Node) -> Result<()> {
        for above in place.ancestors().skip(1) {
            if self.tree.get(above).is_some_and(|node| node.kind != NodeKind::Folder) {
                self.tree.nodes.remove(above);
            }
        }
        if node.kind != NodeKind::Folder {
            let below: Vec<PathBuf> = self.tree.below(&place).map(|(path, _)| path.to_owned()).collect();
            below.iter().for_each(|path| drop(self.tree.nodes.remove(path)));
        }
        self.tree.nodes.insert(place, node);
        if self.tree.nodes.len() > MOST {
            return Err(refused(self.layer, path, &format!("is beyond the {MOST} paths that an image may have")));
        }
        Ok(())
    }

    /// Where an entry goes: links above it are followed inside the image, as they are when a layer is unpacked.
    fn place(&self, path: &Path) -> Result<PathBuf> {
        let folder = self.followed(path.parent().unwrap_or(Path::new("")))?;
        Ok(path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name)))
    }

    fn followed(&self, path: &Path) -> Result<PathBuf> {
        self.tree.followed(path).ok_or_else(|| refused(self.layer, path, "leads through links in circles"))
    }

    fn remove(&mut self, path: &Path) {
        if self.tree.get(path).is_some_and(|node| node.layer != self.number) {
            self.tree.nodes.remove(path);
        }
    }

    fn empty(&mut self, folder: &Path) {
        let lower = self.tree.below(folder).filter(|(_, node)| node.layer != self.number);
        let lower: Vec<PathBuf> = lower.map(|(path, _)| path.to_owned()).collect();
        lower.iter().for_each(|path| drop(self.tree.nodes.remove(path)));
    }
}
