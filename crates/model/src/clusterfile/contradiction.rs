//! What single fields cannot show: hosts named twice, no master, ranges that overlap, two ways to say one thing. Every rule is
//! a function of its own and says its finding at the place that a person would change.

mod plugins;
mod registry;
mod runtime;
mod secrets;
mod variables;

use super::Clusterfile;
use super::fields::CLUSTER_V1;
use super::finding::{Finding, Severity};
use super::network::Network;
use super::view::View;
use crate::{Position, ip_list};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Everything that contradicts something else.
pub(super) fn check(clusterfile: &Clusterfile) -> Vec<Finding> {
    let mut findings = documents(clusterfile);
    if let Some(cluster) = clusterfile.of_kind("Cluster").and_then(|document| document.get("spec")) {
        if clusterfile.documents.iter().all(|document| document.shape.versions != CLUSTER_V1.versions) {
            findings.extend(hosts(&cluster));
        }
        findings.extend(environment(&cluster));
        findings.extend(commands(&cluster, "cmd", "appNames"));
        findings.extend(runtime::runtime(&cluster));
        findings.extend(registry::registry(&cluster));
        findings.extend(logins(&cluster));
    }
    if let Some(application) = clusterfile.of_kind("Application").and_then(|document| document.get("spec")) {
        findings.extend(commands(&application, "cmds", "launchApps"));
        findings.extend(twice(&application.list("configs"), "application"));
    }
    findings.extend(networks(clusterfile));
    findings.extend(variables::variables(clusterfile));
    findings.extend(secrets::secrets(clusterfile));
    findings.extend(plugins::plugins(clusterfile));
    findings
}

fn documents(clusterfile: &Clusterfile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeMap<&str, Position> = BTreeMap::new();
    for document in &clusterfile.documents {
        let (kind, position) = (document.shape.kind, document.node.position);
        if document.shape.versions == CLUSTER_V1.versions {
            let finding = Finding::error(position, "apiVersion", "this is a Cluster of the first version");
            findings
                .push(finding.hint(format!("sealer clusterfile convert {} prints it as version 2", clusterfile.file)));
        }
        match seen.get(kind) {
            Some(first) if !document.shape.many => {
                let message = format!("there is a second {kind}; the first is at line {}", first.line);
                findings.push(Finding::error(position, "kind", message).hint("only one of them can count"));
            }
            _ => drop(seen.insert(kind, position)),
        }
    }
    if !seen.contains_key("Cluster") {
        let finding = Finding::error(Position { line: 1, column: 1 }, "", "there is no Cluster document");
        findings.push(finding.hint("sealer clusterfile init writes one from flags"));
    }
    findings
}

fn hosts(spec: &View<'_>) -> Vec<Finding> {
    let groups = spec.list("hosts");
    if groups.is_empty() {
        let finding = Finding::error(spec.position(), "spec.hosts", "there are no hosts");
        return vec![finding.hint("name at least one host with the role master")];
    }
    let mut findings: Vec<Finding> = groups.iter().filter_map(roles).collect();
    let is_master = |group: &View<'_>| group.texts_of("roles").iter().any(|role| role == MASTER);
    if !groups.iter().any(is_master) {
        let position = spec.get("hosts").map_or(spec.position(), |hosts| hosts.position());
        let finding = Finding::error(position, "spec.hosts", "no host has the role master");
        findings.push(finding.hint("write roles: [master] for the host where the control plane shall run"));
    }
    findings.extend(addresses(&groups));
    findings
}

const MASTER: &str = "master";
const NODE: &str = "node";

