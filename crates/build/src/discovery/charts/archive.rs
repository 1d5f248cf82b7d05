//! Tells the archives of charts from other archives.

use crate::error::Error;
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Bytes of an archive that are looked at; `helm package` puts `Chart.yaml` first.
const LOOKED_AT: u64 = 64 * 1024 * 1024;

/// Whether an archive holds a chart: one folder with `Chart.yaml` in it. What is no archive is no chart.
pub(super) fn is_chart(path: &Path) -> Result<bool, Error> {
    let file = File::open(path).map_err(|source| Error::read(path, source))?;
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)).take(LOOKED_AT));
    let Ok(entries) = archive.entries() else { return Ok(false) };
    for entry in entries {
        let Ok(entry) = entry else { return Ok(false) };
        let path = entry.path_bytes();
        let name = path.strip_prefix(b"./").unwrap_or(&path);
        if name.ends_with(b"/Chart.yaml") && name.iter().filter(|byte| **byte == b'/').count() == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}
