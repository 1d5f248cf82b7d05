//! The checks after a delivery, one file a topic: whether everything in a cluster runs, and where something does not, why. Pure, as
//! those before: the API's objects and what the hosts answered come in, findings come out. What was not asked is not judged, so a
//! delivery that waits asks the API alone, again and again, and everything else once at the end.

mod certificates;
mod control_plane;
mod diagnosis;
mod nodes;
pub(crate) mod objects;
pub(crate) mod paths;
pub(crate) mod probe;
mod services;
mod site;
#[cfg(test)]
mod tests;
mod workloads;

use super::check::{Check, Look};
use super::ignore::Ignore;
use objects::{Object, Objects};
use paths::PodPath;
use probe::Probed;
use sealer_model::checks::{Finding, Severity};
use sealer_model::cluster::Member;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What the checks after a delivery look at.
#[derive(Debug, Default)]
pub(crate) struct After {
    /// The hosts that shall be nodes.
    pub(crate) members: Vec<Member>,
    /// Those of them that cannot be reached, and why.
    pub(crate) unreached: Vec<(IpAddr, String)>,
    /// Those that were reached and did not answer what they were asked, and why.
    pub(crate) silent_hosts: Vec<(IpAddr, String)>,
    /// Masters on which the API did not answer, and why.
    pub(crate) silent_api: Vec<(IpAddr, String)>,
    /// What the API holds.
    pub(crate) objects: Objects,
    /// Its warnings.
    pub(crate) warnings: Vec<Object>,
    /// The last line of containers that end again and again, by namespace and pod.
    pub(crate) logs: BTreeMap<(String, String), String>,
    /// What hosts answered, where they were asked.
    pub(crate) probed: BTreeMap<IpAddr, Probed>,
    /// How pods on hosts reached pods on others, where that was tried.
    pub(crate) pod_paths: Vec<PodPath>,
    /// What the image holds, where it is known.
    pub(crate) image: Option<Delivered>,
    /// Seconds since 1970.
    pub(crate) now: i64,
}

/// The image that was delivered, as far as a cluster is compared with it.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// The full names of the container images that it carries.
    pub(crate) names: BTreeSet<String>,
    /// `v1.20.2`.
    pub(crate) kubernetes: Option<String>,
    /// How many of its blobs the registry on each master lacks.
    pub(crate) missing: BTreeMap<IpAddr, usize>,
}

/// All checks after a delivery.
pub(crate) fn checks() -> impl Iterator<Item = &'static Check> {
    let topics = [
        nodes::CHECKS,
        control_plane::CHECKS,
        certificates::CHECKS,
        workloads::CHECKS,
        services::CHECKS,
        paths::CHECKS,
        site::CHECKS,
    ];
    topics.into_iter().flatten()
}

/// Makes all checks; errors come first.
pub(crate) fn after(after: &After, ignore: &Ignore) -> Vec<Finding> {
    let found = |check: &Check| match check.look {
        Look::Cluster(look) => {
            look(after).into_iter().map(|(subject, found)| check.finding(subject, found)).collect::<Vec<_>>()
        }
        Look::Host(_) | Look::Fleet(_) => Vec::new(),
    };
    let mut findings: Vec<Finding> = checks().flat_map(found).collect();
    // what is told as an error already needs no warning of the API beside it
    let told: BTreeSet<String> =
        findings.iter().filter(|it| it.severity == Severity::Error).map(|it| it.subject.clone()).collect();
    findings.retain(|finding| finding.id != "recent-warnings" || !told.contains(&finding.subject));
    findings.sort_by_key(|finding| finding.severity);
    ignore.mark(&mut findings);
    findings
}
