//! Charts out of folders and archives, as Helm loads them. Where the bytes of an archive come from, a file or a registry, is the
//! caller's business.

mod archive;
mod assemble;
mod bounds;
mod directory;
mod ignore;

use std::io::{self, Read};
use std::path::Path;

use crate::chart::{Chart, File};
use crate::error::{Error, Result};
use bounds::Budget;

/// Loads the chart at that path: a folder with a `Chart.yaml`, or a `.tgz`.
///
/// # Errors
/// There is none, it cannot be read, it is too large, or a file of it makes no sense.
pub fn load(path: &Path) -> Result<Chart> {
    let metadata = std::fs::metadata(path).map_err(Error::file(path))?;
    if metadata.is_dir() {
        return load_directory(path);
    }
    if metadata.len() > bounds::LARGEST_CHART {
        return Err(Error::TooLarge(format!("{} has {} bytes", path.display(), metadata.len())));
    }
    let bytes = std::fs::read(path).map_err(Error::file(path))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        let problem = "it is neither a folder with a Chart.yaml nor a gzipped archive".to_owned();
        return Err(Error::NoChart { place: path.display().to_string(), problem });
    }
    load_archive(&bytes)
}

/// Loads the chart of a folder.
///
/// # Errors
/// As [`load`].
pub fn load_directory(folder: &Path) -> Result<Chart> {
    if !folder.join("Chart.yaml").is_file() {
        let problem = "there is no Chart.yaml in it".to_owned();
        return Err(Error::NoChart { place: folder.display().to_string(), problem });
    }
    let mut budget = Budget::new();
    let files = directory::files(folder, &mut budget)?;
    assemble::assemble(files, &mut budget, 0)
}

/// Loads the chart of an archive's bytes.
///
/// # Errors
/// As [`load`].
pub fn load_archive(bytes: &[u8]) -> Result<Chart> {
    let mut budget = Budget::new();
    let files = archive::files(bytes, &mut budget)?;
    assemble::assemble(files, &mut budget, 0)
}

/// Shows every file of an archive to whoever wants the chart as a folder, as it comes: its path below that folder, and its content, of
/// which the bytes that were read are told back. Nothing counts before the end: only there it is known that all of it makes a chart.
///
/// # Errors
/// The archive is damaged, larger than a chart may be, holds no `Chart.yaml`, or names that lead out of it; and whatever `show` says.
pub fn each_archived(archive: impl Read, mut show: impl FnMut(&str, &mut dyn Read) -> io::Result<u64>) -> Result<()> {
    let mut is_chart = false;
    archive::each(archive, &mut Budget::new(), |name, content| {
        is_chart |= name == "Chart.yaml";
        show(name, content)
    })?;
    if is_chart { Ok(()) } else { Err(Error::Archive("there is no Chart.yaml in it".to_owned())) }
}

/// Loads a chart of files that are in memory already.
///
/// # Errors
/// As [`load`].
pub fn load_files(files: Vec<File>) -> Result<Chart> {
    assemble::assemble(files, &mut Budget::new(), 0)
}

/// The bytes without the mark with which some editors begin a text.
fn without_mark(mut data: Vec<u8>) -> Vec<u8> {
    if data.starts_with(&[0xef, 0xbb, 0xbf]) {
        data.drain(..3);
    }
    data
}
