//! What was delivered, told from the journal and the state that this machine keeps: nothing is asked of any host. A pure
//! function of the records; how it looks is somebody else's concern.

mod history;
mod records;

pub use records::Records;

use crate::journal::Journal;
use crate::{Error, State};
use history::deliveries;
use sealer_model::Digest;
use sealer_model::checks::{Finding, Stage};
use sealer_model::cluster::{Cluster, Role};
use sealer_model::journal::{CertificateRecord, Entry, HostRecord, Record};
use serde::Serialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The page's file in a cluster's folder.
const PAGE: &str = "report.html";

/// What is known of a cluster and of everything that was done to it from here.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The cluster's name.
    pub cluster: String,
    /// The cluster image's full name.
    pub image: String,
    /// Its index.
    pub digest: Digest,
    /// Bytes of all its blobs, where a delivery recorded it.
    pub bytes: Option<u64>,
    /// The Kubernetes version.
    pub kubernetes: Option<String>,
    /// How many container images it carries.
    pub container_images: Option<usize>,
    /// Where the site's registry is.
    pub registry: String,
    /// The hosts, masters first.
    pub hosts: Vec<ReportedHost>,
    /// What was done, oldest first.
    pub deliveries: Vec<Delivered>,
    /// Certificates as they were last seen, the one that ends first in front.
    pub certificates: Vec<CertificateRecord>,
}

/// A host, with what was found of it where a delivery got so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedHost {
    /// Its address.
    pub address: IpAddr,
    /// What it does in the cluster.
    pub role: Role,
    /// What was found of it.
    pub found: Option<HostRecord>,
}

/// One verb that worked on the cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivered {
    /// `run`.
    pub verb: String,
    /// sealer's version.
    pub version: String,
    /// RFC 3339, UTC.
    pub began: String,
    /// How long it took; none when it was cut off.
    pub milliseconds: Option<i64>,
    /// How it ended.
    pub end: End,
    /// What it delivered, where it delivers at all and got so far.
    pub delivers: Option<Delivers>,
    /// Bytes that left this machine.
    pub sent: u64,
    /// What was done on which host when.
    pub steps: Vec<Span>,
    /// What checks found.
    pub checks: Vec<Checked>,
}

/// What a verb delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivers {
    /// The cluster image's full name.
    pub image: String,
    /// Its index.
    pub digest: Digest,
    /// The Kubernetes version that it installs.
    pub kubernetes: Option<String>,
    /// The one that was delivered whole before it.
    pub kubernetes_before: Option<String>,
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It was done.
    Done,
    /// There was nothing to do.
    AlreadyDone,
    /// It failed, and why.
    Failed(String),
    /// It was cut off.
    CutOff,
}

/// One step on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// The step's identifier.
    pub step: String,
    /// The host.
    pub host: IpAddr,
    /// Milliseconds from the beginning of the verb.
    pub start: i64,
    /// How long it took; none when it was cut off.
    pub milliseconds: Option<i64>,
    /// How it ended.
    pub end: End,
}

