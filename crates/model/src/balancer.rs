//! What the balancer on a host listens for and passes on: plain data, written by the cluster room and read by the agent room.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Everything one balancer does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balancer {
    /// One for each address that is listened on.
    pub services: Vec<Service>,
    /// Where docker runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<Tunnel>,
}

/// One address of this host behind which several servers stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What programs on this host connect to: `127.0.0.1:6443`.
    pub listen: SocketAddr,
    /// Where the servers are.
    pub servers: Vec<SocketAddr>,
    /// The path of a request that a server in good health answers: `/readyz`.
    pub probe: String,
    /// Whether it is asked over plain HTTP.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plain: bool,
    /// Whether all connections go to the first server that is well, so that what takes several of them meets the same one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sticky: bool,
}

/// A proxy of this host for a program that asks registries by their own names. Whoever asks for one of the domains is led to a server
/// that answers for all of them, everybody else to where they want to go. It knows nothing of what passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tunnel {
    /// What the program has as its proxy: `127.0.0.1:5443`.
    pub listen: SocketAddr,
    /// Domains, as they stand in image names, or with a `*` for their first parts.
    pub domains: Vec<String>,
    /// Where the servers are, the first one preferred.
    pub servers: Vec<SocketAddr>,
    /// The path of a request that a server in good health answers: `/healthz`.
    pub probe: String,
}

/// The port of TLS where none is said.
const USUAL_PORT: &str = ":443";

impl Tunnel {
    /// Whether a target, `quay.io:443`, is led to the servers.
    #[must_use]
    pub fn leads(&self, target: &str) -> bool {
        let domain = domain_of(target);
        self.domains.iter().any(|pattern| covers(pattern, &domain))
    }
}

/// A target as it stands in image names: in small letters, without the port that is usual.
#[must_use]
pub fn domain_of(target: &str) -> String {
    target.strip_suffix(USUAL_PORT).unwrap_or(target).to_ascii_lowercase()
}

/// Whether a domain is meant by a pattern: itself, or what ends like it where the pattern begins with `*.`.
#[must_use]
pub fn covers(pattern: &str, domain: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(end) if end.starts_with('.') => domain.len() > end.len() && domain.ends_with(end),
        _ => pattern == domain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_leads_the_domains_that_it_names_and_no_others() {
        let tunnel = Tunnel {
            listen: "127.0.0.1:5443".parse().unwrap(),
            domains: ["quay.io", "*.corp.example", "h.example:8443"].map(str::to_owned).into(),
            servers: Vec::new(),
            probe: "/healthz".into(),
        };
        for target in ["quay.io:443", "QUAY.io:443", "a.corp.example:443", "a.b.corp.example:443", "h.example:8443"] {
            assert!(tunnel.leads(target), "{target}");
        }
        for target in ["quay.io:80", "evilquay.io:443", "corp.example:443", "h.example:443", "a.corp.example:8443", ""]
        {
            assert!(!tunnel.leads(target), "{target}");
        }
    }
}
