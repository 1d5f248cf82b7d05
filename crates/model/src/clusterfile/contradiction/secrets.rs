//! What contradicts itself in secrets of the environment: variables that are said twice or set by sealer, secrets that come from nowhere or
//! from two places, and variables that have to be in the state because kubeadm's documents are made of them.

use super::super::Clusterfile;
use super::super::finding::Finding;
use super::super::view::View;
use super::{is_reserved, one_source};
use crate::Position;
use crate::kubeadm::{Counts, Overrides};
use std::collections::BTreeMap;

pub(super) fn secrets(clusterfile: &Clusterfile) -> Vec<Finding> {
    let spec = |kind: &str| clusterfile.of_kind(kind).and_then(|document| document.get("spec"));
    let (cluster, application) = (spec("Cluster"), spec("Application"));
    let hosts = cluster.iter().flat_map(|cluster| cluster.list("hosts"));
    let applications = application.iter().flat_map(|application| application.list("configs"));
    let holders: Vec<View<'_>> = cluster.iter().cloned().chain(hosts).chain(applications).collect();
    holders.iter().flat_map(of_one).collect()
}

/// One cluster, group of hosts or application.
fn of_one(holder: &View<'_>) -> Vec<Finding> {
    let mut said: BTreeMap<String, Position> = BTreeMap::new();
    for item in holder.list("env") {
        let name = item.text().and_then(|text| Some(text.split_once('=')?.0.to_owned()));
        said.extend(name.map(|name| (name, item.position())));
    }
    let mut findings = Vec::new();
    for item in holder.list("envFrom") {
        findings.extend(one_source(&item));
        let Some(name) = item.get("name") else { continue };
        let text = name.text().unwrap_or_default();
        findings.extend(
            misused(&text).map(|(message, hint)| Finding::error(name.position(), &name.path, message).hint(hint)),
        );
        if let Some(before) = said.insert(text.clone(), name.position()) {
            let message = format!("{text} is at line {}, too", before.line);
            findings.push(Finding::error(name.position(), &name.path, message).hint("say it in one place"));
        }
    }
    findings
}

/// Variables that cannot be secrets: why, and what to do.
fn misused(name: &str) -> Option<(String, &'static str)> {
    if is_reserved(name) {
        return Some((format!("sealer sets {name} by itself"), "give the secret another name"));
    }
    let mut overrides = Overrides::default();
    overrides.take_variables([(name, "secret")], Counts::Variable);
    let goes_to_kubeadm = !overrides.is_empty() || name == "CertSANs";
    goes_to_kubeadm.then(|| (format!("{name} goes into kubeadm's documents, which are no secret"), "write it into env"))
}
