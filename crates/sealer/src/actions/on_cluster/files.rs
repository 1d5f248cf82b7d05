//! The files of applications on this machine: as the image brings them, with what differs on the site, in a folder that goes when all is
//! launched. They may hold what is nobody else's business, so nobody else can look into it.

use super::super::blocking::blocking;
use crate::failure::Failure;
use sealer_model::Reference;
use sealer_model::bundle::RootfsFiles;
use sealer_model::cluster::{Cluster, Secrets};
use sealer_model::image::Extension;
use sealer_tailor::tailor;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

/// The names of images, from theirs to the cluster's.
const NAMES: &str = "image-names.json";
/// The files of the image.
const ROOTFS: &str = "rootfs";

/// A folder with the files of applications.
pub(in crate::actions) struct Folder {
    path: PathBuf,
    has_names: bool,
}

impl Folder {
    /// Writes one below a root, whose owner alone can read it.
    ///
    /// # Errors
    /// When files cannot be tailored or written.
    pub(in crate::actions) async fn write(
        root: PathBuf,
        (cluster, secrets): (&Cluster, &Secrets),
        extension: &Extension,
        originals: RootfsFiles,
        names: BTreeMap<Reference, Reference>,
    ) -> Result<Self, Failure> {
        let member = cluster.members.first().ok_or_else(|| Failure::failed("there is no host to tailor files for"))?;
        let tailored = tailor(cluster, extension, member, &originals, secrets).map_err(Failure::of)?;
        let name = format!("{}-{}", cluster.image_digest.short(), std::process::id());
        let folder = Self { path: root.join("launching").join(name), has_names: !names.is_empty() };
        let path = folder.path.clone();
        blocking(move || {
            let below = path.join(ROOTFS);
            create(&below)?;
            for (path, file) in &originals {
                write(&below, path, file.mode, &file.bytes)?;
            }
            for file in &tailored {
                write(&below, &file.path, file.mode, file.text.as_bytes())?;
            }
            let names: BTreeMap<String, String> =
                names.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect();
            write(&path, NAMES, 0o600, serde_json::to_string(&names)?.as_bytes())
        })
        .await?;
        Ok(folder)
    }

    /// Where commands are run.
    pub(in crate::actions) fn rootfs(&self) -> PathBuf {
        self.path.join(ROOTFS)
    }

    /// The file with other names of images, where there are any.
    pub(super) fn names(&self) -> Option<PathBuf> {
        self.has_names.then(|| self.path.join(NAMES))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // what is left of it is removed with the next one of its name, and nobody else can read it
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn create(folder: &Path) -> Result<(), Failure> {
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created.map_err(|error| Failure::of(error).within(format!("cannot create {}", folder.display())))
}

fn write(folder: &Path, path: &str, mode: u32, bytes: &[u8]) -> Result<(), Failure> {
    let below = Path::new(path);
    if !below.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(Failure::failed(format!("{path} leads out of the image")));
    }
    let whole = folder.join(below);
    if let Some(parent) = whole.parent() {
        create(parent)?;
    }
    // a template's product may take the place of a file of the image
    let _ = fs::remove_file(&whole);
    let file = fs::OpenOptions::new().write(true).create_new(true).mode((mode & 0o700) | 0o600).open(&whole);
    let written = file.and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| Failure::of(error).within(format!("cannot write {}", whole.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a/b.sh", 0o755, b"x").unwrap();
        write(folder.path(), "a/b.sh", 0o755, b"y").unwrap();
        assert_eq!(fs::read(folder.path().join("a/b.sh")).unwrap(), b"y");
        for path in ["../a", "/a", "a/../../b"] {
            assert!(write(folder.path(), path, 0o644, b"").is_err(), "{path}");
        }
    }
}
