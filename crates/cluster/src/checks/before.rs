//! The checks before a delivery, one file a topic. All of them are pure functions of the hosts' facts, what the image asks for
//! and the cluster that is wanted.

mod clock;
mod disk;
mod fixes;
mod fleet;
mod identity;
mod kernel;
mod leftovers;
mod memory;
mod names;
mod network;
mod runtime;
mod security;
mod ssh;
mod system;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use fixes::{Fix, fixes};

use super::check::{Check, Look};
use super::ignore::Ignore;
use super::image_settings::ImageSettings;
use crate::Error;
use crate::programs::Programs;
use sealer_model::bundle::Bundle;
use sealer_model::checks::Finding;
use sealer_model::cluster::{Cluster, Member, Role};
use sealer_model::facts::Facts;
use sealer_model::plan::DiskForecast;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Facts of every host of a cluster.
pub type FleetFacts = BTreeMap<IpAddr, Facts>;

/// What the checks before a delivery look at.
pub struct Before<'a> {
    /// The cluster that is wanted.
    pub(super) cluster: &'a Cluster,
    /// Its image.
    pub(super) bundle: &'a Bundle,
    /// What is true of the hosts.
    pub(super) facts: &'a FleetFacts,
    /// What the image asks of hosts.
    pub(super) settings: ImageSettings,
    /// Whether an earlier delivery of this cluster was begun and did not end well.
    pub(super) half_done: bool,
    /// Hosts that cannot be reached, and why.
    pub(super) unreached: Vec<(IpAddr, String)>,
    /// What there is to become the agent on hosts.
    pub(super) programs: &'a Programs,
}

/// What the checks of one host look at.
pub(super) struct Subject<'a> {
    pub(super) before: &'a Before<'a>,
    pub(super) member: &'a Member,
    pub(super) facts: &'a Facts,
}

impl<'a> Before<'a> {
    /// Everything that the checks need; `half_done` says whether an earlier delivery of this cluster did not end well.
    ///
    /// # Errors
    /// When the image's kubeadm documents cannot be read.
    pub fn new(
        cluster: &'a Cluster,
        bundle: &'a Bundle,
        facts: &'a FleetFacts,
        programs: &'a Programs,
        half_done: bool,
    ) -> Result<Self, Error> {
        let settings = ImageSettings::of(cluster, bundle)?;
        Ok(Self { cluster, bundle, facts, settings, half_done, unreached: Vec::new(), programs })
    }

    /// The same where some hosts cannot be reached.
    #[must_use]
    pub fn without(self, unreached: Vec<(IpAddr, String)>) -> Self {
        Self { unreached, ..self }
    }

    /// The hosts of which there are facts, in the cluster's order.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject<'_>> {
        let of = |member| Some(Subject { before: self, member, facts: self.facts.get(&member.address)? });
        self.cluster.members.iter().filter_map(of)
    }
}

impl Subject<'_> {
    /// Whether the host is this cluster's already: then its ports, files and content are the cluster's own.
    pub(super) fn is_ours(&self) -> bool {
        self.facts.delivered && self.facts.cluster.as_ref() == Some(&self.before.cluster.name)
    }

    pub(super) fn is_master(&self) -> bool {
        self.member.role == Role::Master
    }

    pub(super) fn runs(&self, unit: &str) -> bool {
        self.facts.surroundings.active_units.contains(unit)
    }
}

/// What the delivery will bring to the file systems of each host of which there are facts.
pub(crate) fn disks(before: &Before<'_>) -> BTreeMap<IpAddr, Vec<DiskForecast>> {
    before.subjects().map(|subject| (subject.member.address, disk::forecast(&subject))).collect()
}

/// All checks before a delivery.
pub(super) fn checks() -> impl Iterator<Item = &'static Check> {
    let topics = [
        system::CHECKS,
        kernel::CHECKS,
        memory::CHECKS,
        disk::CHECKS,
        network::CHECKS,
        names::CHECKS,
        clock::CHECKS,
        identity::CHECKS,
        leftovers::CHECKS,
        runtime::CHECKS,
        security::CHECKS,
        ssh::CHECKS,
        fleet::CHECKS,
    ];
    topics.into_iter().flatten()
}

/// Makes all checks; errors come first, then the hosts' order counts.
#[must_use]
pub fn before(before: &Before<'_>, ignore: &Ignore) -> Vec<Finding> {
    let mut findings: Vec<Finding> = checks().flat_map(|check| look(check, before)).collect();
    let position = |finding: &Finding| {
        let is = |member: &Member| member.address.to_string() == finding.subject;
        before.cluster.members.iter().position(is)
    };
    findings.sort_by_cached_key(|finding| (finding.severity, position(finding)));
    ignore.mark(&mut findings);
    findings
}

fn look(check: &Check, before: &Before<'_>) -> Vec<Finding> {
    let finding = |(host, found): (IpAddr, String)| check.finding(host.to_string(), found);
    match check.look {
        Look::Host(look) => {
            let of_host = |subject: Subject<'_>| {
                let host = subject.member.address;
                let fixable = || check.changes.is_some_and(|changes| !changes(&subject).is_empty());
                let found = look(&subject);
                let fixable = !found.is_empty() && fixable();
                found.into_iter().map(move |found| Finding { fixable, ..finding((host, found)) })
            };
            before.subjects().flat_map(of_host).collect()
        }
        Look::Fleet(look) => look(before).into_iter().map(finding).collect(),
        Look::Cluster(_) => Vec::new(),
    }
}
