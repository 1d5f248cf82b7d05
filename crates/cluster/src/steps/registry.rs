//! Starts the site's registry: this same program as a systemd unit over the store that the image was sent to, with a
//! certificate of this cluster's authority. It runs before any container runtime does.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::{Answer, Changes, On, first_master, other_masters};
use sealer_model::agent::{Change, Content, Text};
use sealer_model::cluster::{Cluster, Member};
use std::net::IpAddr;

/// Start the site's registry: on the first master before all else, on each other one when it has its copy of the image.
pub(crate) enum StartRegistry {
    /// On the first master.
    First,
    /// On the other masters.
    Others,
}

/// Where this program lies for those that systemd starts.
pub(super) const PROGRAM: &str = "/usr/local/bin/sealer";

impl Changes for StartRegistry {
    fn id(&self) -> &'static str {
        "registry"
    }

    fn title(&self) -> &'static str {
        "Start the site's registry"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        match self {
            Self::First => first_master(cluster),
            Self::Others => other_masters(cluster),
        }
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            let folder = format!("{}/registry", on.cluster().folder());
            let authority = &on.context.authority;
            let unit = unit(&folder, on.address(), on.cluster().registry.port);
            Ok(vec![
                cluster_folder(on.cluster()),
                Change::Directory { path: folder.clone(), mode: 0o700 },
                file(format!("{folder}/registry.crt"), 0o644, &authority.registry_certificate),
                file(format!("{folder}/registry.key"), 0o600, &authority.registry_key),
                program(on)?,
                file("/etc/systemd/system/sealer-registry.service".into(), 0o644, &unit),
                Change::Unit { name: "sealer-registry.service".into(), running: true },
            ])
        })
    }
}

/// This program, for units; the agent's own file may be replaced by another version.
pub(super) fn program(on: &On<'_, Delivery>) -> Result<Change, Error> {
    let content = Content::CopyOf(on.fleet().agent_program(on.address())?.to_owned());
    Ok(Change::File { path: PROGRAM.into(), mode: 0o755, content })
}

/// The cluster's folder, the first of our things on a host: whatever programs of the cluster leave in it goes with it.
pub(super) fn cluster_folder(cluster: &Cluster) -> Change {
    Change::Directory { path: cluster.folder(), mode: 0o755 }
}

/// A file with this text.
pub(super) fn file(path: String, mode: u32, text: &str) -> Change {
    Change::File { path, mode, content: Content::Text(Text(text.to_owned())) }
}

fn unit(folder: &str, host: IpAddr, port: u16) -> String {
    let address = if host.is_ipv4() { "0.0.0.0" } else { "[::]" };
    format!(
        "[Unit]\n\
         Description=Registry of the sealer cluster\n\
         Wants=network-online.target\n\
         After=network-online.target\n\
         \n\
         [Service]\n\
         ExecStart={PROGRAM} registry serve --root /var/lib/sealer/registry --addr {address}:{port} \
         --tls-cert {folder}/registry.crt --tls-key {folder}/registry.key --read-only\n\
         Restart=always\n\
         RestartSec=2\n\
         \n\
         [Install]\n\
         WantedBy=multi-user.target\n"
    )
}
