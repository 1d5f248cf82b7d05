//! What contradicts itself in plugins: phases at which a type has nothing to work with, lines that name no hosts, names that are given twice,
//! scopes that nobody is in.

use super::super::Clusterfile;
use super::super::document::parts;
use super::super::fields::{CLUSTER_PHASES, HOST_PHASES};
use super::super::finding::Finding;
use super::super::view::View;
use crate::ip_list;
use crate::taint::{Taint, is_domain};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What each type wants to know.
fn plugin_type(spec: &View<'_>, clusterfile: &Clusterfile) -> Vec<Finding> {
    let plugin_type = spec.text_of("type").unwrap_or_default();
    if plugin_type == "CLUSTERCHECK" {
        return phases_of(spec, &["post-install", "post-scaleup", "upgrade", "rollback"]);
    }
    let Some(data) = spec.get("data") else {
        let finding = Finding::error(spec.position(), format!("{}.data", spec.path), "the field is missing");
        return vec![finding.hint(format!("{plugin_type} wants to know what to do"))];
    };
    match plugin_type.as_str() {
        "LABEL" => {
            let fits = |words: &str| words.split(',').all(|pair| pair.contains('='));
            [lines_of_hosts(&data, fits, "10.0.0.2 ssd=true"), strangers(&data, clusterfile)].concat()
        }
        "TAINT" => {
            let fits = |words: &str| words.parse::<Taint>().is_ok();
            [lines_of_hosts(&data, fits, "10.0.0.2 key=value:NoSchedule"), strangers(&data, clusterfile)].concat()
        }
        "HOSTNAME" => {
            let fits = |words: &str| is_domain(words) && words.len() <= LONGEST_NAME;
            [lines_of_hosts(&data, fits, "10.0.0.2 till-1"), strangers(&data, clusterfile)].concat()
        }
        "ETCD" => {
            let phases = ["post-install", "pre-scaleup", "post-scaleup", "upgrade", "rollback", "pre-uninstall"];
            phases_of(spec, &phases).into_iter().chain(folder(&data, clusterfile)).collect()
        }
        _ => Vec::new(),
    }
}

/// Letters that the kernel takes for a host's name.
const LONGEST_NAME: usize = 64;

/// Phases at which there is no cluster as the type needs it.
fn phases_of(spec: &View<'_>, fitting: &[&str]) -> Vec<Finding> {
    let Some(action) = spec.get("action") else { return Vec::new() };
    let known = |phase: &String| CLUSTER_PHASES.iter().chain(HOST_PHASES).any(|known| known == phase);
    let unfit = parts(spec, "action").into_iter().filter(|phase| known(phase) && !fitting.contains(&phase.as_str()));
    let wrong = |phase: String| {
        let message = format!("there is no cluster for this type at {phase}");
        Finding::error(action.position(), &action.path, message).hint(format!("it can run at {}", fitting.join(", ")))
    };
    unfit.map(wrong).collect()
}

/// A folder that is there when the cluster is not any more.
fn folder(data: &View<'_>, clusterfile: &Clusterfile) -> Option<Finding> {
    let text = data.text().unwrap_or_default();
    let path = text.trim();
    let is_whole = path.starts_with('/') && !path.contains(['\n', '\0']) && !path.split('/').any(|part| part == "..");
    let finding = |message: String| Finding::error(data.position(), &data.path, message);
    if !is_whole {
        return Some(
            finding(format!("\"{path}\" is not an absolute path")).hint("name a folder, such as /var/backups/etcd"),
        );
    }
    let root = clusterfile.cluster.data_root.trim_end_matches('/');
    let goes = path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    goes.then(|| finding(format!("{path} goes when the cluster does")).hint("name a folder that is not below dataRoot"))
}

