//! What a check is: data about it, and the function that looks.

use super::after::After;
use super::before::{Before, Subject};
use sealer_model::agent::Change;
use sealer_model::checks::{Finding, Severity, Stage};
use serde::Serialize;
use std::net::IpAddr;

/// One check.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Check {
    /// Its name: `port-in-use`.
    pub id: &'static str,
    /// When it is made.
    pub stage: Stage,
    /// How bad it is when it does not hold.
    pub severity: Severity,
    /// What shall be so.
    pub title: &'static str,
    /// Why.
    pub why: &'static str,
    /// What to do where it is not so.
    pub remedy: &'static str,
    /// What sealer does about it by itself, where it does something.
    pub fix: Option<&'static str>,
    /// Whether `--fix` puts it right; `delete` takes that back.
    pub fixable: bool,
    /// What it is put right with; nothing where this host gives no way to.
    #[serde(skip)]
    pub(super) changes: Option<Changes>,
    #[serde(skip)]
    pub(super) look: Look,
}

/// What puts a finding right on one host.
pub(super) type Changes = fn(&Subject<'_>) -> Vec<Change>;

/// The function that looks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    /// At one host; each text is one thing that was found.
    Host(fn(&Subject<'_>) -> Vec<String>),
    /// At all hosts together.
    Fleet(fn(&Before<'_>) -> Vec<(IpAddr, String)>),
    /// At a cluster that runs; each pair is an object or host, and what was found of it.
    Cluster(fn(&After) -> Vec<(String, String)>),
}

impl Check {
    const fn new(
        (id, severity, stage): (&'static str, Severity, Stage),
        title: &'static str,
        why: &'static str,
        remedy: &'static str,
        look: Look,
    ) -> Self {
        Self { id, stage, severity, title, why, remedy, fix: None, fixable: false, changes: None, look }
    }

    /// A check of one host before a delivery.
    pub(super) const fn host(
        (id, severity): (&'static str, Severity),
        title: &'static str,
        why: &'static str,
        remedy: &'static str,
        look: fn(&Subject<'_>) -> Vec<String>,
    ) -> Self {
        Self::new((id, severity, Stage::Before), title, why, remedy, Look::Host(look))
    }

    /// A check of all hosts together before a delivery.
    pub(super) const fn fleet(
        (id, severity): (&'static str, Severity),
        title: &'static str,
        why: &'static str,
        remedy: &'static str,
        look: fn(&Before<'_>) -> Vec<(IpAddr, String)>,
    ) -> Self {
        Self::new((id, severity, Stage::Before), title, why, remedy, Look::Fleet(look))
    }

    /// A check of a cluster after a delivery.
    pub(super) const fn cluster(
        (id, severity): (&'static str, Severity),
        title: &'static str,
        why: &'static str,
        remedy: &'static str,
        look: fn(&After) -> Vec<(String, String)>,
    ) -> Self {
        Self::new((id, severity, Stage::After), title, why, remedy, Look::Cluster(look))
    }

    /// The same check, which `--fix` puts right.
    pub(super) const fn fixable(mut self, fix: &'static str, changes: Changes) -> Self {
        (self.fix, self.fixable, self.changes) = (Some(fix), true, Some(changes));
        self
    }

    /// A finding of this check.
    pub(super) fn finding(&self, subject: String, found: String) -> Finding {
        Finding {
            id: self.id.to_owned(),
            severity: self.severity,
            subject,
            found,
            why: self.why.to_owned(),
            remedy: self.remedy.to_owned(),
            fixable: false,
            fixed: false,
            ignored: false,
        }
    }
}

/// One text where something is so, none where it is not.
pub(super) fn when(is_so: bool, found: impl FnOnce() -> String) -> Vec<String> {
    if is_so { vec![found()] } else { Vec::new() }
}
