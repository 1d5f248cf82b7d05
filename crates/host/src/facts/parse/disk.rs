//! File systems, from `df` and the table of mounts, and how long small writes to them took.

use super::number;
use sealer_model::facts::{Disk, Inodes};
use std::collections::BTreeMap;

/// `path P` and what `df -Pk` prints for it, `inodes P` and what `df -Pi` prints for it; then the table of mounts.
pub(super) fn disks(text: &str, mounts: &str) -> Result<BTreeMap<String, Disk>, String> {
    let mut disks: BTreeMap<String, Disk> = BTreeMap::new();
    let mut asked: Option<(bool, &str)> = None;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("path ") {
            asked = Some((true, path));
        } else if let Some(path) = line.strip_prefix("inodes ") {
            asked = Some((false, path));
        } else if let (Some((sizes, path)), false) = (asked, line.starts_with("Filesystem")) {
            asked = None;
            if sizes {
                disks.insert(path.to_owned(), disk(path, line, mounts)?);
            } else if let Some(disk) = disks.get_mut(path) {
                disk.inodes = inodes(line);
            }
        }
    }
    Ok(disks)
}

/// Names on both sides may hold spaces; the numbers before the percentage cannot be mistaken.
fn columns(line: &str) -> Option<([&str; 3], String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let share = words.iter().rposition(|word| word.ends_with('%') || *word == "-")?;
    let numbers = words.get(share.checked_sub(3)?..share)?;
    Some(([numbers[0], numbers[1], numbers[2]], words[share + 1..].join(" ")))
}

fn disk(path: &str, line: &str, mounts: &str) -> Result<Disk, String> {
    let (numbers, mount_point) = columns(line).ok_or_else(|| format!("disk of {path}: \"{line}\" is no line of df"))?;
    let what = format!("disk of {path}");
    let bytes = |text: &str| Ok::<u64, String>(u64::try_from(number(text, &what)?).unwrap_or(0).saturating_mul(1024));
    let (kind, options) = mount(&mount_point, mounts);
    Ok(Disk { mount_point, kind, options, total: bytes(numbers[0])?, free: bytes(numbers[2])?, inodes: None })
}

/// Some file systems have no limit and print zeros or dashes.
fn inodes(line: &str) -> Option<Inodes> {
    let ([total, _, free], _) = columns(line)?;
    let inodes = Inodes { total: total.parse().ok()?, free: free.parse().ok()? };
    (inodes.total > 0).then_some(inodes)
}

/// Kind and options of what is mounted there; of several mounts over one another the last one counts.
fn mount(point: &str, mounts: &str) -> (String, Vec<String>) {
    let found = mounts.lines().rev().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (place, kind, options) = (words.next()?, words.next()?, words.next()?);
        (place.replace("\\040", " ") == point)
            .then(|| (kind.to_owned(), options.split(',').map(str::to_owned).collect()))
    });
    found.unwrap_or_default()
}

/// The times that `dd` prints, in microseconds: `2300 bytes (2.3 kB, 2.2 KiB) copied, 0.00101139 s, 2.3 MB/s`.
pub(super) fn write_latencies(text: &str) -> Vec<u64> {
    let seconds = |line: &str| {
        let (_, rest) = line.split_once("copied, ")?;
        let seconds: f64 = rest.split_whitespace().next()?.trim_end_matches("s,").parse().ok()?;
        // a time is small and positive, and what is lost below a microsecond does not matter
        Some((seconds * 1e6) as u64)
    };
    text.lines().filter_map(seconds).collect()
}
