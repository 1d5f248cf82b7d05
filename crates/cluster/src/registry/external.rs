//! What makes containerd find images in a registry that the site has already: one `hosts.toml` for each domain of the delivered images, because
//! there the domain stands in the path, which containerd puts in front by itself only when it is told so. Other domains are asked where they
//! are, as on any host.

use sealer_model::agent::{Change, Content, Text};
use sealer_model::cluster::ExternalRegistry;
use std::collections::BTreeSet;

/// Where containerd looks for what is said of a domain.
pub(crate) const FOLDER: &str = "/etc/containerd/certs.d";

/// Who may read what holds a password.
const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// What containerd is told.
pub(crate) struct External<'a> {
    /// The registry.
    pub(crate) registry: &'a ExternalRegistry,
    /// Domains of images that it has.
    pub(crate) domains: &'a BTreeSet<String>,
    /// The value of the header `Authorization`, where there is a user.
    pub(crate) authorization: Option<&'a str>,
}

impl External<'_> {
    /// The files, the authority's first.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let mode = if self.authorization.is_some() { SECRET } else { PUBLIC };
        let authority = self.registry.authority.as_ref().map(|pem| file(self.authority_file(), PUBLIC, pem.clone()));
        let own = self.registry.name();
        let hosts = |domain: &str, text: String| file(format!("{FOLDER}/{domain}/hosts.toml"), mode, text);
        let others = self.domains.iter().filter(|domain| **domain != own);
        let others = others.map(|domain| hosts(domain, self.mirror(domain)));
        authority.into_iter().chain([hosts(&own, self.itself())]).chain(others).collect()
    }

    fn authority_file(&self) -> String {
        format!("{FOLDER}/{}/ca.crt", self.registry.name())
    }

    /// A closed site has no other place to ask for a domain, so `server` leads there, too. containerd 1.6 wants a table of a host beside it.
    fn mirror(&self, domain: &str) -> String {
        let server = format!("{}/v2/{}", self.registry.url(), self.registry.path_of(domain));
        let pulls = "override_path = true\ncapabilities = [\"pull\", \"resolve\"]\n";
        self.text(&server, pulls, pulls)
    }

    fn itself(&self) -> String {
        let pulls = "capabilities = [\"pull\", \"resolve\"]\n";
        self.text(&self.registry.url(), "capabilities = [\"pull\", \"resolve\", \"push\"]\n", pulls)
    }

    /// A header's table ends what is said of its server or host, so it stands last.
    fn text(&self, server: &str, of_server: &str, of_host: &str) -> String {
        let authority = self.registry.authority.as_ref().map(|_| format!("ca = \"{}\"\n", self.authority_file()));
        let authority = authority.unwrap_or_default();
        let header = |table: &str| {
            let header = |value| format!("\n[{table}]\nAuthorization = [\"{value}\"]\n");
            self.authorization.map(header).unwrap_or_default()
        };
        let (for_server, for_host) = (header("header"), header(&format!("host.\"{server}\".header")));
        format!(
            "server = \"{server}\"\n{of_server}{authority}{for_server}\n\
             [host.\"{server}\"]\n{of_host}{authority}{for_host}"
        )
    }
}

fn file(path: String, mode: u32, text: String) -> Change {
    Change::File { path, mode, content: Content::Text(Text(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(registry: &ExternalRegistry, authorization: Option<&str>) -> Vec<(String, u32, String)> {
        let domains = ["docker.io", "r.example:5000"].map(str::to_owned).into();
        let changes = External { registry, domains: &domains, authorization }.changes();
        let one = |change| match change {
            Change::File { path, mode, content: Content::Text(text) } => (path, mode, text.0),
            other => panic!("{other:?}"),
        };
        changes.into_iter().map(one).collect()
    }

    #[test]
    fn every_domain_leads_below_the_sites_path_with_password_and_authority() {
        let registry = ExternalRegistry {
            domain: "harbor.example".into(),
            path: Some("site-a".into()),
            authority: Some("pem".into()),
            ..ExternalRegistry::default()
        };
        let told = told(&registry, Some("Basic eA=="));
        let (path, mode, text) = &told[2];
        assert_eq!((path.as_str(), *mode), ("/etc/containerd/certs.d/docker.io/hosts.toml", 0o600));
        assert_eq!(
            text,
            "server = \"https://harbor.example/v2/site-a/docker.io\"\noverride_path = true\n\
             capabilities = [\"pull\", \"resolve\"]\nca = \"/etc/containerd/certs.d/harbor.example/ca.crt\"\n\n\
             [header]\nAuthorization = [\"Basic eA==\"]\n\n\
             [host.\"https://harbor.example/v2/site-a/docker.io\"]\noverride_path = true\n\
             capabilities = [\"pull\", \"resolve\"]\nca = \"/etc/containerd/certs.d/harbor.example/ca.crt\"\n\n\
             [host.\"https://harbor.example/v2/site-a/docker.io\".header]\nAuthorization = [\"Basic eA==\"]\n"
        );
        assert_eq!((told[0].0.as_str(), told[0].1), ("/etc/containerd/certs.d/harbor.example/ca.crt", 0o644));
        assert!(told[1].2.starts_with("server = \"https://harbor.example\"\ncapabilities"), "{}", told[1].2);
        assert!(told[3].2.contains("/v2/site-a/r.example_5000\""), "{}", told[3].2);
    }

    #[test]
    fn an_address_of_version_6_without_a_password_and_without_tls() {
        let (domain, port) = ("fd00::9".to_owned(), Some(5000));
        let registry = ExternalRegistry { domain, port, insecure: true, ..ExternalRegistry::default() };
        let told = told(&registry, None);
        assert_eq!(told.len(), 3);
        assert_eq!((told[0].0.as_str(), told[0].1), ("/etc/containerd/certs.d/[fd00::9]:5000/hosts.toml", 0o644));
        assert!(told[1].2.starts_with("server = \"http://[fd00::9]:5000/v2/docker.io\"\n"), "{}", told[1].2);
    }
}
