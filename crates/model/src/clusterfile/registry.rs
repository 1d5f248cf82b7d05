//! The site's registry as a file asks for it: what becomes part of the state, and where its secrets and certificates come from, which
//! never do.

use super::document::{SecretSource, secret};
use super::view::View;
use crate::cluster::{ExternalRegistry, Reads, SiteRegistry, Upstream};
use crate::ip_list;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The registry on the site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrySettings {
    /// As it shall be. What its upstreams' authorities hold is not known yet.
    pub registry: SiteRegistry,
    /// Where its user's password comes from.
    pub password: Option<SecretSource>,
    /// Its own certificate, as files on the delivering machine.
    pub certificate: Option<CertificateFiles>,
    /// Where passwords for upstreams come from, by their matches.
    pub upstream_passwords: BTreeMap<String, SecretSource>,
    /// Files with the authorities of upstreams, by their matches.
    pub upstream_authorities: BTreeMap<String, String>,
    /// Where the password at the registry that the site has already comes from.
    pub external_password: Option<SecretSource>,
    /// A file with the authority of that.
    pub external_authority: Option<String>,
}

/// A certificate as files; each path may begin with `~/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFiles {
    /// The certificate and those between it and its authority.
    pub certificate: String,
    /// Its private key.
    pub key: String,
    /// The authority, where it is another than the certificate itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authority: Option<String>,
}

/// `spec.registry`.
pub(super) fn settings(view: &View<'_>) -> RegistrySettings {
    let settings = view.get("localRegistry").map(|local| of_local(&local)).unwrap_or_default();
    let Some(external) = view.get("externalRegistry") else { return settings };
    RegistrySettings {
        registry: SiteRegistry { external: Some(self::external(&external)), ..settings.registry },
        external_password: secret(&external, "password", "passwordFrom"),
        external_authority: external.word_of("caFile"),
        ..settings
    }
}

fn external(view: &View<'_>) -> ExternalRegistry {
    let domain = view.word_of("domain").unwrap_or_default();
    ExternalRegistry {
        domain: domain.parse::<IpAddr>().map_or(domain, |address| address.to_string()),
        port: view.text_of("port").and_then(|port| port.parse().ok()).filter(|port| *port != 0),
        path: view.word_of("path"),
        username: view.word_of("username"),
        insecure: view.boolean_of("insecure") == Some(true),
        authority: None,
    }
}

fn of_local(view: &View<'_>) -> RegistrySettings {
    let upstreams = view.list("upstreams");
    let by_match = |upstream: &View<'_>| upstream.word_of("match");
    RegistrySettings {
        registry: registry(view, &upstreams),
        password: secret(view, "password", "passwordFrom"),
        certificate: view.get("cert").and_then(|cert| certificate(&cert)),
        upstream_passwords: upstreams
            .iter()
            .filter_map(|it| Some((by_match(it)?, secret(it, "password", "passwordFrom")?)))
            .collect(),
        upstream_authorities: upstreams.iter().filter_map(|it| Some((by_match(it)?, it.word_of("caFile")?))).collect(),
        ..RegistrySettings::default()
    }
}

fn registry(view: &View<'_>, upstreams: &[View<'_>]) -> SiteRegistry {
    let usual = SiteRegistry::default();
    SiteRegistry {
        domain: view.word_of("domain").unwrap_or(usual.domain),
        port: view.text_of("port").and_then(|port| port.parse().ok()).unwrap_or(usual.port),
        further_names: view.at(&["cert", "subjectAltName"]).map(|names| further_names(&names)).unwrap_or_default(),
        own_certificate: view.get("cert").is_some_and(|cert| certificate(&cert).is_some()),
        username: view.word_of("username"),
        reads: if view.word_of("reads").as_deref() == Some("anonymous") {
            Reads::Anonymous
        } else {
            Reads::Authenticated
        },
        insecure: view.boolean_of("insecure") == Some(true),
        single: view.boolean_of("ha") == Some(false),
        hosts: view.texts_of("hosts").iter().filter_map(|text| ip_list::parse(text).ok()).flatten().collect(),
        upstreams: upstreams.iter().map(upstream).collect(),
        external: None,
        kept_as: None,
        stands_for: Vec::new(),
    }
}

fn upstream(view: &View<'_>) -> Upstream {
    let text = |rewrite: &View<'_>, name: &str| rewrite.text_of(name).unwrap_or_default();
    Upstream {
        pattern: view.word_of("match").unwrap_or_default(),
        url: view.word_of("url"),
        mirrors: view.texts_of("mirrors"),
        username: view.word_of("username"),
        credential_helper: view.word_of("credentialHelper"),
        authority: None,
        insecure: view.boolean_of("insecure") == Some(true),
        rewrite: view.get("rewrite").map(|rewrite| (text(&rewrite, "from"), text(&rewrite, "to"))),
    }
}

/// Addresses in the one form in which they are compared.
fn further_names(view: &View<'_>) -> Vec<String> {
    let addresses = view.texts_of("ips").into_iter().filter_map(|text| text.parse::<IpAddr>().ok());
    view.texts_of("dnsNames").into_iter().chain(addresses.map(|address| address.to_string())).collect()
}

fn certificate(view: &View<'_>) -> Option<CertificateFiles> {
    let (certificate, key) = (view.word_of("certFile")?, view.word_of("keyFile")?);
    Some(CertificateFiles { certificate, key, authority: view.word_of("caFile") })
}
