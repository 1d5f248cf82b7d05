//! The journal's file: records are appended and synced one by one, so that after a crash it holds all that had been begun. The first master
//! keeps a copy.

mod on_master;

use crate::Error;
use crate::redact::Redactor;
use crate::state::{State, at, private};
use on_master::OnMaster;
use sealer_model::Digest;
use sealer_model::event::Outcome;
use sealer_model::journal::{Entry, Record, read};
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Mutex;

/// An open journal.
pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    redactor: Redactor,
    /// The copy.
    pub(crate) on_master: OnMaster,
}

impl Journal {
    /// The file's name in the cluster's folder.
    pub(crate) const FILE: &str = "journal.ndjson";

    /// Opens a cluster's journal, into which none of these secrets gets. A last line that a crash cut off is removed, so that
    /// the next one is whole.
    pub(crate) fn open(state: &State, secrets: Vec<String>) -> Result<Self, Error> {
        let path = state.path(Self::FILE);
        let mut file = private().create(true).append(true).open(&path).map_err(at(&path))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(at(&path))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end as u64 + 1);
        file.set_len(whole).map_err(at(&path))?;
        Ok(Self { path, file: Mutex::new(file), redactor: Redactor::new(secrets), on_master: OnMaster::default() })
    }

    /// Appends a record and syncs it. Some hundred microseconds, so it may be called from async code.
    pub(crate) fn append(&self, entry: Entry) -> Result<(), Error> {
        let record = Record { at: jiff::Timestamp::now().to_string(), entry: self.without_secrets(entry) };
        let mut line = serde_json::to_string(&record).expect("a record is plain data and always has a JSON form");
        self.on_master.lacks(&line);
        line.push('\n');
        let mut file = self.file.lock().expect("no thread panics while it writes the journal");
        file.write_all(line.as_bytes()).and_then(|()| file.sync_data()).map_err(at(&self.path))
    }

    /// What programs and containers said last is part of failures and findings, and anything may be in it.
    fn without_secrets(&self, mut entry: Entry) -> Entry {
        let redact = |text: &mut String| *text = self.redactor.text(text).text;
        match &mut entry {
            Entry::StepEnded { outcome: Outcome::Failed(why), .. }
            | Entry::Ended { outcome: Outcome::Failed(why), .. } => {
                redact(why);
            }
            Entry::Checked { findings, .. } => findings.iter_mut().for_each(|finding| redact(&mut finding.found)),
            _ => {}
        }
        entry
    }

    /// All records of a cluster's journal, oldest first; none where there is no journal yet.
    pub(crate) fn records(state: &State) -> Result<Vec<Record>, Error> {
        let text = state.read_file(Self::FILE)?.unwrap_or_default();
        read(&text).map_err(|(_, source)| Error::DamagedState { path: state.path(Self::FILE), source })
    }

    /// Whether a verb of this kind ever began.
    fn began(state: &State, verb: &str) -> Result<bool, Error> {
        let is = |record: &Record| matches!(&record.entry, Entry::Began { verb: began, .. } if began == verb);
        Ok(Self::records(state)?.iter().any(is))
    }

    /// Whether a verb of this kind ever ended well.
    pub(crate) fn ended_well(state: &State, verb: &str) -> Result<bool, Error> {
        Ok(Self::records(state)?.iter().any(|record| match &record.entry {
            Entry::Ended { verb: ended, outcome } => ended == verb && *outcome == Outcome::Done,
            _ => false,
        }))
    }

    /// Whether a delivery was begun and none ever ended well.
    pub(crate) fn half_done(state: &State) -> Result<bool, Error> {
        Ok(Self::began(state, "run")? && !Self::ended_well(state, "run")?)
    }

    /// Does a verb's work between the records of its beginning and its end.
    pub(crate) async fn recorded<T>(
        &self,
        verb: &str,
        plan: Digest,
        version: String,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.append(Entry::Began { verb: verb.into(), plan, version })?;
        let result = work.await;
        let outcome = match &result {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Failed(error.chain()),
        };
        self.append(Entry::Ended { verb: verb.into(), outcome })?;
        // a copy that ended was told of at the step at which it did
        let _told = self.on_master.bring().await;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;
    use sealer_model::checks::{Finding, Severity, Stage};

    #[test]
    fn planted_secrets_are_neither_in_the_journal_nor_in_the_report() {
        let root = tempfile::tempdir().unwrap();
        let state = State::lock(root.path(), "my-cluster").unwrap();
        state.save(&crate::step::tests::cluster(&["10.0.0.1"], &[])).unwrap();
        let journal = Journal::open(&state, vec!["correct-horse".to_owned()]).unwrap();
        let said = "launch ended with exit status 1: cannot log in with DB_PASS=hunter2 --token hunter3, correct-horse";
        let failed = || Outcome::Failed(said.into());
        let finding = Finding {
            id: "pod-crashing".into(),
            severity: Severity::Error,
            subject: "Pod default/web".into(),
            found: "container web: Error; it last said: {\"password\": \"hunter4\"}".into(),
            why: String::new(),
            remedy: String::new(),
            fixable: false,
            fixed: false,
            ignored: false,
        };
        let host = "10.0.0.1".parse().unwrap();
        let (plan, version) = (Digest::of(b""), String::new());
        for entry in [
            Entry::Began { verb: "run".into(), plan, version },
            Entry::StepStarted { step: "applications".into(), host },
            Entry::StepEnded { step: "applications".into(), host, outcome: failed() },
            Entry::Checked { stage: Stage::After, checks: 1, findings: vec![finding] },
            Entry::Ended { verb: "run".into(), outcome: failed() },
        ] {
            journal.append(entry).unwrap();
        }
        let written = state.read_file(Journal::FILE).unwrap().unwrap();
        let report = serde_json::to_string(&Report::read(root.path(), "my-cluster").unwrap()).unwrap();
        assert!(written.contains("launch ended with exit status 1") && report.contains("it last said"), "{written}");
        for secret in ["hunter2", "hunter3", "hunter4", "correct-horse"] {
            assert!(!written.contains(secret) && !report.contains(secret), "{secret} in {written}");
        }
    }
}
