//! What a check found, in the form in which it is printed, recorded in the journal and told in reports.

use serde::{Deserialize, Serialize};
use std::fmt;

/// When a check is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Of hosts, before anything is changed on them.
    Before,
    /// Of a cluster that runs.
    After,
}

/// How bad it is when a check does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Before: the delivery would fail, or be wrong. After: something does not work.
    Error,
    /// It works now; it is told because it may not for long, or not as expected.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The check's name: `port-in-use`.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where: a host's address, or an object such as `Pod default/web`.
    pub subject: String,
    /// What was found.
    pub found: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// Whether `--fix` would put it right on this host.
    #[serde(default)]
    pub fixable: bool,
    /// Whether it was found and put right.
    #[serde(default)]
    pub fixed: bool,
    /// Whether somebody said that it shall not count.
    #[serde(default)]
    pub ignored: bool,
}

impl Finding {
    /// Whether it stops a delivery.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Error && !self.ignored && !self.fixed
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.subject, self.found)
    }
}
