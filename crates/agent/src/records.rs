//! The copy of the deliverer's journal that the first master keeps: lines are appended and synced, in the cluster's folder and with it gone.

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::place::Place;
use sealer_model::agent::{Changed, KeepRecords};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

/// Appends records, unless the folder that they belong into is not there. Blocks.
pub(crate) fn keep(place: &Place, records: &KeepRecords) -> Result<Changed> {
    let path = place.path(&records.path)?;
    let Some(folder) = path.parent().filter(|folder| folder.is_dir()) else { return Ok(Changed::No) };
    if records.lines.iter().any(|line| line.contains('\n')) {
        return Err(Error::Request { reason: "a record of a journal has more than one line".to_owned() });
    }
    let text: String = records.lines.iter().map(|line| format!("{line}\n")).collect();
    let is_new = !path.exists();
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).mode(0o600).open(&path).at("open", &path)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).at("write", &path)?;
    if is_new {
        durable::sync_folder(folder)?;
    }
    Ok(Changed::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn records(lines: &[&str]) -> KeepRecords {
        KeepRecords { path: "/c/journal.ndjson".into(), lines: lines.iter().map(|line| (*line).to_owned()).collect() }
    }

    #[test]
    fn records_follow_one_another_for_root_alone_and_make_no_folder() {
        let root = tempfile::tempdir().unwrap();
        let place = Place::below(root.path().to_owned());
        assert_eq!(keep(&place, &records(&["a"])).unwrap(), Changed::No);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        std::fs::create_dir(root.path().join("c")).unwrap();
        assert_eq!(keep(&place, &records(&["a", "b"])).unwrap(), Changed::Yes);
        assert_eq!(keep(&place, &records(&["c"])).unwrap(), Changed::Yes);
        let path = root.path().join("c/journal.ndjson");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\nb\nc\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(keep(&place, &records(&["d\ne"])).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\nb\nc\n");
    }
}
