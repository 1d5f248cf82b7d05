//! The files of a rootfs as its layers make them when they are laid over each other, told without unpacking anything.

use crate::copy::hash;
use crate::error::{Result, at};
use crate::layer::entries::{LayerEntry, each_entry};
use crate::layer::entry_path::EntryPath;
use crate::store::Store;
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// Files by their paths below the rootfs. Whatever is below a folder follows it: paths are ordered by their components.
pub(crate) type Files = BTreeMap<PathBuf, FileFacts>;

/// What a file is, apart from when it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// Its kind.
    pub kind: FileKind,
    /// Its permission bits, in octal digits where they are written.
    #[serde(serialize_with = "octal")]
    pub mode: u32,
    /// Its owner's number.
    pub user: u64,
    /// Its group's number.
    pub group: u64,
    /// Its bytes; none of a folder or link.
    pub size: u64,
    /// The digest of its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Where a link leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Content.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Another name of a file.
    HardLink,
    /// What no rootfs should hold.
    Other,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn octal<S: Serializer>(mode: &u32, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{mode:04o}"))
}

/// What one layer does to those below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LayerFiles {
    /// Paths that vanish with all that is below them.
    hidden: Vec<PathBuf>,
    /// Folders that are emptied.
    emptied: Vec<PathBuf>,
    /// What it brings.
    brought: Files,
}

/// Reads what a layer does. Its content is hashed and not kept.
///
/// # Errors
/// When the layer cannot be read, or holds a path that leads out of it.
pub(crate) fn read(store: &Store, layer: &Descriptor) -> Result<LayerFiles> {
    let mut files = LayerFiles::default();
    each_entry(store, layer, |path, entry| {
        match path {
            EntryPath::Root => {}
            EntryPath::Whiteout(hidden) => files.hidden.push(hidden.clone()),
            EntryPath::Opaque(folder) => files.emptied.push(folder.clone()),
            EntryPath::Below(path) => {
                let facts = facts(entry).map_err(at(path))?;
                files.brought.insert(path.clone(), facts);
            }
        }
        Ok(())
    })?;
    Ok(files)
}

fn facts(entry: &mut LayerEntry<'_, '_>) -> io::Result<FileFacts> {
    let kind = match entry.header().entry_type() {
        tar::EntryType::Directory => FileKind::Folder,
        tar::EntryType::Symlink => FileKind::Link,
        tar::EntryType::Link => FileKind::HardLink,
        kind if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() => FileKind::File,
        _ => FileKind::Other,
    };
    let target = entry.link_name()?.map(|target| target.to_string_lossy().into_owned());
    let header = entry.header();
    let (mode, user, group) = (header.mode()? & 0o7777, header.uid()?, header.gid()?);
    let (size, digest) = match kind {
        FileKind::File => hash(entry, |_| ()).map(|(size, digest)| (size, Some(digest)))?,
        _ => (0, None),
    };
    Ok(FileFacts { kind, mode, user, group, size, digest, target })
}

impl LayerFiles {
    /// Lays this layer over those below it. What it hides is what they have, never what it brings itself.
    pub(crate) fn lay_over(&self, files: &mut Files) {
        for hidden in &self.hidden {
            files.remove(hidden);
            remove_below(files, hidden);
        }
        for folder in &self.emptied {
            remove_below(files, folder);
        }
        for (path, facts) in &self.brought {
            if facts.kind != FileKind::Folder {
                remove_below(files, path);
            }
            files.insert(path.clone(), facts.clone());
        }
    }
}

impl LayerFiles {
    /// Whether what lower layers have at a path is gone, unless this layer brings it itself.
    pub(crate) fn hides(&self, path: &Path) -> bool {
        let replaced = |above: &Path| self.brought.get(above).is_some_and(|facts| facts.kind != FileKind::Folder);
        self.hidden.iter().any(|hidden| path.starts_with(hidden))
            || self.emptied.iter().any(|folder| path.starts_with(folder) && path != folder)
            || path.ancestors().skip(1).any(replaced)
    }
}

fn remove_below(files: &mut Files, folder: &Path) {
    let after = (Bound::Excluded(folder), Bound::Unbounded);
    let below: Vec<PathBuf> = files
        .range::<Path, _>(after)
        .map(|(path, _)| path)
        .take_while(|path| path.starts_with(folder))
        .cloned()
        .collect();
    for path in below {
        files.remove(&path);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file of this content.
    pub(crate) fn file(content: &str) -> FileFacts {
        FileFacts {
            kind: FileKind::File,
            mode: 0o644,
            user: 0,
            group: 0,
            size: content.len() as u64,
            digest: Some(Digest::of(content.as_bytes())),
            target: None,
        }
    }

    /// A folder.
    pub(crate) fn folder() -> FileFacts {
        FileFacts { kind: FileKind::Folder, mode: 0o755, digest: None, ..file("") }
    }

    /// A layer.
    pub(crate) fn layer(brought: &[(&str, FileFacts)], hidden: &[&str], emptied: &[&str]) -> LayerFiles {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect();
        let brought = brought.iter().map(|(path, facts)| (PathBuf::from(path), facts.clone())).collect();
        LayerFiles { hidden: paths(hidden), emptied: paths(emptied), brought }
    }

    #[test]
    fn layers_hide_empty_and_replace_what_is_below_them() {
        let base = || layer(&[("a", folder()), ("a/b", file("1")), ("a/b.c", file("2")), ("ab", file("3"))], &[], &[]);
        let cases = [
            (layer(&[], &["a"], &[]), vec!["ab"]),
            (layer(&[], &["a/b"], &[]), vec!["a", "a/b.c", "ab"]),
            (layer(&[("a/new", file("4"))], &[], &["a"]), vec!["a", "a/new", "ab"]),
            (layer(&[("a", file("5"))], &[], &[]), vec!["a", "ab"]),
            (layer(&[("a", folder())], &[], &[]), vec!["a", "a/b", "a/b.c", "ab"]),
            (layer(&[("a/b", file("6"))], &["a/b"], &[]), vec!["a", "a/b", "a/b.c", "ab"]),
            (layer(&[], &["gone"], &["gone"]), vec!["a", "a/b", "a/b.c", "ab"]),
            (layer(&[], &[], &[""]), vec![]),
        ];
        for (upper, expected) in cases {
            let mut files = Files::new();
            base().lay_over(&mut files);
            upper.lay_over(&mut files);
            let paths: Vec<&str> = files.keys().map(|path| path.to_str().unwrap()).collect();
            assert_eq!(paths, expected, "{upper:?}");
        }
    }
}
