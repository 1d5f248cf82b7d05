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

/// The image store that is served.
const STORE: &str = "/var/lib/sealer/registry";

/// What only the running registry can enter.
const RUNTIME: &str = "/run/sealer-registry";

/// Ports below are root's.
const LEAST_FREE_PORT: u16 = 1024;

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

/// The registry only reads, so it needs no user that lasts: systemd gives it one that owns nothing, and it sees the key in a folder
/// that is its own while it runs. What must be done as root is done before: the files for that folder, and the look at blobs that
/// may be torn after a power failure, whose failure is no reason not to serve what is whole. Settings that a host's systemd does
/// not know yet are left out by it, and the registry then runs as root.
fn unit(folder: &str, host: IpAddr, port: u16) -> String {
    let address = if host.is_ipv4() { "0.0.0.0" } else { "[::]" };
    let capability = if port < LEAST_FREE_PORT { "CAP_NET_BIND_SERVICE" } else { "" };
    format!(
        "[Unit]\n\
         Description=Registry of the sealer cluster\n\
         Wants=network-online.target\n\
         After=network-online.target\n\
         \n\
         [Service]\n\
         PermissionsStartOnly=true\n\
         ExecStartPre=/usr/bin/install -m 0644 {folder}/registry.crt {folder}/registry.key {RUNTIME}/\n\
         ExecStartPre=-{PROGRAM} registry usage --root {STORE}\n\
         ExecStart={PROGRAM} registry serve --root {STORE} --addr {address}:{port} \
         --tls-cert {RUNTIME}/registry.crt --tls-key {RUNTIME}/registry.key --read-only\n\
         Environment=SEALER_ROOT=/var/lib/sealer\n\
         DynamicUser=yes\n\
         User=sealer-registry\n\
         RuntimeDirectory=sealer-registry\n\
         RuntimeDirectoryMode=0700\n\
         CapabilityBoundingSet={capability}\n\
         AmbientCapabilities={capability}\n\
         NoNewPrivileges=yes\n\
         ProtectSystem=strict\n\
         ProtectHome=yes\n\
         PrivateTmp=yes\n\
         PrivateDevices=yes\n\
         ProtectKernelTunables=yes\n\
         ProtectKernelModules=yes\n\
         ProtectControlGroups=yes\n\
         RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n\
         RestrictNamespaces=yes\n\
         LockPersonality=yes\n\
         SystemCallArchitectures=native\n\
         LimitNOFILE=16384\n\
         Restart=always\n\
         RestartSec=2\n\
         \n\
         [Install]\n\
         WantedBy=multi-user.target\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(host: &str, port: u16) -> Vec<String> {
        unit("/c/registry", host.parse().unwrap(), port).lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_registry_runs_as_nobody_in_particular_and_reads_its_key_from_its_own_folder() {
        let unit = lines("10.0.0.1", 5000);
        for line in ["DynamicUser=yes", "CapabilityBoundingSet=", "AmbientCapabilities=", "NoNewPrivileges=yes"] {
            assert!(unit.iter().any(|found| found == line), "{line} is not in {unit:#?}");
        }
        let start = unit.iter().find(|line| line.starts_with("ExecStart=")).unwrap();
        assert!(start.contains("--read-only") && !start.contains("/c/registry"), "{start}");
    }

    #[test]
    fn it_listens_on_every_address_of_the_hosts_family_and_on_ports_of_roots_where_asked_to() {
        assert!(lines("10.0.0.1", 5000).iter().any(|line| line.contains("--addr 0.0.0.0:5000 ")));
        let unit = lines("fd00::1", 443);
        assert!(unit.iter().any(|line| line.contains("--addr [::]:443 ")));
        assert!(unit.iter().any(|line| line == "AmbientCapabilities=CAP_NET_BIND_SERVICE"));
    }
}