fn roles(group: &View<'_>) -> Option<Finding> {
    let view = group.get("roles")?;
    let roles = group.texts_of("roles");
    let has = |role: &str| roles.iter().any(|each| each == role);
    let finding = |message: &str| Finding::error(view.position(), &view.path, message);
    let near = roles.iter().find_map(|role| crate::nearest::nearest(role, &[MASTER, NODE]));
    match (has(MASTER), has(NODE)) {
        (true, true) => Some(
            finding("a host is either a master or a node").hint("a master runs pods, too, where its taints let it"),
        ),
        (false, false) => Some(match near {
            Some(role) => finding("neither master nor node is among the roles").hint(format!("did you mean {role}?")),
            None => finding("neither master nor node is among the roles").hint("add one of them"),
        }),
        _ => None,
    }
}

fn addresses(groups: &[View<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeMap<IpAddr, Position> = BTreeMap::new();
    let mut first: Option<IpAddr> = None;
    for item in groups.iter().flat_map(|group| group.list("ips")) {
        for address in item.text().and_then(|text| ip_list::parse(&text).ok()).unwrap_or_default() {
            let first = *first.get_or_insert(address);
            if first.is_ipv4() != address.is_ipv4() {
                let message = format!("host {address} is not of the same address family as {first}");
                findings.push(Finding::error(item.position(), &item.path, message));
            }
            if let Some(before) = seen.insert(address, item.position()) {
                let message = format!("host {address} is named twice; the other place is line {}", before.line);
                findings.push(Finding::error(item.position(), &item.path, message));
            }
        }
    }
    findings
}

/// Names that sealer fills in for scripts and templates.
const RESERVED: [&str; 14] = [
    "LocalRegistryDomain",
    "LocalRegistryPort",
    "LocalRegistryURL",
    "ExternalRegistryDomain",
    "ExternalRegistryPort",
    "ExternalRegistryURL",
    "RegistryDomain",
    "RegistryPort",
    "RegistryURL",
    "ContainerRuntime",
    "DNSSvcIP",
    "KubeSvcIP",
    "HostIP",
    "HostIPFamily",
];

fn environment(spec: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeMap<String, Position> = BTreeMap::new();
    for item in spec.list("env") {
        let text = item.text().unwrap_or_default();
        let Some((key, _)) = text.split_once('=') else { continue };
        if RESERVED.contains(&key) {
            let message = format!("sealer sets {key} by itself; what is written here does not count");
            findings.push(Finding::warning(item.position(), &item.path, message).hint("leave it out"));
        }
        if let Some(before) = seen.insert(key.to_owned(), item.position()) {
            let message = format!("{key} is set at line {}, too; the last value counts", before.line);
            findings.push(Finding::warning(item.position(), &item.path, message));
        }
    }
    findings
}

/// Whether sealer fills in that variable whatever a file says.
pub(super) fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key)
}

fn commands(spec: &View<'_>, commands: &str, applications: &str) -> Option<Finding> {
    let (_, launched) = (spec.list(commands).first()?, spec.get(applications)?);
    if launched.items().iter().filter_map(View::text).all(|name| name.is_empty()) {
        return None;
    }
    let message = format!("{commands} run instead of applications, so that this does not count");
    Some(
        Finding::error(launched.position(), &launched.path, message).hint(format!("keep {commands} or {applications}")),
    )
}

fn logins(spec: &View<'_>) -> Vec<Finding> {
    let hosts = spec.list("hosts");
    let all = spec.get("ssh").into_iter().chain(hosts.iter().filter_map(|host| host.get("ssh")));
    all.flat_map(|ssh| login(&ssh)).collect()
}

fn login(ssh: &View<'_>) -> Vec<Finding> {
    let pairs = [("passwd", "passwdFrom"), ("pkPasswd", "pkPasswdFrom")];
    let mut findings: Vec<Finding> = pairs.iter().flat_map(|(written, from)| secret_pair(ssh, written, from)).collect();
    if let Some(encrypted) = ssh.get("encrypted").filter(|_| ssh.boolean_of("encrypted") == Some(true)) {
        let message = "the key with which the Go sealer encrypts passwords is public, so this protects nothing";
        let finding = Finding::new(Severity::NotYet, encrypted.position(), &encrypted.path, message);
        findings.push(finding.hint("take the password from the environment, a file or a person: passwdFrom"));
    }
    findings
}

