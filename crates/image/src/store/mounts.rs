//! Images whose files somebody wants to look at: the rootfs unpacked into a folder of the store, and made read-only where this user
//! may do that. What is mounted counts as named, so garbage collection leaves all of it.

use super::Store;
use crate::error::{Error, Result, at};
use crate::layer::unpack;
use crate::source::{choose, one_platform};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags, mount_bind, mount_remount, unmount};
use sealer_model::event::{Listener, Meter, Transfer};
use sealer_model::image::{Descriptor, media_type};
use sealer_model::{Digest, Platform, Reference};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// An image whose files are in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mount {
    /// What it is called here.
    pub id: String,
    /// The image's name when it was mounted.
    pub name: Reference,
    /// The image's digest.
    pub digest: Digest,
    /// The platform whose files these are.
    pub platform: Platform,
    /// The folder.
    pub path: PathBuf,
    /// Whether nobody can write there.
    pub read_only: bool,
}

/// What is noted beside the files.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    name: Reference,
    image: Descriptor,
    platform: Platform,
}

const NOTE: &str = "mount.json";
const FILES: &str = "rootfs";

/// Folders that were not finished, or are not wanted any more.
const UNFINISHED: &str = "unfinished-";

/// Digits of the digest that a mount is called by.
const DIGITS: usize = 12;

impl Store {
    /// Unpacks the files of an image for a platform; what is mounted already is found as it is.
    ///
    /// # Errors
    /// When the image is not there, lacks the platform, or a layer cannot be unpacked.
    pub fn mount(&self, name: &Reference, platform: &Platform, listener: &Listener) -> Result<Mount> {
        let _turn = self.own_mounts()?;
        let _lock = self.share()?;
        self.clear_unfinished()?;
        let image = self.require(name)?;
        let id = Digest::of(format!("{} {platform}", image.digest).as_bytes()).hex()[..DIGITS].to_owned();
        let folder = self.mounts_folder().join(&id);
        if !folder.exists() {
            let note = Note { name: name.clone(), image, platform: platform.clone() };
            self.unpack_to(&folder, &note, listener)?;
        }
        make_read_only(&folder.join(FILES))?;
        self.read_mount(id)
    }

