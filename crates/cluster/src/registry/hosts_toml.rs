//! One `hosts.toml` for containerd, which reads it for every pull: it sends every image name, unchanged, to the site's registries, by name
//! first and then to each by its address, so that a pull goes on where the one behind the name has just died. Registries at addresses
//! of IPv6 have names instead, because containerd 1.6 throws a file away that has a table for such an address.

use sealer_model::cluster::SiteRegistry;
use std::net::IpAddr;

/// Where containerd looks for hosts of names that nothing else is said of.
pub(crate) const FOLDER: &str = "/etc/containerd/certs.d/_default";

/// What a host is told of the registries.
pub(crate) struct HostsToml<'a> {
    /// The site's registry.
    pub(crate) registry: &'a SiteRegistry,
    /// Addresses of those that the name does not lead to for sure.
    pub(crate) further: &'a [IpAddr],
    /// The value of the header `Authorization`, where it wants to know who asks.
    pub(crate) authorization: Option<&'a str>,
}

impl HostsToml<'_> {
    /// `server` is set too, because a closed site has no other place to ask and should not wait for one; pushes go there.
    pub(crate) fn text(&self) -> String {
        let url = self.registry.url();
        let mut text = format!("server = \"{url}\"\ncapabilities = [\"pull\", \"resolve\", \"push\"]\n");
        text.push_str(&self.trust(""));
        text.push_str(&self.header("header", ""));
        let others = self.further.iter().map(|address| self.registry.url_for_runtimes(*address));
        for url in std::iter::once(url.clone()).chain(others) {
            text.push_str(&format!("\n[host.\"{url}\"]\n  capabilities = [\"pull\", \"resolve\"]\n"));
            text.push_str(&self.trust("  "));
            text.push_str(&self.header(&format!("host.\"{url}\".header"), "  "));
        }
        text
    }

    fn trust(&self, indent: &str) -> String {
        if self.registry.insecure { String::new() } else { format!("{indent}ca = \"{FOLDER}/ca.crt\"\n") }
    }

    fn header(&self, table: &str, indent: &str) -> String {
        let header = |value: &str| format!("\n{indent}[{table}]\n{indent}  Authorization = [\"{value}\"]\n");
        self.authorization.map(header).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_before_addresses_and_plain_http_needs_no_authority() {
        let registry = SiteRegistry { insecure: true, port: 5001, ..SiteRegistry::default() };
        let further = ["fd00::2".parse().unwrap()];
        let text = HostsToml { registry: &registry, further: &further, authorization: None }.text();
        assert_eq!(
            text,
            "server = \"http://sea.hub:5001\"\n\
             capabilities = [\"pull\", \"resolve\", \"push\"]\n\
             \n\
             [host.\"http://sea.hub:5001\"]\n  capabilities = [\"pull\", \"resolve\"]\n\
             \n\
             [host.\"http://fd00-0-0-0-0-0-0-2.sea.hub:5001\"]\n  capabilities = [\"pull\", \"resolve\"]\n"
        );
    }

    #[test]
    fn whoever_has_to_say_who_it_is_says_it_everywhere() {
        let registry = SiteRegistry::default();
        let further = ["10.0.0.2".parse().unwrap()];
        let text = HostsToml { registry: &registry, further: &further, authorization: Some("Basic eA==") }.text();
        assert_eq!(text.matches("Authorization = [\"Basic eA==\"]").count(), 3);
        assert_eq!(text.matches("ca = \"/etc/containerd/certs.d/_default/ca.crt\"").count(), 3);
        // the header's table ends what is said of the server, so it stands behind it
        assert!(text.find("ca = ").unwrap() < text.find("[header]").unwrap());
    }
}
