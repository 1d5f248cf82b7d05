//! Layers unpacked once, in the form that an overlay takes as its lower folders, below the store beside the image layout. A folder is
//! named by its layer and all layers below it, because folders that a layer only implies get their owner and mode from there. Losing
//! one costs time and nothing else.

use crate::error::Error;
use crate::isolation::{FILES, Form};
use sealer_image::Store;
use sealer_image::layer::{Layer, unpack_for_overlay};
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

/// The lowest folder of all: what must be there to be mounted on.
const PLACES: &str = "places";
/// Digits of a folder's name; enough to tell layers apart, and short, because the names go into a mount's options.
const DIGITS: usize = 32;

/// The unpacked layers of one store.
#[derive(Debug)]
pub(super) struct LayerFolders {
    store: Store,
    root: PathBuf,
    form: Form,
}

impl LayerFolders {
    pub(super) fn open(store: &Store, form: Form) -> Result<Self, Error> {
        let root = store.unpacked();
        let failed = |source| Error::write(&root, source);
        for folder in ["proc", "dev", "etc"] {
            fs::create_dir_all(root.join(PLACES).join(folder)).map_err(failed)?;
        }
        for (_, path) in FILES {
            let file = root.join(PLACES).join(path);
            File::options().append(true).create(true).open(file).map_err(failed)?;
        }
        let root = root.canonicalize().map_err(|source| Error::read(&root, source))?;
        Ok(Self { store: store.clone(), root, form })
    }

    /// Where the folders are.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The names of the folders for these layers, the lowest first; the topmost name comes first, as an overlay wants it.
    pub(super) fn all(&self, layers: &[Layer]) -> Result<Vec<String>, Error> {
        let mut names = vec![PLACES.to_owned()];
        let mut chain = Digest::of(self.form.opaque().as_bytes());
        for layer in layers {
            chain = above(&chain, &layer.diff_id);
            let name: String = chain.hex().chars().take(DIGITS).collect();
            if !self.root.join(&name).exists() {
                self.unpack(layer, &name, &names)?;
            }
            names.insert(0, name);
        }
        Ok(names)
    }

    fn unpack(&self, layer: &Layer, name: &str, below: &[String]) -> Result<(), Error> {
        let failed = |source| Error::write(&self.root, source);
        let folder = tempfile::Builder::new().prefix("new-").tempdir_in(&self.root).map_err(failed)?;
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).map_err(failed)?;
        let content = self.store.open_blob(&layer.descriptor.digest)?;
        let implied = unpack_for_overlay(content, &layer.descriptor, folder.path(), self.form.opaque())?;
        for path in implied {
            self.as_below(&folder.path().join(&path), &path, below).map_err(failed)?;
        }
        // the name says that all of it is there, also after the power failed
        let opened = File::open(folder.path()).map_err(failed)?;
        rustix::fs::syncfs(&opened).map_err(|error| failed(error.into()))?;
        match fs::rename(folder.path(), self.root.join(name)) {
            // another build was faster
            Err(error) if matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists) => {
                Ok(())
            }
            renamed => renamed.map_err(failed),
        }
    }

    /// Gives a folder that is only implied the owner and mode of the one that it will lie over.
    fn as_below(&self, folder: &Path, path: &Path, below: &[String]) -> io::Result<()> {
        for name in below {
            let Ok(metadata) = self.root.join(name).join(path).symlink_metadata() else {
                continue;
            };
            if metadata.is_dir() {
                if self.form == Form::Trusted {
                    chown(folder, Some(metadata.uid()), Some(metadata.gid()))?;
                }
                fs::set_permissions(folder, metadata.permissions())?;
            }
            return Ok(());
        }
        Ok(())
    }
}

/// The name of a layer over others.
fn above(below: &Digest, layer: &Digest) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(below.as_str().as_bytes());
    hasher.update(layer.as_str().as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_image::layer::{Attributes, LayerWriter};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn layers_are_unpacked_once_and_implied_folders_are_as_below() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let attributes = |mode| Attributes { mode, user: 0, group: 0 };
        let mut writer = LayerWriter::new(&store, 0).unwrap();
        writer.directory("tmp", attributes(0o1777)).unwrap();
        let below = writer.finish().unwrap();
        let mut writer = LayerWriter::new(&store, 0).unwrap();
        writer.file("tmp/new/file", attributes(0o644), 1, &b"x"[..]).unwrap();
        let layers = [below, writer.finish().unwrap()];
        let folders = LayerFolders::open(&store, Form::of_this_user()).unwrap();
        let names = folders.all(&layers).unwrap();
        assert_eq!((names.len(), names[2].as_str()), (3, PLACES));
        let mode = |path: &str| folders.root().join(&names[0]).join(path).metadata().unwrap().permissions().mode();
        assert_eq!((mode("tmp") & 0o7777, mode("tmp/new") & 0o7777), (0o1777, 0o755));
        fs::write(folders.root().join(&names[0]).join("mark"), "").unwrap();
        assert_eq!(folders.all(&layers).unwrap(), names);
        assert!(folders.root().join(&names[0]).join("mark").exists(), "it was unpacked again");
    }
}
