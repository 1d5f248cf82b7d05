//! The files of an image as its layers make them when they are laid over each other, without unpacking anything; and the content of
//! chosen ones of them. Links are looked up inside the image, so nothing of this machine is ever followed, and owners and modes are the
//! image's whoever looks.

mod content;
mod laying;

use crate::error::Result;
use crate::store::Store;
use laying::Laying;
use sealer_model::image::Descriptor;
use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::ops::Bound;
use std::path::{Component, Path, PathBuf};

/// Links that may be followed in one look-up, as many as the kernel allows.
const MOST_LINKS: usize = 40;

/// Files by their paths below the root.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Whatever is below a folder follows it: paths are ordered by their components.
    nodes: BTreeMap<PathBuf, Node>,
}

/// One path of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Permission bits.
    pub mode: u32,
    /// Its owner's number.
    pub user: u64,
    /// Its group's number.
    pub group: u64,
    /// The layer that it is from.
    layer: usize,
}

/// What a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A folder.
    Folder,
    /// A file; several names of one file have one content.
    File(Content),
    /// A symbolic link with this target.
    Link(PathBuf),
    /// A device or a pipe.
    Other,
}

/// Where the bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Content {
    layer: usize,
    /// The number of the entry in the layer.
    entry: usize,
    /// How many bytes.
    pub size: u64,
}

impl Tree {
    /// What layers make, the lowest first.
    ///
    /// # Errors
    /// When a layer is not there, cannot be read, or has a path that leads out of it.
    pub fn read(store: &Store, layers: &[Descriptor]) -> Result<Self> {
        let mut tree = Self::default();
        for (number, layer) in layers.iter().enumerate() {
            Laying { tree: &mut tree, layer, number }.all(store)?;
        }
        Ok(tree)
    }

    /// What is at a path of which no part is a link. A folder that layers only imply is none here.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// Whether a folder is at a path of which no part is a link, be it implied only by what is in it.
    #[must_use]
    pub fn is_folder(&self, path: &Path) -> bool {
        let itself = self.get(path).map(|node| node.kind == NodeKind::Folder);
        itself.unwrap_or_else(|| path.as_os_str().is_empty() || self.below(path).next().is_some())
    }

    /// Everything below a folder, whatever is below another folder behind that.
    pub fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = (&'a Path, &'a Node)> {
        let after = (Bound::Excluded(folder), Bound::Unbounded);
        let below = self.nodes.range::<Path, _>(after).take_while(move |(path, _)| path.starts_with(folder));
        below.map(|(path, node)| (path.as_path(), node))
    }

    /// Where a path leads as seen from inside the image: every link in it is followed. Nothing needs to be there. `None` where links
    /// lead in circles.
    #[must_use]
    pub fn followed(&self, path: &Path) -> Option<PathBuf> {
        let mut names: VecDeque<OsString> = normal(path).collect();
        let (mut here, mut links) = (PathBuf::new(), 0);
        while let Some(name) = names.pop_front() {
            if name == ".." {
                here.pop();
                continue;
            }
            here.push(name);
            if let Some(Node { kind: NodeKind::Link(target), .. }) = self.get(&here) {
                links += 1;
                if links > MOST_LINKS {
                    return None;
                }
                here.pop();
                if target.is_absolute() {
                    here.clear();
                }
                normal(target).rev().for_each(|name| names.push_front(name));
            }
        }
        Some(here)
    }
}

/// The names of a path, with `..` among them.
fn normal(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    })
}

#[cfg(test)]
mod tests;
