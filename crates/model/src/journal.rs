//! The records of a cluster's journal: one JSON document a line, appended and synced before the work goes on. They say what
//! was planned, what was begun, how it ended and which programs ran; never a secret.

use crate::Digest;
use crate::event::Outcome;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// RFC 3339, UTC.
    pub at: String,
    /// What is recorded.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a [`Record`] records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Entry {
    /// A verb began with this plan.
    Began {
        /// `run`, `delete`, ...
        verb: String,
        /// [`crate::plan::Plan::digest`].
        plan: Digest,
        /// sealer's version.
        version: String,
    },
    /// A step began on a host.
    StepStarted {
        /// The step's identifier.
        step: String,
        /// The host.
        host: IpAddr,
    },
    /// A step ended on a host.
    StepEnded {
        /// The step's identifier.
        step: String,
        /// The host.
        host: IpAddr,
        /// How it ended.
        outcome: Outcome,
    },
    /// A program ran on a host.
    Command {
        /// The step's identifier.
        step: String,
        /// The host.
        host: IpAddr,
        /// The program and the first word of its arguments: `kubeadm init`.
        program: String,
        /// RFC 3339, UTC.
        started: String,
        /// RFC 3339, UTC.
        ended: String,
        /// Its exit status.
        exit: i32,
    },
    /// The verb ended.
    Ended {
        /// `run`, `delete`, ...
        verb: String,
        /// How.
        outcome: Outcome,
    },
}

/// Reads a journal's text. A last line that was cut off by a crash is ignored: what it would have recorded did not count yet.
///
/// # Errors
/// The number of a malformed line that is not the last, and what is wrong with it.
pub fn read(text: &str) -> Result<Vec<Record>, (usize, serde_json::Error)> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .enumerate()
        .map(|(number, line)| serde_json::from_str(line).map_err(|error| (number + 1, error)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cut_off_by_a_crash_is_ignored_and_a_broken_one_in_the_middle_is_not() {
        let record = Record {
            at: "2026-01-01T00:00:00Z".into(),
            entry: Entry::StepStarted { step: "init".into(), host: [10, 0, 0, 1].into() },
        };
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(read(&format!("{line}\n{line}\n{{\"at")).unwrap(), [record.clone(), record]);
        assert_eq!(read(&format!("{line}\nnonsense\n{line}\n")).unwrap_err().0, 2);
    }
}
