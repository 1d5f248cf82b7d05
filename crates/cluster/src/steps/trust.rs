//! Makes a host find and trust the site's registry and the API: a block of our own in `/etc/hosts`, the authority's
//! certificate, and one `hosts.toml` that sends every image name, unchanged, to the registry.

use crate::delivery::Delivery;
use crate::step::{Answer, Changes, On, everywhere};
use crate::steps::registry::{cluster_folder, file};
use sealer_model::agent::Change;
use sealer_model::cluster::{API_SERVER_DOMAIN, Cluster, Member};

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
            let master = cluster.first_master()?.address;
            let lines = vec![format!("{master} {}", cluster.registry.domain), format!("{master} {API_SERVER_DOMAIN}")];
            let url = cluster.registry.url();
            Ok(vec![
                cluster_folder(cluster),
                Change::Block { path: "/etc/hosts".into(), name: cluster.name.clone(), lines },
                Change::Directory { path: "/etc/containerd".into(), mode: 0o755 },
                file(format!("{FOLDER}/ca.crt"), 0o644, &on.context.authority.certificate),
                file(format!("{FOLDER}/hosts.toml"), 0o644, &hosts_toml(&url)),
            ])
        })
    }
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
