//! What `COPY --from` means by its sources: paths and patterns inside an image. As Docker has it, links that a source names or leads
//! through are followed inside the image, those further below stay links; owners, modes and several names of one file are kept.

use super::Fetched;
use crate::context::{Found, Kind, Unusable, joined, name_pattern};
use crate::error::Error;
use sealer_image::Store;
use sealer_image::layer::{Content, Node, NodeKind, Tree};
use sealer_model::image::Descriptor;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a source means: each path with everything below it.
pub(crate) type Meant = Vec<(String, Vec<Found>)>;

/// Looks sources up in an image of these layers, and brings the files that they mean.
///
/// # Errors
/// When a layer is damaged, the disk fails, or a source means what cannot be copied.
pub(super) fn parts(
    store: &Store,
    name: &str,
    layers: &[Descriptor],
    sources: &BTreeSet<String>,
) -> Result<Fetched, Error> {
    let tree = Tree::read(store, layers)?;
    let folder = tempfile::tempdir().map_err(|source| Error::write(&std::env::temp_dir(), source))?;
    let mut parts = Parts { tree: &tree, name, folder: &folder, wanted: BTreeMap::new() };
    let mut found = BTreeMap::new();
    for source in sources {
        match parts.meant(source) {
            Err(Unusable::Failed(error)) => return Err(error),
            Err(Unusable::Source { message, hint }) => found.insert(source.clone(), Err((message, hint))),
            Ok(meant) => found.insert(source.clone(), Ok(meant)),
        };
    }
    Tree::bring(store, layers, &parts.wanted)?;
    Ok(Fetched::Parts { found, _folder: folder })
}

struct Parts<'a> {
    tree: &'a Tree,
    /// What errors call the image.
    name: &'a str,
    /// Where the files will be.
    folder: &'a TempDir,
    /// The files that were meant so far.
    wanted: BTreeMap<Content, PathBuf>,
}

impl Parts<'_> {
    fn meant(&mut self, source: &str) -> Result<Meant, Unusable> {
        let parts: Vec<&str> = source.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            let message = format!("{source} leaves the image");
            return Err(Unusable::Source { message, hint: "write it without .., from the root of the image".into() });
        }
        let mut paths = vec![String::new()];
        for part in parts {
            paths = self.step(paths, part)?;
        }
        let mut meant = Meant::new();
        for path in paths {
            let real = self.tree.followed(Path::new(&path));
            if let Some(real) = real.filter(|real| self.tree.get(real).is_some() || self.tree.is_folder(real)) {
                meant.push((path, self.walk(&real)?));
            }
        }
        if meant.is_empty() { Err(self.nothing(source)) } else { Ok(meant) }
    }

    fn nothing(&self, source: &str) -> Unusable {
        let message = format!("{source}: no such file in {}", self.name);
        Unusable::Source { message, hint: "paths begin at the root of the image".into() }
    }

    /// One part of a source further; a pattern may mean several names.
    fn step(&self, folders: Vec<String>, part: &str) -> Result<Vec<String>, Unusable> {
        let Some(pattern) = name_pattern(part)? else {
            return Ok(folders.iter().map(|folder| joined(folder, part)).collect());
        };
        let mut found = BTreeSet::new();
        for folder in &folders {
            let any_depth = part == "**";
            found.extend(any_depth.then(|| folder.clone()));
            let Some(real) = self.tree.followed(Path::new(folder)) else { continue };
            for (path, _) in self.tree.below(&real) {
                let below = text(path.strip_prefix(&real).unwrap_or(path))?;
                let first = below.split('/').next().unwrap_or(below);
                if any_depth {
                    found.insert(joined(folder, below));
                } else if pattern.is_match(first) {
                    found.insert(joined(folder, first));
                }
            }
        }
        Ok(found.into_iter().collect())
    }

    /// A path of which no part is a link, and everything below it. A folder itself is not copied, only what is in it.
    fn walk(&mut self, real: &Path) -> Result<Vec<Found>, Error> {
        if let Some(node) = self.tree.get(real).filter(|node| node.kind != NodeKind::Folder) {
            return Ok(vec![self.found(real, String::new(), node)?]);
        }
        let mut found = vec![Found { path: String::new(), kind: Kind::Folder, mode: 0o755, owner: (0, 0) }];
        for (path, node) in self.tree.below(real) {
            let below = text(path.strip_prefix(real).unwrap_or(path))?.to_owned();
            found.push(self.found(path, below, node)?);
        }
        Ok(found)
    }

    fn found(&mut self, path: &Path, below: String, node: &Node) -> Result<Found, Error> {
        let kind = match &node.kind {
            NodeKind::Folder => Kind::Folder,
            NodeKind::Link(target) => Kind::Link { target: text(target)?.to_owned() },
            NodeKind::Other => return Err(Error::Special { path: Path::new(self.name).join(path) }),
            NodeKind::File(content) => {
                let next = self.folder.path().join(self.wanted.len().to_string());
                let source = self.wanted.entry(*content).or_insert(next).clone();
                Kind::File { source, size: content.size }
            }
        };
        Ok(Found { path: below, kind, mode: node.mode, owner: (node.user, node.group) })
    }
}

fn text(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::NotUtf8 { path: path.to_owned() })
}
