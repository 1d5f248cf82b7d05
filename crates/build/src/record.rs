//! Small files beside the image layout, in which a build remembers what it found out. Losing one costs time and nothing else.

use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// No record is longer; a longer one is not ours.
const LONGEST: u64 = 16 * 1024;

/// The record at a path. One that cannot be read is as good as none.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    if path.metadata().ok()?.len() > LONGEST {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Writes a record; who reads meanwhile sees the old one or the new one.
pub(crate) fn write(path: &Path, record: &impl Serialize) -> Result<(), Error> {
    let failed = |source| Error::write(path, source);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let bytes = serde_json::to_vec(record).map_err(|source| failed(source.into()))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(&bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