/// A secret that may stand in the file or be taken from elsewhere, but not both.
fn secret_pair(view: &View<'_>, written: &str, from: &str) -> Vec<Finding> {
    let value = view.get(written).filter(|view| view.text().is_some_and(|text| !text.is_empty()));
    match (value, view.get(from)) {
        (Some(value), Some(source)) => {
            let message = format!("{written} at line {} says it already", value.position().line);
            vec![Finding::error(source.position(), &source.path, message).hint(format!("keep {from}"))]
        }
        (Some(value), None) => vec![readable(&value, written, from)],
        (None, Some(source)) => one_source(&source).into_iter().collect(),
        (None, None) => Vec::new(),
    }
}

fn readable(value: &View<'_>, written: &str, from: &str) -> Finding {
    let message = "everybody who can read this file can read the secret";
    Finding::warning(value.position(), &value.path, message).hint(format!(
        "write {from}: {{env: NAME}}, {{file: PATH}}, {{age: PATH}} or {{prompt: true}} instead of {written}"
    ))
}

/// Secrets that come from nowhere or from two places, or that have a name in a file that has none.
fn one_source(source: &View<'_>) -> Option<Finding> {
    let asked = source.boolean_of("prompt") == Some(true);
    let said = |name: &&&str| source.word_of(name).is_some();
    let given = ["env", "file", "age"].iter().filter(said).count() + usize::from(asked);
    if given != 1 {
        let message = "it must say exactly one of env, file, age and prompt";
        return Some(Finding::error(source.position(), &source.path, message).hint("for example {env: SEALER_PASSWD}"));
    }
    let key = source.get("key").filter(|_| source.word_of("age").is_none())?;
    let message = "only a file of age has secrets with names";
    Some(Finding::error(key.position(), &key.path, message).hint("write {age: PATH, key: NAME}, or take key away"))
}

fn twice(items: &[View<'_>], what: &str) -> Vec<Finding> {
    let mut seen: BTreeMap<String, Position> = BTreeMap::new();
    let mut findings = Vec::new();
    for name in items.iter().filter_map(|item| item.get("name")) {
        let text = name.text().unwrap_or_default();
        if let Some(before) = seen.insert(text.clone(), name.position()) {
            let message = format!("{what} {text} is at line {}, too", before.line);
            findings.push(Finding::error(name.position(), &name.path, message).hint("put both into one"));
        }
    }
    findings
}

fn networks(clusterfile: &Clusterfile) -> Vec<Finding> {
    let networking = clusterfile.of_kind("ClusterConfiguration").and_then(|document| document.get("networking"));
    let Some(networking) = networking else { return Vec::new() };
    let (pods, services) = (ranges(&networking, "podSubnet"), ranges(&networking, "serviceSubnet"));
    let mut findings = Vec::new();
    for (view, service) in &services {
        if let Some((_, pod)) = pods.iter().find(|(_, pod)| pod.overlaps(service)) {
            let message = format!("services {service} and pods {pod} have addresses in common");
            findings.push(Finding::error(view.position(), &view.path, message));
        }
    }
    for (view, range) in pods.iter().chain(&services) {
        let addresses = clusterfile.cluster.hosts.iter().flat_map(|group| &group.addresses);
        if let Some(host) = addresses.copied().find(|address| range.contains(*address)) {
            let message = format!("{range} holds the address of host {host}");
            let finding = Finding::error(view.position(), &view.path, message);
            findings.push(finding.hint("choose a range that nothing on the site uses"));
        }
    }
    findings
}

fn ranges<'a>(networking: &View<'a>, name: &str) -> Vec<(View<'a>, Network)> {
    let Some(view) = networking.get(name) else { return Vec::new() };
    let text = view.text().unwrap_or_default();
    text.split(',').filter_map(|range| range.parse().ok()).map(|range| (view.clone(), range)).collect()
}
