//! Makes a host find and trust the site's registry and the API: a block of our own in `/etc/hosts`, the authority's
//! certificate, and one `hosts.toml` that sends every image name, unchanged, to the registry.

use crate::delivery::Delivery;
use crate::step::{Answer, Changes, On, everywhere};
use crate::steps::balancer::loopback;
use crate::steps::init;
use crate::steps::registry::{cluster_folder, file};
use sealer_model::agent::Change;
use sealer_model::cluster::{API_SERVER_DOMAIN, Cluster, InvalidCluster, Member, Role};

/// Trust the site's registry.
pub(crate) struct TrustRegistry;

const FOLDER: &str = "/etc/containerd/certs.d/_default";

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

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            let cluster = on.cluster();
            let joined = on.agent()?.read_file(&init::mark(cluster)).await?.is_some();
            let url = cluster.registry.url();
            Ok(vec![
                cluster_folder(cluster),
                names(cluster, on.member, joined)?,
                Change::Directory { path: "/etc/containerd".into(), mode: 0o755 },
                file(format!("{FOLDER}/ca.crt"), 0o644, &on.context.authority.certificate),
                file(format!("{FOLDER}/hosts.toml"), 0o644, &hosts_toml(&url)),
            ])
        })
    }
}

/// Where a host finds the API and the registry: a node at its own balancer, a master at itself. A master that has not joined yet
/// has no API of its own and asks the first one.
pub(super) fn names(cluster: &Cluster, member: &Member, joined: bool) -> Result<Change, InvalidCluster> {
    let first = cluster.first_master()?.address;
    let (registry, api) = match member.role {
        Role::Node => (loopback(member.address), loopback(member.address)),
        Role::Master => (member.address, if joined { member.address } else { first }),
    };
    let mut lines = vec![format!("{registry} {}", cluster.registry.domain), format!("{api} {API_SERVER_DOMAIN}")];
    lines.extend(cluster.site.host_aliases.iter().map(|alias| format!("{} {}", alias.ip, alias.hostnames.join(" "))));
    Ok(Change::Block { path: "/etc/hosts".into(), name: cluster.name.clone(), lines })
}

/// `server` is set too, because a closed site has no other place to ask and should not wait for one.
fn hosts_toml(url: &str) -> String {
    format!(
        "server = \"{url}\"\n\n\
         [host.\"{url}\"]\n  \
         capabilities = [\"pull\", \"resolve\"]\n  \
         ca = \"{FOLDER}/ca.crt\"\n"
    )
}
