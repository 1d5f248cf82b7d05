//! Makes a host find and trust the site's registry and the API: a block of our own in `/etc/hosts`, the authority's
//! certificate, and one `hosts.toml` that sends every image name, unchanged, to the registry.

use crate::Error;
use crate::authority::names as is_named;
use crate::delivery::{Delivery, external_password_file};
use crate::registry::hosts_toml::{FOLDER, HostsToml};
use crate::registry::other_runtimes::{DOCKER, OtherRuntimes, PASSWORDS};
use crate::registry::{External, basic};
use crate::step::{Answer, Changes, On, everywhere};
use crate::steps::balancer::loopback;
use crate::steps::init;
use crate::steps::registry::{cluster_folder, file};
use sealer_model::agent::Change;
use sealer_model::cluster::{
    API_SERVER_DOMAIN, Cluster, ContainerRuntime, ExternalRegistry, InvalidCluster, Member, Role,
};
use sealer_model::image::Extension;
use sealer_model::reference::STRIPPED_DOMAIN;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Trust the site's registry.
pub(crate) struct TrustRegistry;

impl Changes for TrustRegistry {
    fn id(&self) -> &'static str {
        "trust"
    }

    fn title(&self) -> &'static str {
        "Trust the site's registry"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        let of_runtime: &[&str] = match cluster.container_runtime {
            ContainerRuntime::Containerd => &["/etc/containerd/certs.d/"],
            ContainerRuntime::Docker => &["/etc/docker/", PASSWORDS],
        };
        let all = ["/etc/hosts"].iter().chain(of_runtime).map(|path| (*path).to_owned());
        all.chain([format!("{}/", cluster.folder())]).collect()
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            let cluster = on.cluster();
            let joined = on.agent()?.read_file(&init::mark(cluster)).await?.is_some();
            let mut changes = vec![cluster_folder(cluster), names(cluster, on.member, joined)?];
            changes.extend(match &cluster.registry.external {
                Some(registry) => of_external(on, registry).await?,
                None => of_local(on)?,
            });
            Ok(changes)
        })
    }
}

fn of_local(on: &On<'_, Delivery>) -> Result<Vec<Change>, Error> {
    let (cluster, authority, login) = (on.cluster(), &on.context.authority, on.context.host_login());
    let authorization = login.as_ref().map(basic);
    let further = further(cluster, on.member, &authority.registry_certificate);
    let registry = &cluster.registry;
    let hosts = HostsToml { registry, further: &further, authorization: authorization.as_deref() }.text();
    // who can read it can pull everything
    let mode = if authorization.is_some() { 0o600 } else { 0o644 };
    let surroundings = &on.fleet().facts_of(on.address())?.surroundings;
    let domains = domains(on);
    let others = OtherRuntimes::of_local(registry, &authority.trusted, &domains, login.as_ref());
    if cluster.container_runtime == ContainerRuntime::Docker {
        // a folder that docker writes to, too
        let own = (!surroundings.has_own_docker()).then(|| Change::Directory { path: DOCKER.into(), mode: 0o755 });
        let others = others.standing_for(&registry.stands_for);
        return Ok(own.into_iter().chain(others.changes(surroundings)).collect());
    }
    let mut changes = vec![
        Change::Directory { path: CONTAINERD.into(), mode: 0o755 },
        file(format!("{FOLDER}/ca.crt"), 0o644, &authority.trusted),
        file(format!("{FOLDER}/hosts.toml"), mode, &hosts),
    ];
    changes.extend(others.changes(surroundings));
    Ok(changes)
}

/// Where containerd looks for what it is told.
const CONTAINERD: &str = "/etc/containerd";

async fn of_external(on: &On<'_, Delivery>, registry: &ExternalRegistry) -> Result<Vec<Change>, Error> {
    let (login, mut domains) = (on.context.external_login().await?, domains(on));
    domains.remove(STRIPPED_DOMAIN);
    let authorization = login.as_ref().map(basic);
    let mut changes = vec![Change::Directory { path: CONTAINERD.into(), mode: 0o755 }];
    changes.extend(External { registry, domains: &domains, authorization: authorization.as_deref() }.changes());
    if let Some(login) = login.as_ref().filter(|_| on.member.role == Role::Master) {
        changes.push(file(external_password_file(on.cluster()), 0o600, &login.password.0));
    }
    let others = OtherRuntimes::of_external(registry, &domains, login.as_ref());
    changes.extend(others.changes(&on.fleet().facts_of(on.address())?.surroundings));
    Ok(changes)
}

