//! A registry that the site has already, and how images are called there: below a path that the site chooses stands the image's own domain,
//! then its path, so that images of two domains never mix and no name has to be rewritten.

use crate::Reference;
use crate::reference::{InvalidReference, STRIPPED_DOMAIN};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A registry of the site's own. No secret is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExternalRegistry {
    /// Its name or its address, without brackets.
    pub domain: String,
    /// Its port, if not the scheme's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Below which path images are kept there, `site-a` or `projects/site-a`; none means at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Who the deliverer and the hosts are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Whether it speaks plain HTTP.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// The authority of its certificate, PEM, where hosts do not know it anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

impl ExternalRegistry {
    /// The name as it stands in front of an image's: `harbor.example:8443`, `[fd00::1]`.
    #[must_use]
    pub fn name(&self) -> String {
        let host = bracketed(&self.domain);
        self.port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.insecure { 80 } else { 443 })
    }

    /// `https://harbor.example:8443`.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.insecure { "http" } else { "https" };
        format!("{scheme}://{}", self.name())
    }

    /// Where images of a domain are kept: `site-a/docker.io`. A path has no room for the `:` of a port, and gets a `_` instead. Images whose
    /// maker threw their domain away stand without one, as their scripts expect it.
    #[must_use]
    pub fn path_of(&self, domain: &str) -> String {
        if domain == STRIPPED_DOMAIN {
            return self.path.clone().unwrap_or_default();
        }
        let domain: String = domain.chars().filter(|letter| !"[]".contains(*letter)).collect();
        let domain = domain.replace("::", "_").replace(':', "_").to_ascii_lowercase();
        self.path.iter().map(|path| format!("{path}/")).chain([domain]).collect()
    }

    /// An image's name there: `harbor.example:8443/site-a/docker.io/library/nginx:1.25`.
    ///
    /// # Errors
    /// When the name becomes too long, or its domain is none that a path can hold.
    pub fn name_of(&self, image: &Reference) -> Result<Reference, InvalidReference> {
        let tag = image.tag().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = image.digest().map(|digest| format!("@{digest}")).unwrap_or_default();
        let path = format!("{}/{}", self.path_of(image.domain()), image.path());
        format!("{}/{}{tag}{digest}", self.name(), path.trim_start_matches('/')).parse()
    }
}

/// A host as URLs and image names have it: an IPv6 address in brackets.
#[must_use]
pub fn bracketed(host: &str) -> String {
    match host.parse() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(domain: &str, port: Option<u16>, path: Option<&str>) -> ExternalRegistry {
        let (domain, path) = (domain.to_owned(), path.map(str::to_owned));
        ExternalRegistry { domain, port, path, ..ExternalRegistry::default() }
    }

    #[test]
    fn an_image_keeps_its_domain_below_the_path_of_the_site() {
        let image =
            |registry: &ExternalRegistry, name: &str| registry.name_of(&name.parse().unwrap()).unwrap().to_string();
        let harbor = registry("harbor.example", Some(8443), Some("site-a"));
        assert_eq!(image(&harbor, "nginx:1.25"), "harbor.example:8443/site-a/docker.io/library/nginx:1.25");
        assert_eq!(image(&harbor, "r.example:5000/a:1"), "harbor.example:8443/site-a/r.example_5000/a:1");
        let digest = format!("quay.io/a/b@{}", crate::Digest::of(b"x"));
        assert_eq!(image(&registry("hub", None, None).with_port(80), &digest), format!("hub:80/{digest}"));
        assert_eq!(image(&harbor, "stripped.invalid/a/b:1"), "harbor.example:8443/site-a/a/b:1");
        assert_eq!(image(&registry("hub", Some(80), None), "stripped.invalid/a:1"), "hub:80/a:1");
        assert_eq!(image(&harbor, "[fd00::1]:5000/a:1"), "harbor.example:8443/site-a/fd00_1_5000/a:1");
    }

    #[test]
    fn an_address_of_version_6_stands_in_brackets() {
        let address = registry("fd00:0::1", None, None);
        assert_eq!((address.name(), address.url()), ("[fd00::1]".to_owned(), "https://[fd00::1]".to_owned()));
        let plain = ExternalRegistry { insecure: true, ..address.with_port(5000) };
        assert_eq!(plain.url(), "http://[fd00::1]:5000");
        assert_eq!(plain.name_of(&"a:1".parse().unwrap()).unwrap().domain(), "[fd00::1]:5000");
    }

    impl ExternalRegistry {
        fn with_port(self, port: u16) -> Self {
            Self { port: Some(port), ..self }
        }
    }
}