/// Hosts with two names, and names with two hosts.
fn names_twice(clusterfile: &Clusterfile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut hosts, mut names) = (BTreeSet::new(), BTreeSet::new());
    for spec in specs(clusterfile).filter(|spec| spec.text_of("type").as_deref() == Some("HOSTNAME")) {
        let Some(data) = spec.get("data") else { continue };
        let mut wrong = |message: String| findings.push(Finding::error(data.position(), &data.path, message));
        for line in data.text().unwrap_or_default().lines() {
            let Some((addresses, name)) = line.trim().split_once(char::is_whitespace) else { continue };
            let addresses = ip_list::parse(addresses).unwrap_or_default();
            if addresses.len() > 1 {
                wrong(format!("{} hosts cannot all be called {}", addresses.len(), name.trim()));
            }
            if !names.insert(name.trim().to_owned()) {
                wrong(format!("two hosts would be called {}", name.trim()));
            }
            for host in addresses.into_iter().filter(|host| !hosts.insert(*host)) {
                wrong(format!("{host} gets two names"));
            }
        }
    }
    findings
}

fn lines_of_hosts(data: &View<'_>, fits: fn(&str) -> bool, example: &str) -> Vec<Finding> {
    let text = data.text().unwrap_or_default();
    let is_sound = |line: &&str| {
        let parts = line.split_once(char::is_whitespace);
        parts.is_some_and(|(addresses, words)| ip_list::parse(addresses).is_ok() && fits(words.trim()))
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let wrong = |line: &str| {
        let message = format!("\"{line}\" does not say which hosts get what");
        Finding::error(data.position(), &data.path, message).hint(format!("write lines such as {example}"))
    };
    lines.filter(|line| !is_sound(line)).map(wrong).collect()
}

/// Addresses that are no hosts of the cluster: there is no node to mark.
fn strangers(data: &View<'_>, clusterfile: &Clusterfile) -> Vec<Finding> {
    let text = data.text().unwrap_or_default();
    let first_words = text.lines().filter_map(|line| line.split_whitespace().next());
    let addresses = first_words.filter_map(|word| ip_list::parse(word).ok()).flatten();
    let known = |address: &IpAddr| clusterfile.cluster.hosts.iter().any(|group| group.addresses.contains(address));
    let stranger = |address: IpAddr| {
        let message = format!("{address} is not a host of this cluster");
        Finding::error(data.position(), &data.path, message).hint("name it in spec.hosts, or leave its line out")
    };
    addresses.filter(|address| !known(address)).map(stranger).collect()
}

pub(super) fn plugins(clusterfile: &Clusterfile) -> Vec<Finding> {
    let findings = specs(clusterfile).flat_map(|spec| plugin(&spec, clusterfile));
    findings.chain(names_twice(clusterfile)).collect()
}

fn specs(clusterfile: &Clusterfile) -> impl Iterator<Item = View<'_>> {
    let documents = clusterfile.documents.iter().filter(|document| document.shape.kind == "Plugin");
    documents.filter_map(|document| document.view().get("spec"))
}

fn plugin(spec: &View<'_>, clusterfile: &Clusterfile) -> Vec<Finding> {
    let mut findings = plugin_type(spec, clusterfile);
    let (phases, Some(scope)) = (parts(spec, "action"), spec.get("scope")) else { return findings };
    let on_hosts = phases.iter().any(|phase| HOST_PHASES.contains(&phase.as_str()));
    if !on_hosts && phases.iter().any(|phase| CLUSTER_PHASES.contains(&phase.as_str())) {
        let message = "these phases run on the first master, so that a scope does not count";
        findings.push(Finding::warning(scope.position(), &scope.path, message));
    }
    let known = |role: &String| clusterfile.cluster.hosts.iter().any(|group| group.roles.contains(role));
    for role in parts(spec, "scope").iter().filter(|role| !known(role)) {
        let message = format!("no host has the role {role}");
        findings
            .push(Finding::error(scope.position(), &scope.path, message).hint("without a scope it runs on all hosts"));
    }
    findings
}