/// Domains of images that the registry has or gets.
fn domains(on: &On<'_, Delivery>) -> BTreeSet<String> {
    let carried = on.context.bundle.container_images.iter().map(|image| image.domain().to_owned());
    let behind = on.cluster().registry.upstreams.iter().map(|it| it.pattern.clone());
    carried.chain(behind.filter(|it| !it.contains('*'))).collect()
}

/// Where a host finds the API and the registry: a node at its own balancer, a master at itself. A master that has not joined yet
/// has no API of its own and asks the first one; one without a registry asks the registry's first host.
pub(super) fn names(cluster: &Cluster, member: &Member, joined: bool) -> Result<Change, InvalidCluster> {
    let first = cluster.first_master()?.address;
    let api = match member.role {
        Role::Node => loopback(member.address),
        Role::Master if joined => member.address,
        Role::Master => first,
    };
    let registry = registry_of(cluster, member);
    let mut lines = vec![format!("{registry} {}", cluster.registry.domain), format!("{api} {API_SERVER_DOMAIN}")];
    let named = |host: &Member| Some(format!("{} {}", host.address, cluster.registry.name_of(host.address)?));
    lines.extend(cluster.registry_hosts().into_iter().filter_map(named));
    // whoever gets a new name has to find itself by it
    lines.extend(cluster.site.host_names.get(&member.address).map(|name| format!("{} {name}", member.address)));
    lines.extend(cluster.site.host_aliases.iter().map(|alias| format!("{} {}", alias.ip, alias.hostnames.join(" "))));
    Ok(Change::Block { path: "/etc/hosts".into(), name: cluster.name.clone(), lines })
}

fn registry_of(cluster: &Cluster, member: &Member) -> IpAddr {
    match member.role {
        Role::Node => loopback(member.address),
        Role::Master if cluster.has_registry(member.address) => member.address,
        Role::Master => cluster.registry_hosts().first().map_or(member.address, |host| host.address),
    }
}

/// The registries that a host asks by their addresses when the one behind the name does not answer. A certificate that was brought along
/// need not name them, and then they cannot be asked like that.
fn further(cluster: &Cluster, member: &Member, certificate: &str) -> Vec<IpAddr> {
    let behind_the_name = registry_of(cluster, member);
    let others = cluster.registry_hosts().into_iter().map(|host| host.address).filter(|it| *it != behind_the_name);
    let registry = &cluster.registry;
    others.filter(|it| registry.insecure || is_named(certificate, &registry.called_by_runtimes(*it))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    fn first_line(cluster: &Cluster, host: &str) -> String {
        let member = cluster.members.iter().find(|member| member.address.to_string() == host).unwrap();
        let Change::Block { lines, .. } = names(cluster, member, true).unwrap() else { panic!("no block") };
        lines[0].clone()
    }

    #[test]
    fn registries_at_addresses_of_ipv6_have_names_that_every_host_knows() {
        let cluster = cluster(&["fd00::1", "fd00::2"], &["fd00::9"]);
        let Change::Block { lines, .. } = names(&cluster, &cluster.members[2], true).unwrap() else {
            panic!("no block")
        };
        assert_eq!(
            lines,
            [
                "::1 sea.hub",
                "::1 apiserver.cluster.local",
                "fd00::1 fd00-0-0-0-0-0-0-1.sea.hub",
                "fd00::2 fd00-0-0-0-0-0-0-2.sea.hub",
            ]
        );
    }

    #[test]
    fn every_host_finds_a_registry_and_knows_the_others_by_address() {
        let mut cluster = cluster(&["10.0.0.1", "10.0.0.2", "10.0.0.3"], &["10.0.0.9"]);
        cluster.registry.insecure = true;
        let further = |cluster: &Cluster, host: usize| further(cluster, &cluster.members[host], "").len();
        assert_eq!(first_line(&cluster, "10.0.0.2"), "10.0.0.2 sea.hub");
        assert_eq!(first_line(&cluster, "10.0.0.9"), "127.0.0.1 sea.hub");
        assert_eq!((further(&cluster, 1), further(&cluster, 3)), (2, 3));
        cluster.registry.hosts = vec!["10.0.0.3".parse().unwrap()];
        assert_eq!(first_line(&cluster, "10.0.0.2"), "10.0.0.3 sea.hub");
        assert_eq!((further(&cluster, 1), further(&cluster, 2), further(&cluster, 3)), (0, 0, 1));
        cluster.registry.insecure = false;
        // the certificate names nobody
        assert_eq!(further(&cluster, 3), 0);
    }
}
