//! A chart out of a `.tgz`. An archive is hostile until proven otherwise: no path leads out of the chart, links and devices are
//! refused, and what it unpacks to is bounded while it is read.

use std::io::{self, BufRead as _, BufReader, Read};

use flate2::read::MultiGzDecoder;

use super::bounds::{Budget, too_many_bytes};
use super::without_mark;
use crate::chart::File;
use crate::error::{Error, Result};

/// The files of an archive, without the folder that holds them all.
pub(super) fn files(bytes: &[u8], budget: &mut Budget) -> Result<Vec<File>> {
    let mut files = Vec::new();
    each(bytes, budget, |name, content| {
        let mut data = Vec::new();
        let size = content.read_to_end(&mut data)?;
        files.push(File { name: name.to_owned(), data: without_mark(data).into() });
        Ok(size as u64)
    })?;
    Ok(files)
}

/// Shows every file of an archive: its path without the folder that holds them all, and its content, of which the bytes that were read
/// are told back.
pub(super) fn each(
    archive: impl Read,
    budget: &mut Budget,
    mut show: impl FnMut(&str, &mut dyn Read) -> io::Result<u64>,
) -> Result<()> {
    let mut archive = BufReader::new(archive);
    if !archive.fill_buf().map_err(damaged)?.starts_with(&[0x1f, 0x8b]) {
        return Err(Error::Archive("it is no gzip file".to_owned()));
    }
    // The headers of entries count too: an archive of nothing but headers must end as well.
    let bounded = MultiGzDecoder::new(archive).take(budget.bytes().saturating_mul(2));
    let mut archive = tar::Archive::new(bounded);
    let mut any = false;
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        budget.entry()?;
        if entry.header().entry_type().is_dir() {
            continue;
        }
        let raw = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() {
            return Err(Error::Archive(format!("{raw} is neither a file nor a folder")));
        }
        let name = inner_name(&raw)?;
        let size = show(&name, &mut (&mut entry).take(budget.bytes() + 1)).map_err(damaged)?;
        if size > budget.bytes() {
            return Err(too_many_bytes());
        }
        budget.take(size)?;
        any = true;
    }
    if any { Ok(()) } else { Err(Error::Archive("there are no files in it".to_owned())) }
}

/// The path below the archive's one folder.
fn inner_name(raw: &str) -> Result<String> {
    let refused = |problem: &str| Error::Archive(format!("{raw:?} {problem}"));
    let separator = if raw.contains('\\') { '\\' } else { '/' };
    let (first, rest) = raw.split_once(separator).unwrap_or((raw, ""));
    if first == "Chart.yaml" {
        return Err(refused("lies at the top, where only the chart's folder may be"));
    }
    let rest = rest.replace('\\', "/");
    if rest.starts_with('/') || raw.contains('\0') {
        return Err(refused("is an absolute path"));
    }
    let mut parts = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(refused("leads out of the chart")),
            drive if parts.is_empty() && is_drive(drive) => return Err(refused("names a drive")),
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err(refused("lies outside the chart's folder"));
    }
    Ok(parts.join("/"))
}

fn is_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

fn damaged(error: std::io::Error) -> Error {
    Error::Archive(format!("it cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::inner_name;

    #[test]
    fn names_lose_the_charts_folder() {
        let cases = [("c/Chart.yaml", "Chart.yaml"), ("c/./a//b", "a/b"), (r"c\templates\a.yaml", "templates/a.yaml")];
        for (raw, expected) in cases {
            assert_eq!(inner_name(raw).unwrap(), expected, "{raw}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for raw in
            ["c/../../etc/passwd", "/etc/passwd/../..", "c//etc/passwd", "c", "Chart.yaml", "c/..", "c/C:/x", r"c\..\x"]
        {
            assert!(inner_name(raw).is_err(), "{raw}");
        }
    }
}
