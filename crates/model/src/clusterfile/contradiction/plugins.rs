//! What contradicts itself in plugins: types of older releases that have nothing left to do, lines that name no hosts, scopes that nobody is in.

use super::super::Clusterfile;
use super::super::document::parts;
use super::super::fields::{CLUSTER_PHASES, HOST_PHASES};
use super::super::finding::{Finding, Severity};
use super::super::view::View;
use crate::ip_list;
use crate::taint::Taint;
use std::net::IpAddr;

/// Types of older releases: two mark nodes, the others are refused or have nothing left to do.
fn plugin_type(spec: &View<'_>, clusterfile: &Clusterfile) -> Vec<Finding> {
    let (Some(named), Some(data)) = (spec.get("type"), spec.get("data")) else { return Vec::new() };
    let not_yet = |message: &str, instead: &str| {
        vec![Finding::new(Severity::NotYet, named.position(), &named.path, message).hint(instead)]
    };
    match named.text().unwrap_or_default().as_str() {
        "LABEL" => {
            let fits = |words: &str| words.split(',').all(|pair| pair.contains('='));
            [lines_of_hosts(&data, fits, "10.0.0.2 ssd=true"), strangers(&data, clusterfile)].concat()
        }
        "TAINT" => {
            let fits = |words: &str| words.parse::<Taint>().is_ok();
            [lines_of_hosts(&data, fits, "10.0.0.2 key=value:NoSchedule"), strangers(&data, clusterfile)].concat()
        }
        "HOSTNAME" => not_yet("sealer does not rename hosts", "use a SHELL plugin at pre-init-host: hostnamectl"),
        "ETCD" => not_yet("etcd is not saved in passing", "save it with sealer backup, whenever it is wanted"),
        "CLUSTERCHECK" => {
            let finding = Finding::warning(named.position(), &named.path, "every delivery ends with checks");
            vec![finding.hint("leave the plugin out")]
        }
        _ => Vec::new(),
    }
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
    let documents = clusterfile.documents.iter().filter(|document| document.shape.kind == "Plugin");
    let specs = documents.filter_map(|document| document.view().get("spec"));
    specs.flat_map(|spec| plugin(&spec, clusterfile)).collect()
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
