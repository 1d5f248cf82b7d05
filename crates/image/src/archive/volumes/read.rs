//! Reads volumes as the one archive that they are. That all of them are there is looked at first; what is in them is verified
//! blob by blob as with any archive, and only where that fails are they hashed, to name the one that is damaged.

use super::{Volume, VolumeList};
use crate::copy::hash;
use crate::error::{Error, Result, at};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A list of volumes is a few kilobytes.
const LARGEST_LIST: u64 = 1 << 20;

/// Volumes, read behind each other.
pub(in crate::archive) struct VolumeReader {
    folder: PathBuf,
    list: VolumeList,
    waiting: VecDeque<PathBuf>,
    open: Option<File>,
}

impl VolumeReader {
    /// Opens the volumes of a list, all of which must be there.
    pub(in crate::archive) fn open(list_path: &Path) -> Result<Self> {
        let list = VolumeList::parse(list_path, &read_list(list_path)?)?;
        let folder = list_path.parent().unwrap_or(Path::new("")).to_owned();
        for (number, volume) in list.volumes.iter().enumerate() {
            check(&folder, volume, number + 1, list.volumes.len())?;
        }
        let waiting = list.volumes.iter().map(|volume| folder.join(&volume.file)).collect();
        Ok(Self { folder, list, waiting, open: None })
    }

    /// The first volume that is not what the list says, if there is one.
    ///
    /// # Errors
    /// When a volume cannot be read.
    pub(in crate::archive) fn find_damaged(&self) -> Result<Option<Error>> {
        for volume in &self.list.volumes {
            let path = self.folder.join(&volume.file);
            let (_, found) = File::open(&path).and_then(|mut file| hash(&mut file, |_| ())).map_err(at(&path))?;
            if found != volume.digest {
                let reason = format!("is damaged: expected {}, found {found}; copy this volume again", volume.digest);
                return Ok(Some(Error::Volume { path, reason }));
            }
        }
        Ok(None)
    }
}

fn read_list(path: &Path) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(LARGEST_LIST).read_to_end(&mut text)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let reason = "is missing; it lists the volumes, and is to be in the same folder".to_owned();
            Err(Error::Volume { path: path.to_owned(), reason })
        }
        other => other.map(|_| text).map_err(at(path)),
    }
}

fn check(folder: &Path, volume: &Volume, number: usize, of: usize) -> Result<()> {
    let path = folder.join(&volume.file);
    let found = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let reason = format!("is missing; it is volume {number} of {of}");
            return Err(Error::Volume { path, reason });
        }
        other => other.map_err(at(&path))?.len(),
    };
    if found == volume.size {
        return Ok(());
    }
    let reason = format!("has {found} bytes and should have {}; copy this volume again", volume.size);
    Err(Error::Volume { path, reason })
}

impl Read for VolumeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(file) = &mut self.open {
                match file.read(buffer)? {
                    0 => self.open = None,
                    length => return Ok(length),
                }
            }
            match self.waiting.pop_front() {
                Some(next) => self.open = Some(File::open(next)?),
                None => return Ok(0),
            }
        }
    }
}
