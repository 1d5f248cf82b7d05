//! Writes an archive in volumes. A volume gets its name when it is whole and on the disk, the list when all volumes are; so a
//! list never names what is not there.

use super::{FORMAT_VERSION, Volume, VolumeList, list_path, volume_path};
use crate::archive::unfinished::Unfinished;
use sealer_model::Reference;
use sealer_model::digest::Hasher;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Volumes that are being written.
pub(in crate::archive) struct VolumeWriter {
    archive: PathBuf,
    volume_size: u64,
    /// Held from the beginning, so that nobody else writes the same volumes.
    list: Option<Unfinished>,
    current: Option<Current>,
    whole: Vec<Volume>,
}

struct Current {
    file: Unfinished,
    hasher: Hasher,
    size: u64,
}

impl VolumeWriter {
    /// Begins volumes of so many bytes for the archive `archive`. What is left of an earlier one with that name goes.
    pub(in crate::archive) fn begin(archive: &Path, volume_size: u64) -> io::Result<Self> {
        let list = Some(Unfinished::begin(&list_path(archive))?);
        remove(&list_path(archive))?;
        let mut number = 1;
        while remove(&volume_path(archive, number))? {
            number += 1;
        }
        Ok(Self { archive: archive.to_owned(), volume_size, list, current: None, whole: Vec::new() })
    }

    /// Ends the last volume and writes the list; returns the bytes of all volumes.
    pub(in crate::archive) fn publish(mut self, image: &Reference) -> io::Result<u64> {
        self.end_volume()?;
        let size = self.whole.iter().map(|volume| volume.size).sum();
        let volumes = self.whole.clone();
        let list = VolumeList { format_version: FORMAT_VERSION, image: image.clone(), size, volumes };
        let mut text = serde_json::to_vec_pretty(&list)?;
        text.push(b'\n');
        if let Some(mut file) = self.list.take() {
            file.file.write_all(&text)?;
            file.publish(&list_path(&self.archive))?;
        }
        self.whole.clear();
        Ok(size)
    }

    fn end_volume(&mut self) -> io::Result<()> {
        let Some(Current { file, hasher, size }) = self.current.take() else { return Ok(()) };
        let path = volume_path(&self.archive, self.whole.len() + 1);
        file.publish(&path)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.whole.push(Volume { file: name, size, digest: hasher.finish() });
        Ok(())
    }
}

impl Drop for VolumeWriter {
    /// Volumes without a list are of no use to anybody.
    fn drop(&mut self) {
        for number in 1..=self.whole.len() {
            // what cannot be removed is written over by the next one
            let _ = remove(&volume_path(&self.archive, number));
        }
    }
}

impl Write for VolumeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.current.as_ref().is_some_and(|current| current.size == self.volume_size) {
            self.end_volume()?;
        }
        if self.current.is_none() {
            let file = Unfinished::begin(&volume_path(&self.archive, self.whole.len() + 1))?;
            self.current = Some(Current { file, hasher: Hasher::default(), size: 0 });
        }
        let Some(current) = &mut self.current else { return Ok(0) };
        let room = usize::try_from(self.volume_size - current.size).unwrap_or(usize::MAX);
        let written = current.file.file.write(&bytes[..bytes.len().min(room)])?;
        current.hasher.update(&bytes[..written]);
        current.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        other => other.map(|()| true),
    }
}