/// The checks of one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Before or after the work.
    pub stage: Stage,
    /// How many checks were made.
    pub checks: usize,
    /// What they found, with what was ignored.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Reads what is kept about a cluster; of one that was deleted, what was kept then.
    ///
    /// # Errors
    /// When the cluster is unknown or its files are damaged.
    pub fn read(root: &Path, cluster: &str) -> Result<Self, Error> {
        match State::read(root, cluster) {
            Err(error @ Error::Unknown { .. }) => Self::deleted(root, cluster)?.ok_or(error),
            desired => Ok(Self::of(&desired?, &Journal::records(&State::look(root, cluster))?)),
        }
    }

    /// What was kept of the cluster of this name that was deleted last, whether or not there is another one by now.
    ///
    /// # Errors
    /// When its files are damaged.
    pub fn deleted(root: &Path, cluster: &str) -> Result<Option<Self>, Error> {
        let Some(state) = State::retired(root, cluster)? else { return Ok(None) };
        let Some(desired) = state.cluster()? else { return Ok(None) };
        Ok(Some(Self::of(&desired, &Journal::records(&state)?)))
    }

    /// Keeps a page beside what it tells of, for its owner alone, and says where.
    ///
    /// # Errors
    /// When the cluster is unknown or the page cannot be written.
    pub fn keep(root: &Path, cluster: &str, page: &str) -> Result<PathBuf, Error> {
        let state = match State::read(root, cluster) {
            Err(error @ Error::Unknown { .. }) => State::retired(root, cluster)?.ok_or(error)?,
            known => known.map(|_| State::look(root, cluster))?,
        };
        state.write(PAGE, page.as_bytes())?;
        Ok(state.path(PAGE))
    }

    /// The report of a cluster with these records.
    #[must_use]
    pub fn of(cluster: &Cluster, records: &[Record]) -> Self {
        let mut report = Self {
            cluster: cluster.name.clone(),
            image: cluster.image.to_string(),
            digest: cluster.image_digest.clone(),
            bytes: None,
            kubernetes: None,
            container_images: None,
            registry: cluster.registry.url_of_images(),
            hosts: Vec::new(),
            deliveries: deliveries(records),
            certificates: Vec::new(),
        };
        let mut found: &[HostRecord] = &[];
        for record in records {
            match &record.entry {
                Entry::Delivers { digest, bytes, kubernetes, container_images, hosts, .. } => {
                    found = hosts;
                    // what came after it and failed is not what the cluster runs
                    if *digest == cluster.image_digest {
                        report.bytes = Some(*bytes);
                        report.kubernetes.clone_from(kubernetes);
                        report.container_images = Some(*container_images);
                    }
                }
                Entry::Certificates { certificates } => report.certificates.clone_from(certificates),
                _ => {}
            }
        }
        report.certificates.sort_by_key(|certificate| certificate.ends);
        let host = |address: IpAddr| found.iter().find(|host| host.address == address).cloned();
        let members = cluster.members.iter();
        let reported = members.map(|it| ReportedHost { address: it.address, role: it.role, found: host(it.address) });
        report.hosts = reported.collect();
        report
    }

    /// The verb to tell of: the last one that delivered something, or tried to. One that found everything done says nothing of how the
    /// cluster came to be.
    #[must_use]
    pub fn main_delivery(&self) -> Option<&Delivered> {
        let of_use = |it: &&Delivered| it.verb != "check" && (it.changed() || !it.ended_well());
        let delivers = |it: &&Delivered| of_use(it) && it.delivers.is_some();
        let mut newest = self.deliveries.iter().rev();
        newest.clone().find(delivers).or_else(|| newest.clone().find(of_use)).or_else(|| newest.next())
    }

    /// What was found and let pass in the delivery that is told of: whoever signs for it signs for this, too.
    pub fn accepted(&self) -> impl Iterator<Item = &Finding> {
        let checks = self.main_delivery().into_iter().flat_map(|main| &main.checks);
        checks.flat_map(|checked| &checked.findings).filter(|finding| finding.ignored && !finding.fixed)
    }
}

impl Delivered {
    /// Whether it ended as it should.
    #[must_use]
    pub fn ended_well(&self) -> bool {
        matches!(self.end, End::Done | End::AlreadyDone)
    }

    /// Whether it did anything on any host.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.steps.iter().any(|step| step.end == End::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_page_lies_beside_what_it_tells_of_even_when_the_cluster_is_gone() {
        let root = tempfile::tempdir().unwrap();
        let unknown = Report::keep(root.path(), "my-cluster", "page").unwrap_err();
        assert!(matches!(unknown, Error::Unknown { .. }), "{unknown}");
        let state = State::lock(root.path(), "my-cluster").unwrap();
        state.save(&cluster(&["10.0.0.1"], &[])).unwrap();
        let kept = Report::keep(root.path(), "my-cluster", "page").unwrap();
        assert_eq!(kept, root.path().join("clusters/my-cluster/report.html"));
        assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
        state.retire(root.path(), "my-cluster").unwrap();
        let kept = Report::keep(root.path(), "my-cluster", "last page").unwrap();
        assert!(kept.starts_with(root.path().join("history/my-cluster")), "{}", kept.display());
        assert_eq!(std::fs::read_to_string(kept).unwrap(), "last page");
    }
}
