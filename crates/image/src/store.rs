//! The store: an OCI image layout folder. Blobs lie under their digests, `index.json` names images, and both are replaced as
//! wholes, so that other tools can read the folder at any time. Writers share a lock; collecting garbage takes it alone. What
//! has a name is on the disk; what has none yet may be lost with the power, and is checked after the machine has started again.

mod adopt;
mod damage;
mod durable;
mod file_memory;
mod garbage;
mod identity;
mod index_file;
mod layer_memory;
mod listing_memory;
mod lock;
mod memories;
mod mounts;
mod partial;
mod reachable;
mod upload;
mod verify;
mod writer;

pub(crate) use file_memory::RememberedFile;
pub use garbage::Collected;
pub use index_file::NamedImage;
pub use lock::Hold;
pub use mounts::Mount;
pub use partial::{PartialBlob, Unfinished};
pub use upload::{LeftBehind, Upload};
pub use verify::{Fault, Scan, Verification, Wrong};
pub use writer::BlobWriter;

use crate::error::{Error, Result, at};
use sealer_model::Digest;
use sealer_model::image::{Descriptor, Index, Manifest};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// An image store. Cheap to clone; all methods block on the disk.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    /// Whether something was written that need not be on the disk yet.
    unsettled: Arc<AtomicBool>,
}

/// No honest manifest, index or configuration is larger; more would only fill memory.
pub const LARGEST_DOCUMENT: u64 = 8 * 1024 * 1024;

const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

impl Store {
    /// Opens the store in a folder, making it one if need be.
    ///
    /// # Errors
    /// When the folder cannot be made or used.
    pub fn open(root: &Path) -> Result<Self> {
        let store = Self { root: root.to_owned(), unsettled: Arc::default() };
        for folder in [store.blobs(), store.ingest()] {
            fs::create_dir_all(&folder).map_err(at(&folder))?;
        }
        let layout = root.join("oci-layout");
        if !layout.exists() {
            store.replace(&layout, LAYOUT.as_bytes())?;
        }
        store.ensure_index()?;
        store.check_after_restart()?;
        Ok(store)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn blobs(&self) -> PathBuf {
        self.root.join("blobs/sha256")
    }

    fn ingest(&self) -> PathBuf {
        self.root.join("ingest")
    }

    /// Where a blob lies, if it is there.
    #[must_use]
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// Whether a blob is there. What is there was verified when it came.
    #[must_use]
    pub fn contains(&self, digest: &Digest) -> bool {
        self.blob_path(digest).is_file()
    }

    /// A blob's size in bytes; `None` when it is not there.
    ///
    /// # Errors
    /// When the file system does not answer.
    pub fn blob_size(&self, digest: &Digest) -> Result<Option<u64>> {
        let path = self.blob_path(digest);
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => Ok(Some(other.map_err(at(&path))?.len())),
        }
    }

    /// Opens a blob for reading.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn open_blob(&self, digest: &Digest) -> Result<File> {
        let path = self.blob_path(digest);
        match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::NoBlob { digest: digest.clone(), store: self.root.clone() })
            }
            other => other.map_err(at(&path)),
        }
    }

    /// Reads a document into memory and verifies it.
    ///
    /// # Errors
    /// When it is absent, larger than [`LARGEST_DOCUMENT`], or damaged.
    pub fn read_document(&self, descriptor: &Descriptor) -> Result<Vec<u8>> {
        let digest = &descriptor.digest;
        let file = self.open_blob(digest)?;
        let path = self.blob_path(digest);
        let mut bytes = Vec::new();
        file.take(LARGEST_DOCUMENT + 1).read_to_end(&mut bytes).map_err(at(&path))?;
        let size = bytes.len() as u64;
        if size > LARGEST_DOCUMENT {
            let (digest, limit) = (digest.clone(), LARGEST_DOCUMENT);
            return Err(Error::TooLarge { digest, size, limit });
        }
        let found = Digest::of(&bytes);
        if found == *digest {
            return Ok(bytes);
        }
        let what = path.display().to_string();
        Err(Error::Damaged { what, expected: digest.clone(), found })
    }

    /// Reads a document of some type.
    ///
    /// # Errors
    /// As [`Store::read_document`], and when it is not of that type.
    pub fn parse<T: serde::de::DeserializeOwned>(&self, descriptor: &Descriptor) -> Result<T> {
        let bytes = self.read_document(descriptor)?;
        serde_json::from_slice(&bytes).map_err(|source| Error::Document {
            digest: descriptor.digest.clone(),
            media_type: descriptor.media_type.clone(),
            source,
        })
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// As [`Store::parse`].
    pub fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest> {
        self.parse(descriptor)
    }

    /// Reads an index.
    ///
    /// # Errors
    /// As [`Store::parse`].
    pub fn index(&self, descriptor: &Descriptor) -> Result<Index> {
        self.parse(descriptor)
    }

    /// Stores a document that is at hand.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_document(&self, media_type: &str, bytes: &[u8]) -> Result<Descriptor> {
        let descriptor = Descriptor::of(media_type, bytes);
        if !self.contains(&descriptor.digest) {
            let mut writer = self.writer()?;
            io::Write::write_all(&mut writer, bytes).map_err(at(&self.root))?;
            writer.finish_expecting(&descriptor.digest)?;
        }
        Ok(descriptor)
    }

    /// Stores a document made of a value, as compact JSON.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_json(&self, media_type: &str, value: &impl serde::Serialize) -> Result<Descriptor> {
        let bytes = serde_json::to_vec(value).map_err(|source| Error::Document {
            digest: Digest::of(b""),
            media_type: media_type.to_owned(),
            source,
        })?;
        self.put_document(media_type, &bytes)
    }

    /// What was remembered in a file. A memory that cannot be read is none.
    fn recall<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(at(path))?,
        };
        Ok(serde_json::from_slice(&text).ok())
    }

    /// Writes a file of the store's own as a whole: write, sync, rename, sync.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        let replace = || {
            // where garbage is collected: whoever is killed now leaves nothing else behind
            let mut file = tempfile::NamedTempFile::new_in(self.ingest())?;
            io::Write::write_all(&mut file, bytes)?;
            file.as_file().sync_all()?;
            readable(file.as_file())?;
            file.persist(path).map_err(|error| error.error)?;
            File::open(folder)?.sync_all()
        };
        replace().map_err(at(path))
    }
}

/// Temporary files are private; what is in a store may be read by those who may enter its folder.
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}
