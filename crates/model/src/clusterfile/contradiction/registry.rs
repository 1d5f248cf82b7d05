//! What contradicts itself in what is said of the site's registry and of those behind it.

use super::super::finding::Finding;
use super::super::view::View;
use super::{MASTER, secret_pair};
use crate::cluster::{HOST_USER, PEER_USER};
use crate::ip_list;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};

pub(super) fn registry(spec: &View<'_>) -> Vec<Finding> {
    let external = spec.at(&["registry", "externalRegistry"]);
    let mut findings = external.as_ref().map(of_external).unwrap_or_default();
    let Some(local) = spec.at(&["registry", "localRegistry"]) else { return findings };
    findings.extend(user(&local, "the registry then has no user"));
    findings.extend(own_user(&local));
    findings.extend(readers(&local));
    findings.extend(certificate(&local));
    findings.extend(hosts(&local, spec));
    findings.extend(upstreams(&local));
    let images = ["username", "reads", "upstreams"].into_iter().filter_map(|name| local.get(name));
    findings.extend(images.filter(|_| external.is_some()).map(|view| {
        let message = "hosts pull from the externalRegistry, and localRegistry has only the rootfs";
        error(&view, message, "leave it or externalRegistry out")
    }));
    findings
}

fn of_external(external: &View<'_>) -> Vec<Finding> {
    let mut findings = user(external, "hosts say who they are only with both");
    let is_ipv6 = external.word_of("domain").is_some_and(|domain| domain.parse::<Ipv6Addr>().is_ok());
    findings.extend(external.get("domain").filter(|_| is_ipv6).map(|domain| {
        let message = "container runtimes cannot read an address of IPv6 in the name of a registry";
        error(&domain, message, "give it a name that every host knows; hostAliases can say it to them")
    }));
    let unused = external.get("caFile").filter(|_| external.boolean_of("insecure") == Some(true));
    findings.extend(unused.map(|file| {
        error(&file, "a registry that speaks plain HTTP has no certificate", "leave insecure or caFile out")
    }));
    findings
}

fn error(view: &View<'_>, message: impl Into<String>, hint: &str) -> Finding {
    Finding::error(view.position(), &view.path, message).hint(hint)
}

/// A name and a password belong together.
fn user(view: &View<'_>, without: &str) -> Vec<Finding> {
    let mut findings = secret_pair(view, "password", "passwordFrom");
    let password = ["passwordFrom", "password"].into_iter().find_map(|name| view.get(name));
    match (view.get("username"), password) {
        (Some(name), None) => findings.push(error(
            &name,
            "there is no password for this user",
            "write passwordFrom: {env: NAME}, {file: PATH}, {age: PATH} or {prompt: true}",
        )),
        (None, Some(password)) => {
            let message = format!("there is no username; {without}");
            findings.push(error(&password, message, "write username, or leave this out"));
        }
        _ => {}
    }
    let name = view.get("username").filter(|_| view.word_of("username").is_some_and(|name| name.contains([':', '\n'])));
    findings.extend(name.map(|name| error(&name, "a user's name has no : in it", "choose another name")));
    findings
}

fn own_user(local: &View<'_>) -> Option<Finding> {
    let name = local.get("username")?;
    let text = name.text()?;
    [HOST_USER, PEER_USER]
        .contains(&text.as_str())
        .then(|| error(&name, format!("{text} is the user of the cluster's own hosts"), "choose another name"))
}

fn readers(local: &View<'_>) -> Option<Finding> {
    let reads = local.get("reads").filter(|_| local.get("username").is_none())?;
    let authenticated = reads.text().as_deref() == Some("authenticated");
    authenticated.then(|| error(&reads, "there is no user who could pull", "write username and passwordFrom"))
}

fn certificate(local: &View<'_>) -> Vec<Finding> {
    let Some(cert) = local.get("cert") else { return Vec::new() };
    let names = ["certFile", "keyFile", "caFile"];
    let files: Vec<View<'_>> = names.iter().filter_map(|name| cert.get(name)).collect();
    let Some(first) = files.first() else { return Vec::new() };
    let mut findings = Vec::new();
    if cert.get("certFile").is_none() || cert.get("keyFile").is_none() {
        findings.push(error(first, "a certificate is of no use without its key", "write both certFile and keyFile"));
    }
    if local.boolean_of("insecure") == Some(true) {
        findings.push(error(
            first,
            "a registry that speaks plain HTTP has no certificate",
            "leave insecure or cert out",
        ));
    }
    if let Some(names) = cert.get("subjectAltName") {
        let message = "names cannot be added to a certificate that is brought along";
        findings.push(error(&names, message, "have the certificate made with these names, and leave this out"));
    }
    findings
}

fn hosts(local: &View<'_>, spec: &View<'_>) -> Vec<Finding> {
    let addresses = |view: &View<'_>| -> Vec<IpAddr> {
        view.text().and_then(|text| ip_list::parse(&text).ok()).unwrap_or_default()
    };
    let groups = spec.list("hosts");
    let masters = groups.iter().filter(|group| group.texts_of("roles").iter().any(|role| role == MASTER));
    let masters: BTreeSet<IpAddr> = masters.flat_map(|group| group.list("ips")).flat_map(|it| addresses(&it)).collect();
    let named = local.list("hosts");
    let stranger = |item: &View<'_>| {
        let other = addresses(item).into_iter().find(|address| !masters.contains(address))?;
        Some(error(item, format!("{other} is no master"), "the registry runs on masters: name some of them"))
    };
    named.iter().filter_map(stranger).collect()
}

fn upstreams(local: &View<'_>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for upstream in local.list("upstreams") {
        findings.extend(user(&upstream, "the registry says who it is only with both"));
        findings.extend(addresses(&upstream));
        let Some(pattern) = upstream.get("match") else { continue };
        let text = pattern.text().unwrap_or_default();
        findings.extend(matching(&pattern, &text, &upstream));
        if !seen.insert(text) {
            findings.push(error(&pattern, "it stands there twice", "put further addresses under mirrors"));
        }
    }
    findings
}

fn matching(view: &View<'_>, text: &str, upstream: &View<'_>) -> Option<Finding> {
    let needs_url = upstream.get("url").is_none();
    if text == "*" {
        let message = "it needs a url, or anybody could make the registry ask any host";
        return needs_url.then(|| error(view, message, "write url: https://HOST"));
    }
    let domain = text.strip_prefix("*.").unwrap_or(text);
    let sound = domain.contains(['.', ':']) || domain == "localhost";
    if !sound || domain.contains(['*', '/', ' ']) {
        return Some(error(
            view,
            format!("\"{text}\" is neither a domain nor *.domain nor *"),
            "as in docker.io or *.corp.example",
        ));
    }
    let insecure = text != domain && needs_url && upstream.boolean_of("insecure") == Some(true);
    insecure.then(|| {
        error(view, "insecure needs a url: it is said of one registry, not of all below a domain", "write url")
    })
}

fn addresses(upstream: &View<'_>) -> Vec<Finding> {
    let all = upstream.get("url").into_iter().chain(upstream.list("mirrors"));
    let sound = |view: &View<'_>| {
        let text = view.text().unwrap_or_default();
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.trim_end_matches('/').contains(['/', ' ', '@']))
    };
    let mut findings: Vec<Finding> = all
        .filter(|view| !sound(view))
        .map(|view| error(&view, "it is no address of a registry", "as in https://registry.corp.example:5000"))
        .collect();
    if let Some(helper) = upstream.get("credentialHelper").filter(|_| upstream.get("username").is_some()) {
        findings.push(error(&helper, "there is a username, too", "keep one of them"));
    }
    findings
}
