//! Reads small files out of a rootfs without unpacking it: what the image asks of hosts, and what a site changes in it, is wanted before
//! any host is touched. Layers in which nothing is wanted are decompressed once only, to learn what they hold.

use crate::bounds::{self, most};
use crate::error::Result;
use crate::layer::entry_path::EntryPath;
use crate::layer::{decompressed, unreadable};
use crate::store::Store;
use sealer_model::bundle::{RootfsFile, RootfsFiles};
use sealer_model::image::{Descriptor, Manifest};
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The most that such a file may hold; documents and scripts are a few kilobytes.
const MOST: u64 = 4 << 20;

/// The wanted files of a rootfs, by their paths below its root. The upper layer's word counts, and a file that is gone there is gone.
///
/// # Errors
/// When a layer cannot be read, or a wanted file has more than 4 MiB.
pub(crate) fn rootfs_files(store: &Store, rootfs: &Manifest, wanted: &dyn Fn(&str) -> bool) -> Result<RootfsFiles> {
    let mut found = RootfsFiles::new();
    for layer in &rootfs.layers {
        let content = Content::of(&listing(store, layer)?, wanted);
        found.retain(|path, _| !content.hides(Path::new(path)));
        if !content.wanted.is_empty() {
            read(store, layer, content.wanted, &mut found)?;
        }
    }
    Ok(found)
}

/// What a layer says by its paths alone.
#[derive(Debug, Default)]
struct Content {
    wanted: BTreeSet<String>,
    gone: Vec<PathBuf>,
}

impl Content {
    fn of(listing: &[String], wanted: &dyn Fn(&str) -> bool) -> Self {
        let mut content = Self::default();
        for path in listing {
            // a path that leads astray is the unpacking's to refuse
            match EntryPath::read(Path::new(path)) {
                Ok(EntryPath::Whiteout(gone) | EntryPath::Opaque(gone)) => content.gone.push(gone),
                Ok(EntryPath::Below(below)) => {
                    content.wanted.extend(below.to_str().filter(|path| wanted(path)).map(str::to_owned));
                }
                Ok(EntryPath::Root) | Err(_) => {}
            }
        }
        content
    }

    /// Whether what lower layers have at a path is gone; what this layer has anew is read again anyway.
    fn hides(&self, path: &Path) -> bool {
        self.gone.iter().any(|gone| path.starts_with(gone))
            || path.to_str().is_some_and(|path| self.wanted.contains(path))
    }
}

fn listing(store: &Store, layer: &Descriptor) -> Result<Vec<String>> {
    if let Some(known) = store.remembered_listing(&layer.digest)? {
        return Ok(known);
    }
    let mut paths = Vec::new();
    each_entry(store, layer, |path, _, _| {
        paths.push(path.to_owned());
        Ok(true)
    })?;
    store.remember_listing(&layer.digest, &paths)?;
    Ok(paths)
}

/// Reads files of one layer; anything but a plain file is none.
fn read(store: &Store, layer: &Descriptor, mut wanted: BTreeSet<String>, found: &mut RootfsFiles) -> Result<()> {
    each_entry(store, layer, |path, header, content| {
        let below = match EntryPath::read(Path::new(path)) {
            Ok(EntryPath::Below(below)) => below.to_string_lossy().into_owned(),
            _ => return Ok(true),
        };
        if wanted.remove(&below) && header.entry_type().is_file() {
            let file = file(&below, header, content)?;
            found.insert(below, file);
        }
        Ok(!wanted.is_empty())
    })
}

fn file(path: &str, header: &tar::Header, content: &mut dyn Read) -> io::Result<RootfsFile> {
    let mut bytes = Vec::new();
    content.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(io::Error::other(format!("{path} has more than {MOST} bytes, which is too much to look at")));
    }
    Ok(RootfsFile { bytes, mode: header.mode()? & 0o777 })
}

/// Shows the entries of a layer, in order, until nobody wants more.
fn each_entry(
    store: &Store,
    layer: &Descriptor,
    mut look: impl FnMut(&str, &tar::Header, &mut dyn Read) -> io::Result<bool>,
) -> Result<()> {
    let failed = |source| unreadable(layer, source);
    let mut blob = store.open_blob(&layer.digest)?;
    bounds::each_entry(decompressed(&mut blob, layer)?, most(layer.size), failed, |entry| {
        let path = entry.path().map_err(failed)?.to_string_lossy().into_owned();
        let header = entry.header().clone();
        let more = look(&path, &header, entry).map_err(failed)?;
        Ok(if more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Attributes, LayerWriter};

    fn layer(store: &Store, files: &[(&str, &str)]) -> Descriptor {
        let mut writer = LayerWriter::new(store, 0).unwrap();
        for (path, text) in files {
            let attributes = Attributes { mode: 0o640, user: 0, group: 0 };
            writer.file(path, attributes, text.len() as u64, text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().descriptor
    }

    #[test]
    fn the_last_layer_that_says_something_counts() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let one = layer(&store, &[("bin/a", "x"), ("etc/kubeadm.yml", "one")]);
        let two = layer(&store, &[("etc/kubeadm.yml", "two")]);
        let gone = layer(&store, &[("etc/.wh.kubeadm.yml", "")]);
        let config = one.clone();
        let read = |layers: &[&Descriptor]| {
            let layers = layers.iter().map(|layer| (*layer).clone()).collect();
            let rootfs = Manifest::new(config.clone(), layers);
            let mut files = rootfs_files(&store, &rootfs, &|path| path == "etc/kubeadm.yml").unwrap();
            files.remove("etc/kubeadm.yml").map(|file| String::from_utf8(file.bytes).unwrap())
        };
        for _ in ["read", "remembered"] {
            assert_eq!(read(&[&one]).as_deref(), Some("one"));
            assert_eq!(read(&[&one, &two]).as_deref(), Some("two"));
            assert_eq!(read(&[&one, &two, &gone]), None);
            assert_eq!(read(&[&gone, &one]).as_deref(), Some("one"));
            assert_eq!(read(&[]), None);
        }
    }

    #[test]
    fn all_that_is_wanted_comes_with_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let one = layer(&store, &[("etc/a.tmpl", "1"), ("etc/b", "2"), ("old/c.tmpl", "3")]);
        let two = layer(&store, &[("old/.wh..wh..opq", ""), ("old/d.tmpl", "4")]);
        let rootfs = Manifest::new(one.clone(), vec![one, two]);
        let found = rootfs_files(&store, &rootfs, &|path| path.ends_with(".tmpl")).unwrap();
        let texts: Vec<(&str, &[u8])> = found.iter().map(|(path, file)| (path.as_str(), &*file.bytes)).collect();
        assert_eq!(texts, [("etc/a.tmpl", &b"1"[..]), ("old/d.tmpl", b"4")]);
        assert_eq!(found["etc/a.tmpl"].mode, 0o640);
    }
}
