//! What is said of the site's registry.

use super::*;
use crate::cluster::Reads;

/// The sound file with these fields of the registry.
fn local(fields: &str) -> String {
    with("  env:", &format!("  registry: {{localRegistry: {{{fields}}}}}\n  env:"))
}

#[test]
fn all_that_can_be_said_is_read_and_secrets_stay_out_of_the_state() {
    let text = local(
        "username: ann, passwordFrom: {env: PASS}, reads: anonymous, ha: false, insecure: true, port: 443, \
         hosts: [10.0.0.1], upstreams: [{match: '*.corp.example', url: 'https://[fd00::9]:5000', \
         mirrors: ['http://m.example'], username: robot, passwordFrom: {file: ~/secret}, caFile: /ca.crt, \
         rewrite: {to: hub/}}, {match: docker.io, credentialHelper: vault}]",
    );
    says(&text, &[]);
    let read = Clusterfile::read("f", &text);
    let settings = &read.cluster.registry;
    assert_eq!(settings.password, Some(SecretSource::At(SecretPlace::Variable("PASS".into()))));
    assert_eq!(settings.upstream_passwords["*.corp.example"], SecretSource::At(SecretPlace::File("~/secret".into())));
    assert_eq!(settings.upstream_authorities["*.corp.example"], "/ca.crt");
    let registry = read.cluster("web:v1".parse().unwrap(), Digest::of(b"")).registry;
    assert_eq!(
        (registry.reads, registry.single, registry.insecure, registry.port),
        (Reads::Anonymous, true, true, 443)
    );
    assert_eq!(registry.upstreams[0].rewrite, Some((String::new(), "hub/".into())));
    assert_eq!(registry.upstreams[1].credential_helper.as_deref(), Some("vault"));
    let state = serde_json::to_string(&registry).unwrap();
    assert!(!state.contains("PASS") && !state.contains("secret"), "{state}");
    assert_eq!(serde_json::from_str::<crate::cluster::SiteRegistry>(&state).unwrap(), registry);
}

#[test]
fn a_certificate_that_is_brought_along_needs_its_key() {
    let both = local("cert: {certFile: a.crt, keyFile: a.key}");
    says(&both, &[]);
    let read = Clusterfile::read("f", &both);
    assert_eq!(read.cluster.registry.certificate.as_ref().unwrap().authority, None);
    assert!(read.cluster.registry.registry.own_certificate);
    says(
        &local("cert: {certFile: a.crt}"),
        &[
            "7:47 error spec.registry.localRegistry.cert.certFile: a certificate is of no use without its key [write both certFile and keyFile]",
        ],
    );
}

#[test]
fn what_contradicts_itself_is_told_at_its_place() {
    let cases = [
        ("username: ann", "username", "there is no password for this user"),
        ("passwordFrom: {env: A}", "passwordFrom", "there is no username"),
        ("username: sealer-peer, passwordFrom: {env: A}", "username", "the cluster's own hosts"),
        ("username: 'a:b', passwordFrom: {env: A}", "username", "no : in it"),
        ("username: ann, password: x, passwordFrom: {env: A}", "passwordFrom", "says it already"),
        ("username: ann, passwordFrom: {}", "passwordFrom", "exactly one of"),
        ("reads: authenticated", "reads", "no user who could pull"),
        ("hosts: [10.0.0.2]", "hosts[0]", "10.0.0.2 is no master"),
        ("insecure: true, cert: {certFile: a, keyFile: b}", "cert.certFile", "plain HTTP"),
        (
            "cert: {certFile: a, keyFile: b, subjectAltName: {ips: [10.0.0.1]}}",
            "cert.subjectAltName",
            "cannot be added",
        ),
        ("upstreams: [{match: '*'}]", "upstreams[0].match", "it needs a url"),
        ("upstreams: [{match: corp}]", "upstreams[0].match", "neither a domain"),
        ("upstreams: [{match: '*.a.example', insecure: true}]", "upstreams[0].match", "insecure needs a url"),
        ("upstreams: [{match: a.example}, {match: a.example}]", "upstreams[1].match", "twice"),
        ("upstreams: [{match: a.example, url: a.example}]", "upstreams[0].url", "no address of a registry"),
        ("upstreams: [{match: a.example, mirrors: ['https://']}]", "upstreams[0].mirrors[0]", "no address"),
        ("upstreams: [{match: a.example, username: x}]", "upstreams[0].username", "no password"),
        (
            "upstreams: [{match: a.example, username: x, passwordFrom: {env: A}, credentialHelper: y}]",
            "upstreams[0].credentialHelper",
            "a username, too",
        ),
    ];
    for (fields, place, message) in cases {
        let read = Clusterfile::read("f", &local(fields));
        let field = format!("spec.registry.localRegistry.{place}");
        let found = read.findings().iter().find(|it| it.severity == Severity::Error).expect(fields);
        assert_eq!(found.field, field, "{fields}: {found}");
        assert!(found.message.contains(message), "{fields}: {found}");
    }
}

/// The sound file with a registry that the site has already, and these fields of it.
fn external(fields: &str) -> String {
    with("  env:", &format!("  registry: {{externalRegistry: {{{fields}}}, localRegistry: {{port: 5001}}}}\n  env:"))
}

#[test]
fn a_registry_that_the_site_has_already_is_read_without_its_secret() {
    let text =
        external("domain: hub.example, port: 0, path: site-a, username: robot, passwordFrom: {env: PASS}, caFile: c");
    says(&text, &[]);
    let read = Clusterfile::read("f", &text);
    let settings = &read.cluster.registry;
    assert_eq!(settings.external_password, Some(SecretSource::At(SecretPlace::Variable("PASS".into()))));
    assert_eq!(settings.external_authority.as_deref(), Some("c"));
    let cluster = read.cluster("web:v1".parse().unwrap(), Digest::of(b""));
    let found = cluster.registry.external.as_ref().unwrap();
    assert_eq!(
        (found.name().as_str(), found.path.as_deref(), cluster.registry.port),
        ("hub.example", Some("site-a"), 5001)
    );
    let seen = cluster.environment(
        &crate::image::Extension::default(),
        &cluster.members[0],
        &crate::cluster::Secrets::default(),
    );
    let seen =
        ["RegistryURL", "RegistryPort", "ExternalRegistryDomain", "LocalRegistryURL"].map(|name| seen[name].clone());
    assert_eq!(seen, ["hub.example", "", "hub.example", "sea.hub:5001"]);
    assert!(!serde_json::to_string(&cluster).unwrap().contains("PASS"));
}

#[test]
fn what_contradicts_itself_in_it_is_told_at_its_place() {
    let cases = [
        (external("port: 1"), "externalRegistry.domain", "domain"),
        (external("domain: 'fd00:0::9'"), "externalRegistry.domain", "IPv6"),
        (external("domain: a.example, username: x"), "externalRegistry.username", "no password"),
        (external("domain: a.example, insecure: true, caFile: x"), "externalRegistry.caFile", "plain HTTP"),
        (external("domain: a.example, path: /a"), "externalRegistry.path", "cannot stand in the name"),
        (
            external("domain: a.example").replace("port: 5001", "upstreams: [{match: a.example}]"),
            "localRegistry.upstreams",
            "only the rootfs",
        ),
    ];
    for (text, place, message) in cases {
        let read = Clusterfile::read("f", &text);
        let field = format!("spec.registry.{place}");
        let found = read.findings().iter().find(|it| it.severity == Severity::Error).expect(&text);
        assert!(found.field == field || field.starts_with(&found.field), "{text}: {found}");
        assert!(found.to_string().contains(message), "{text}: {found}");
    }
}
