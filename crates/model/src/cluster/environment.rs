//! The environment that templates, scripts and launch commands see: what the image says, over it the cluster, the command line, the
//! host and the application, and the names that sealer fills in by itself. These names are a public contract of the Go sealer.

use super::{Cluster, Member, Secrets};
use crate::image::Extension;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Variables by name.
pub type Environment = BTreeMap<String, String>;

/// Where the services' range is, when no document says it.
const SERVICES: &str = "10.96.0.0/12";

/// The variable in which older Clusterfiles have the services' range, and images that fill it into their kubeadm configuration.
pub(crate) const SERVICES_VARIABLE: &str = "SvcCIDR";

impl Cluster {
    /// The environment on one host: image, cluster, host; then what sealer fills in, which nobody may set. Secrets that are not known are
    /// left out.
    #[must_use]
    pub fn environment(&self, extension: &Extension, member: &Member, secrets: &Secrets) -> Environment {
        let mut environment = extension.env.clone();
        environment.extend(self.env.clone());
        environment.extend(secrets.of(&self.site.env_from));
        environment.extend(self.site.host_env.get(&member.address).cloned().unwrap_or_default());
        environment.extend(self.site.host_env_from.get(&member.address).map(|it| secrets.of(it)).unwrap_or_default());
        let computed = self.computed(&environment, member.address);
        environment.extend(computed);
        environment
    }

    /// The same for an application: what the image and the site say of it comes on top, but for what sealer fills in.
    #[must_use]
    pub fn application_environment(
        &self,
        extension: &Extension,
        name: &str,
        member: &Member,
        secrets: &Secrets,
    ) -> Environment {
        let mut environment = self.environment(extension, member, secrets);
        environment.extend(extension.application(name).map(|it| it.env.clone()).unwrap_or_default());
        if let Some(settings) = self.site.applications.get(name) {
            environment.extend(settings.env.clone());
            environment.extend(secrets.of(&settings.env_from));
        }
        let computed = self.computed(&environment, member.address);
        environment.extend(computed);
        environment
    }

    fn computed(&self, environment: &Environment, host: IpAddr) -> Environment {
        let mut computed = BTreeMap::from([("ContainerRuntime".to_owned(), self.container_runtime.name().to_owned())]);
        computed.extend(self.registry.variables());
        computed.insert("HostIP".to_owned(), host.to_string());
        computed.insert("HostIPFamily".to_owned(), if host.is_ipv4() { "4" } else { "6" }.to_owned());
        let services = self.services(environment);
        let addresses = [("KubeSvcIP", 1), ("DNSSvcIP", 10)];
        let known = addresses.iter().filter_map(|(name, number)| Some((*name, address(&services, *number)?)));
        computed.extend(known.map(|(name, address)| (name.to_owned(), address.to_string())));
        computed
    }

    /// The range of services' addresses, of the first family where there are two.
    fn services(&self, environment: &Environment) -> String {
        let written =
            self.site.kubeadm.cluster.get("networking").and_then(|networking| networking["serviceSubnet"].as_str());
        let range = written.or(environment.get(SERVICES_VARIABLE).map(String::as_str)).unwrap_or(SERVICES);
        range.split(',').next().unwrap_or_default().trim().to_owned()
    }
}

/// An address of a range by its number, counted from the range's own first one, whatever address of it was written; none where the
/// range makes no sense.
fn address(range: &str, number: u8) -> Option<IpAddr> {
    let (written, prefix) = range.split_once('/')?;
    let prefix: u32 = prefix.parse().ok()?;
    match written.parse().ok()? {
        IpAddr::V4(written) => {
            let host = u32::MAX.checked_shr(prefix).unwrap_or(0);
            let first = u32::from(written) & !host;
            (u32::from(number) <= host).then(|| Ipv4Addr::from(first | u32::from(number)).into())
        }
        IpAddr::V6(written) => {
            let host = u128::MAX.checked_shr(prefix).unwrap_or(0);
            let first = u128::from(written) & !host;
            (u128::from(number) <= host).then(|| Ipv6Addr::from(first | u128::from(number)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{ApplicationSettings, Role};
    use crate::image::Application;

    fn said(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_later_wins_and_nobody_sets_what_sealer_fills_in() {
        let mut cluster = crate::cluster::tests::cluster(&[("10.0.0.1", Role::Master), ("10.0.0.2", Role::Node)]);
        let member = cluster.members[1].clone();
        let application =
            Application { name: "web".into(), env: said(&[("D", "application")]), ..Application::default() };
        let image = said(&[("A", "image"), ("B", "image"), ("C", "image"), ("D", "image"), ("E", "image")]);
        let extension = Extension { env: image, applications: vec![application], ..Extension::default() };
        cluster.env =
            said(&[("B", "cluster"), ("C", "cluster"), ("HostIP", "1.1.1.1"), ("SvcCIDR", "10.1.0.0/22,fd00::/112")]);
        cluster.site.host_env.insert(member.address, said(&[("C", "host")]));
        let settings = ApplicationSettings { env: said(&[("E", "site")]), ..ApplicationSettings::default() };
        cluster.site.applications.insert("web".into(), settings);

        let seen = cluster.application_environment(&extension, "web", &member, &Secrets::default());
        let values: Vec<&str> =
            ["A", "B", "C", "D", "E", "HostIP", "HostIPFamily", "KubeSvcIP", "DNSSvcIP", "RegistryURL"]
                .iter()
                .map(|name| seen[*name].as_str())
                .collect();
        let expected = [
            "image",
            "cluster",
            "host",
            "application",
            "site",
            "10.0.0.2",
            "4",
            "10.1.0.1",
            "10.1.0.10",
            "sea.hub:5000",
        ];
        assert_eq!(values, expected);
        let first = cluster.members[0].clone();
        assert_eq!(cluster.environment(&extension, &first, &Secrets::default())["C"], "cluster");
    }

    #[test]
    fn the_services_range_of_a_kubeadm_document_counts_before_the_variable() {
        let mut cluster = crate::cluster::tests::cluster(&[("10.0.0.1", Role::Master)]);
        let member = cluster.members[0].clone();
        cluster.env = said(&[("SvcCIDR", "10.1.0.0/22")]);
        cluster.site.kubeadm.cluster.insert("networking".into(), serde_json::json!({"serviceSubnet": "fd00::/112"}));
        assert_eq!(cluster.environment(&Extension::default(), &member, &Secrets::default())["DNSSvcIP"], "fd00::a");
        cluster.site.kubeadm.cluster.insert("networking".into(), serde_json::json!({"serviceSubnet": "nonsense"}));
        assert!(!cluster.environment(&Extension::default(), &member, &Secrets::default()).contains_key("DNSSvcIP"));
    }

    #[test]
    fn addresses_are_counted_from_the_ranges_first_one() {
        let cases = [
            ("10.96.0.0/12", Some("10.96.0.10")),
            ("10.96.5.7/22", Some("10.96.4.10")),
            ("fd00::ffff/112", Some("fd00::a")),
            ("10.96.0.0/29", None),
            ("10.96.0.1/32", None),
            ("0.0.0.0/0", Some("0.0.0.10")),
        ];
        for (range, expected) in cases {
            assert_eq!(address(range, 10).map(|it| it.to_string()).as_deref(), expected, "{range}");
        }
    }
}
