//! The journal's file: records are appended and synced one by one, so that after a crash it holds all that had been begun.

use crate::Error;
use crate::state::{State, at, private};
use sealer_model::event::Outcome;
use sealer_model::journal::{Entry, Record, read};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Mutex;

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

const FILE: &str = "journal.ndjson";

impl Journal {
    /// Opens a cluster's journal. A last line that a crash cut off is removed, so that the next one is whole.
    pub(crate) fn open(state: &State) -> Result<Self, Error> {
        let path = state.path(FILE);
        let mut file = private().create(true).truncate(false).open(&path).map_err(at(&path))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(at(&path))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end as u64 + 1);
        file.set_len(whole).map_err(at(&path))?;
        file.seek(SeekFrom::End(0)).map_err(at(&path))?;
        Ok(Self { path, file: Mutex::new(file) })
    }

    /// Appends a record and syncs it. Some hundred microseconds, so it may be called from async code.
    pub(crate) fn append(&self, entry: Entry) -> Result<(), Error> {
        let record = Record { at: jiff::Timestamp::now().to_string(), entry };
        let mut line = serde_json::to_vec(&record).expect("a record is plain data and always has a JSON form");
        line.push(b'\n');
        let mut file = self.file.lock().expect("no thread panics while it writes the journal");
        file.write_all(&line).and_then(|()| file.sync_data()).map_err(at(&self.path))
    }

    /// Whether the last verb of this kind ended well, and nothing was begun since.
    pub(crate) fn ended_well(state: &State, verb: &str) -> Result<bool, Error> {
        let text = state.read_file(FILE)?.unwrap_or_default();
        let records = read(&text).map_err(|(_, source)| Error::DamagedState { path: state.path(FILE), source })?;
        Ok(records.last().is_some_and(|last| match &last.entry {
            Entry::Ended { verb: ended, outcome } => ended == verb && *outcome == Outcome::Done,
            _ => false,
        }))
    }
}