    /// Everything that is mounted, in order of name.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn mounts(&self) -> Result<Vec<Mount>> {
        let ids = self.mount_ids()?;
        let mut mounts = ids.into_iter().map(|id| self.read_mount(id)).collect::<Result<Vec<_>>>()?;
        mounts.sort_by_key(|mount| (mount.name.to_string(), mount.platform.to_string()));
        Ok(mounts)
    }

    /// Removes the files of what is mounted.
    ///
    /// # Errors
    /// When there is no such mount, or somebody is using it.
    pub fn unmount(&self, id: &str) -> Result<()> {
        let _turn = self.own_mounts()?;
        let folder = self.mounts_folder().join(id);
        if !self.mount_ids()?.iter().any(|known| known == id) {
            return Err(Error::NoMount { mount: id.to_owned() });
        }
        let files = folder.join(FILES);
        unmount_all(&files)?;
        let leaving = self.mounts_folder().join(format!("{UNFINISHED}{id}"));
        fs::rename(&folder, &leaving).map_err(at(&folder))?;
        fs::remove_dir_all(&leaving).map_err(at(&leaving))
    }

    /// The images that are mounted.
    pub(super) fn mounted_images(&self) -> Result<Vec<Descriptor>> {
        let ids = self.mount_ids()?;
        ids.iter().map(|id| self.read_note(id).map(|note| note.image)).collect()
    }

    fn mounts_folder(&self) -> PathBuf {
        self.root.join("mounts")
    }

    fn mount_ids(&self) -> Result<Vec<String>> {
        let folder = self.mounts_folder();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(at(&folder))?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(at(&folder))?.file_name().to_string_lossy().into_owned();
            if !name.starts_with(UNFINISHED) {
                ids.push(name);
            }
        }
        Ok(ids)
    }

    fn read_note(&self, id: &str) -> Result<Note> {
        let path = self.mounts_folder().join(id).join(NOTE);
        let text = fs::read(&path).map_err(at(&path))?;
        serde_json::from_slice(&text).map_err(|source| Error::StoreIndex { path, source })
    }

    fn read_mount(&self, id: String) -> Result<Mount> {
        let Note { name, image, platform } = self.read_note(&id)?;
        let path = self.mounts_folder().join(&id).join(FILES);
        let status = rustix::fs::statvfs(&path).map_err(|error| at(&path)(error.into()))?;
        let read_only = status.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY);
        Ok(Mount { id, name, digest: image.digest, platform, path, read_only })
    }

    /// Unpacks beside the place and moves there at the end, so that what is in the place is whole.
    fn unpack_to(&self, folder: &Path, note: &Note, listener: &Listener) -> Result<()> {
        let parent = self.mounts_folder();
        fs::create_dir_all(&parent).map_err(at(&parent))?;
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&parent).map_err(at(&parent))?;
        let files = unfinished.path().join(FILES);
        fs::create_dir(&files).map_err(at(&files))?;
        let manifest = self.manifest(&self.manifest_for(note)?)?;
        let total = manifest.layers.iter().map(|layer| layer.size).sum();
        let transfer = Transfer { title: format!("unpack {}", note.name), host: None, digest: None };
        let mut meter = Meter::new(listener, transfer, Some(total));
        for layer in &manifest.layers {
            let mut before = 0;
            unpack(self.open_blob(&layer.digest)?, layer, &files, |read| {
                meter.advance(read - before, Instant::now());
                before = read;
            })?;
        }
        meter.finish(Instant::now());
        let text = serde_json::to_vec(note).expect("a note always has a JSON form");
        self.replace(&unfinished.path().join(NOTE), &text)?;
        fs::set_permissions(unfinished.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .map_err(at(folder))?;
        fs::rename(unfinished.path(), folder).map_err(at(folder))?;
        // its place is another one now
        let _ = unfinished.keep();
        Ok(())
    }

    /// The one manifest that is meant.
    fn manifest_for(&self, note: &Note) -> Result<Descriptor> {
        let Note { name, image, platform } = note;
        if !media_type::is_index(&image.media_type) {
            one_platform(self, name, image.clone(), std::slice::from_ref(platform))?;
            return Ok(image.clone());
        }
        let index = self.index(image)?;
        match index.rootfs_for(platform) {
            Some(rootfs) => Ok(rootfs.clone()),
            None if index.is_cluster_image() => {
                Err(Error::NoPlatform { name: name.to_string(), platform: platform.to_string() })
            }
            None => Ok(choose(name, &index, std::slice::from_ref(platform))?.remove(0)),
        }
    }

    /// Nobody else is at work here while the lock is held, so what is unfinished belongs to nobody.
    fn clear_unfinished(&self) -> Result<()> {
        let folder = self.mounts_folder();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(at(&folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(at(&folder))?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_dir_all(entry.path()).map_err(at(&entry.path()))?;
            }
        }
        Ok(())
    }
}

/// Undoes [`make_read_only`], also where somebody was killed in the middle of it and it was done again on top.
fn unmount_all(files: &Path) -> Result<()> {
    loop {
        match unmount(files, UnmountFlags::empty()) {
            Ok(()) => {}
            // not mounted over itself any more, or nobody here may do that
            Err(Errno::INVAL | Errno::PERM) => return Ok(()),
            Err(error) => return Err(at(files)(error.into())),
        }
    }
}

/// Mounts a folder over itself, read-only, unless it is so already. Who may not do that has a copy that can be written to, and
/// that nothing else is made of.
fn make_read_only(files: &Path) -> Result<()> {
    let status = rustix::fs::statvfs(files).map_err(|error| at(files)(error.into()))?;
    if status.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY) {
        return Ok(());
    }
    let mounted =
        mount_bind(files, files).and_then(|()| mount_remount(files, MountFlags::BIND | MountFlags::RDONLY, c""));
    match mounted {
        Ok(()) | Err(Errno::PERM | Errno::ACCESS) => Ok(()),
        Err(error) => Err(at(files)(error.into())),
    }
}
