//! The records of a journal one after the other, also of one that another process writes into meanwhile.

use crate::journal::Journal;
use crate::state::at;
use crate::{Error, State};
use sealer_model::journal::{Record, read};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A journal that is read from its beginning.
#[derive(Debug)]
pub struct Records {
    path: PathBuf,
    told: u64,
}

impl Records {
    /// The journal of a cluster.
    ///
    /// # Errors
    /// When the cluster is not known.
    pub fn of(root: &Path, cluster: &str) -> Result<Self, Error> {
        State::read(root, cluster)?;
        Ok(Self { path: State::look(root, cluster).path(Journal::FILE), told: 0 })
    }

    /// What has come since the last time; a record that is being written comes next time.
    ///
    /// # Errors
    /// When the journal cannot be read or is damaged.
    pub fn more(&mut self) -> Result<Vec<Record>, Error> {
        let mut file = match File::open(&self.path) {
            // nothing was recorded yet
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(at(&self.path))?,
        };
        let mut text = String::new();
        file.seek(SeekFrom::Start(self.told)).and_then(|_| file.read_to_string(&mut text)).map_err(at(&self.path))?;
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        self.told += whole.len() as u64;
        read(whole).map_err(|(_, source)| Error::DamagedState { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;
    use sealer_model::journal::Entry;
    use std::io::Write as _;

    #[test]
    fn what_is_written_meanwhile_comes_once_and_only_when_it_is_whole() {
        let root = tempfile::tempdir().unwrap();
        let state = State::lock(root.path(), "c").unwrap();
        assert!(Records::of(root.path(), "c").is_err());
        state.save(&cluster(&["10.0.0.1"], &[])).unwrap();
        let mut records = Records::of(root.path(), "c").unwrap();
        assert_eq!(records.more().unwrap(), []);
        let journal = Journal::open(&state, Vec::new()).unwrap();
        let step = |name: &str| Entry::StepStarted { step: name.into(), host: [10, 0, 0, 1].into() };
        journal.append(step("init")).unwrap();
        let half = std::fs::OpenOptions::new().append(true).open(state.path(Journal::FILE));
        half.unwrap().write_all(b"{\"at").unwrap();
        assert_eq!(records.more().unwrap().len(), 1);
        assert_eq!(records.more().unwrap(), []);
        drop(journal);
        Journal::open(&state, Vec::new()).unwrap().append(step("join")).unwrap();
        let more: Vec<Entry> = records.more().unwrap().into_iter().map(|record| record.entry).collect();
        assert_eq!(more, [step("join")]);
    }
}
