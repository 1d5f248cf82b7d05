//! For which domains the site's registry answers as if it were them. docker can be told of mirrors for Docker Hub only; every other
//! domain it asks itself, at its own name. Such connections are led to the site's registry, which therefore has these domains in its
//! certificate and takes the name that it is addressed by as the images' domain.

use super::{Cluster, ContainerRuntime, SiteRegistry};
use crate::Reference;
use crate::reference::{DOCKER_HUB, STRIPPED_DOMAIN};
use std::collections::BTreeSet;

/// A port that nothing else is known to use.
const TUNNEL_PORT: u16 = 5443;

impl Cluster {
    /// Takes note of the domains of these images and of the upstreams, where docker runs them. Domains that are known already stay: what
    /// an earlier image brought is in the registry, and pods may still be made of it.
    pub fn stand_for<'a>(&mut self, images: impl IntoIterator<Item = &'a Reference>) {
        if self.container_runtime != ContainerRuntime::Docker {
            return;
        }
        let images = images.into_iter().map(|image| image.domain().to_owned());
        let upstreams = self.registry.upstreams.iter().map(|upstream| upstream.pattern.clone());
        let found: Vec<String> = images.chain(upstreams).filter(|domain| self.registry.may_stand_for(domain)).collect();
        self.registry.add_domains(found);
    }
}

impl SiteRegistry {
    /// Docker Hub has a mirror, the registry's own images are asked for by its own name, what has lost its domain is asked for by nobody,
    /// and no certificate names everything.
    fn may_stand_for(&self, domain: &str) -> bool {
        let own = [self.authority(), self.own_name(), self.domain.clone()];
        let never = ["*", DOCKER_HUB, STRIPPED_DOMAIN];
        !never.contains(&domain) && !own.iter().any(|own| own == domain) && !is_loopback(domain)
    }

    pub(super) fn add_domains(&mut self, domains: Vec<String>) {
        let all: BTreeSet<String> = std::mem::take(&mut self.stands_for).into_iter().chain(domains).collect();
        self.stands_for = all.into_iter().collect();
    }

    /// The names that its certificate has for them: without ports.
    pub fn names_that_it_stands_for(&self) -> impl Iterator<Item = String> + '_ {
        self.stands_for.iter().map(|domain| without_port(domain).trim_matches(['[', ']']).to_owned())
    }

    /// Where docker's proxy listens on every host, beside the registry's own port.
    #[must_use]
    pub fn tunnel_port(&self) -> u16 {
        if self.port == TUNNEL_PORT { TUNNEL_PORT + 1 } else { TUNNEL_PORT }
    }

    /// Those that have a `*`.
    #[must_use]
    pub fn stands_for_patterns(&self) -> bool {
        self.stands_for.iter().any(|domain| domain.contains('*'))
    }
}

/// What a client asks by that name, it asks itself.
fn is_loopback(domain: &str) -> bool {
    let host = without_port(domain);
    host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback())
}

fn without_port(domain: &str) -> &str {
    match domain.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => domain,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Role::Master;
    use super::super::Upstream;
    use super::super::tests::cluster;
    use super::*;

    fn standing(runtime: ContainerRuntime, images: &[&str], upstreams: &[&str]) -> Vec<String> {
        let mut cluster = cluster(&[("10.0.0.1", Master)]);
        cluster.container_runtime = runtime;
        let upstream = |pattern: &&str| Upstream { pattern: (*pattern).to_owned(), ..Upstream::default() };
        cluster.registry.upstreams = upstreams.iter().map(upstream).collect();
        let images: Vec<Reference> = images.iter().map(|image| image.parse().unwrap()).collect();
        cluster.stand_for(&images);
        cluster.registry.stands_for
    }

    #[test]
    fn every_domain_that_docker_asks_itself_is_noted_once() {
        let images =
            ["k8s.gcr.io/pause:3.2", "k8s.gcr.io/etcd:3", "redis:7", "sea.hub:5000/own:1", "h.example:8443/a:1"];
        let images = [&images[..], &["localhost:5000/x:1", "127.0.0.1:5000/x:1", "stripped.invalid/x:1"]].concat();
        let upstreams = ["*.corp.example", "*", "docker.io", "quay.io"];
        let expected = ["*.corp.example", "h.example:8443", "k8s.gcr.io", "quay.io"];
        assert_eq!(standing(ContainerRuntime::Docker, &images, &upstreams), expected);
        assert_eq!(standing(ContainerRuntime::Containerd, &images, &upstreams), Vec::<String>::new());
    }

    #[test]
    fn what_is_known_stays_and_a_certificate_has_no_ports() {
        let mut registry = SiteRegistry::default();
        registry.add_domains(["h.example:8443", "[fd00::9]:5000"].map(str::to_owned).into());
        registry.add_domains(["quay.io", "h.example:8443"].map(str::to_owned).into());
        assert_eq!(registry.stands_for, ["[fd00::9]:5000", "h.example:8443", "quay.io"]);
        assert_eq!(registry.names_that_it_stands_for().collect::<Vec<_>>(), ["fd00::9", "h.example", "quay.io"]);
        assert!(!registry.stands_for_patterns());
    }
}
