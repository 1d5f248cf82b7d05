//! The records of a cluster's journal: one JSON document a line, appended and synced before the work goes on. They say what
//! was planned, what was begun, how it ended and which programs ran; never a secret.

use crate::Digest;
use crate::checks::{Finding, Stage};
use crate::cluster::Role;
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
    /// What is delivered, and to which hosts.
    Delivers {
        /// The cluster image's full name.
        image: String,
        /// Its index.
        digest: Digest,
        /// Bytes of all its blobs.
        bytes: u64,
        /// The Kubernetes version that it installs.
        kubernetes: Option<String>,
        /// How many container images it carries.
        container_images: usize,
        /// The hosts as they were found.
        hosts: Vec<HostRecord>,
    },
    /// Bytes were sent to a host from the delivering machine.
    Sent {
        /// The step's identifier.
        step: String,
        /// The host.
        host: IpAddr,
        /// How many.
        bytes: u64,
    },
    /// Certificates on hosts were looked at.
    Certificates {
        /// Each with its end.
        certificates: Vec<CertificateRecord>,
    },
    /// Checks were made.
    Checked {
        /// Before or after the work.
        stage: Stage,
        /// How many checks there are.
        checks: usize,
        /// What was found, with what was ignored.
        findings: Vec<Finding>,
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

/// A host as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostRecord {
    /// Its address.
    pub address: IpAddr,
    /// What it does in the cluster.
    pub role: Role,
    /// Its name.
    pub hostname: String,
    /// Its operating system, for people.
    pub system: String,
    /// Its kernel.
    pub kernel: String,
    /// Its processors.
    pub processors: u32,
    /// Its memory in bytes.
    pub memory: u64,
}

/// A certificate as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRecord {
    /// Where it lies.
    pub host: IpAddr,
    /// Its file.
    pub path: String,
    /// The end of its life, in seconds since 1970.
    pub ends: i64,
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
