//! Where things are: the checkout, and the folder outside it that keeps what took long to make. Both are found once and handed
//! on; no other file asks the environment for a path.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The two roots of every chore.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    /// The checkout.
    pub(crate) repository: PathBuf,
    /// What is kept between runs: `SEALER_CACHE`, or `~/.cache/sealer`.
    pub(crate) cache: PathBuf,
}

impl Folders {
    /// Finds the checkout and the cache, and makes the cache when it is missing.
    pub(crate) fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let repository = manifest.parent().ok_or_else(|| Error::unmet("the xtask crate has no parent folder"))?;
        let cache = match (std::env::var_os("SEALER_CACHE"), std::env::var_os("HOME")) {
            (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
            (_, Some(home)) if !home.is_empty() => Path::new(&home).join(".cache/sealer"),
            _ => {
                return Err(Error::unmet("neither SEALER_CACHE nor HOME is set, so there is no place for the cache"));
            }
        };
        create(&cache)?;
        Ok(Self { repository: repository.to_path_buf(), cache })
    }

    /// A folder of the checkout's `examples`.
    pub(crate) fn example(&self, name: &str) -> PathBuf {
        self.repository.join("examples").join(name)
    }
}

/// Makes a folder and its parents.
pub(crate) fn create(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(Error::file("create", path))
}

/// Removes a file or a folder with all that is in it; nothing there is fine.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let outcome = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match outcome {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(path, content).map_err(Error::file("write", path))
}

/// Reads a whole text file.
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(Error::file("read", path))
}

/// Sets a file's mode bits.
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .map_err(Error::file("change the mode of", path))
}

/// Puts a finished folder in its place in one step; an older one at that place goes.
pub(crate) fn publish(finished: &Path, place: &Path) -> Result<()> {
    remove(place)?;
    if let Some(parent) = place.parent() {
        create(parent)?;
    }
    std::fs::rename(finished, place).map_err(Error::file("rename to", place))
}
