//! What the docker daemon is told that a cluster runs on: one of ours from the rootfs, or one that the host has already. A daemon of ours
//! has no network of its own, because pods get theirs from elsewhere and nothing shall be left in the packet filter.

use super::other_runtimes::{file, value};
use sealer_model::agent::{Change, JsonValue, Text};
use sealer_model::cluster::SiteRegistry;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The unit.
pub(crate) const UNIT: &str = "docker.service";

/// What the unit of one of ours is known by; facts look for it, too.
pub(crate) const DESCRIPTION: &str = "docker of the sealer cluster";

/// Where a daemon of ours listens for its clients, and where the kubelet looks for it.
const SOCKET: &str = "unix:///run/docker.sock";

/// Where authorities lie that docker is to believe for domains that nobody can name beforehand.
const AUTHORITIES: &str = "/etc/sealer/docker-authorities";

/// Where programs of Go look for authorities by themselves.
const USUAL_AUTHORITIES: &str = "/etc/ssl/certs:/etc/pki/tls/certs";

/// A docker daemon.
pub(crate) struct Daemon<'a> {
    /// The site's registry.
    pub(crate) registry: &'a SiteRegistry,
    /// Who signs for it, PEM.
    pub(crate) trusted: &'a str,
    /// Its way to registries.
    pub(crate) proxy: SocketAddr,
}

impl Daemon<'_> {
    /// What `daemon.json` says to one that the host has already: that containers live on while it begins anew, and the mirror.
    pub(crate) fn values_of_owners(&self) -> Vec<JsonValue> {
        vec![self.mirror(), said("live-restore", &json!(true))]
    }

    /// And to one of ours. Logs are as long as the kubelet keeps them with other runtimes.
    pub(crate) fn values(&self, cgroup_driver: &str) -> Vec<JsonValue> {
        let mut values = self.values_of_owners();
        values.push(item("exec-opts", format!("native.cgroupdriver={cgroup_driver}")));
        values.extend([
            said("bridge", &json!("none")),
            said("iptables", &json!(false)),
            said("ip-forward", &json!(false)),
            said("log-driver", &json!("json-file")),
            said("log-opts", &json!({ "max-size": "10m", "max-file": "5" })),
        ]);
        values
    }

    /// Docker Hub's images are asked for at mirrors, by everybody who may.
    fn mirror(&self) -> JsonValue {
        item("registry-mirrors", self.registry.url())
    }

    /// The authority for domains with a `*`.
    pub(crate) fn authorities(&self) -> Option<Change> {
        let wanted = self.registry.stands_for_patterns();
        wanted.then(|| file(format!("{AUTHORITIES}/ca.crt"), self.trusted))
    }

    /// Lines of a unit. The list of exceptions does not name hosts, so that it stays the same when some come or go.
    fn environment(&self) -> String {
        let authorities = match self.registry.stands_for_patterns() {
            true => format!("Environment=SSL_CERT_DIR={AUTHORITIES}:{USUAL_AUTHORITIES}\n"),
            false => String::new(),
        };
        format!(
            "Environment=HTTPS_PROXY=http://{}\nEnvironment=NO_PROXY=localhost,127.0.0.1,::1,{}\n{authorities}",
            self.proxy, self.registry.domain
        )
    }

    /// What is said beside the unit of one that the host has already.
    pub(crate) fn drop_in(&self) -> Change {
        let text = format!("[Unit]\nAfter=sealer-balancer.service\n\n[Service]\n{}", self.environment());
        Change::DropIn { name: UNIT.into(), text: Text(text) }
    }

    /// The unit of one of ours, over the containerd beside it.
    pub(crate) fn unit(&self, rootfs: &str, path: &str) -> String {
        format!(
            "[Unit]\n\
             Description={DESCRIPTION}\n\
             After=network-online.target containerd.service sealer-balancer.service\n\
             Wants=network-online.target containerd.service\n\
             \n\
             [Service]\n\
             Environment=PATH={rootfs}/cri:{path}\n\
             {}\
             ExecStart={rootfs}/cri/dockerd --host {SOCKET} --containerd /run/containerd/containerd.sock\n\
             ExecReload=/bin/kill -s HUP $MAINPID\n\
             Type=notify\n\
             NotifyAccess=all\n\
             Delegate=yes\n\
             KillMode=process\n\
             Restart=always\n\
             RestartSec=2\n\
             TasksMax=infinity\n\
             \n\
             [Install]\n\
             WantedBy=multi-user.target\n",
            self.environment()
        )
    }
}

fn said(name: &str, json: &Value) -> JsonValue {
    value(vec![name.to_owned()], json, false)
}

fn item(name: &str, text: String) -> JsonValue {
    value(vec![name.to_owned()], &Value::from(text), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daemon(registry: &SiteRegistry) -> Daemon<'_> {
        Daemon { registry, trusted: "pem", proxy: "127.0.0.1:5443".parse().unwrap() }
    }

    fn told(values: &[JsonValue]) -> Vec<String> {
        values.iter().map(|value| format!("{}={}", value.at.join("."), value.json.0)).collect()
    }

    #[test]
    fn an_owners_daemon_is_told_no_more_than_it_has_to_know() {
        let registry = SiteRegistry::default();
        let owners = ["registry-mirrors=\"https://sea.hub:5000\"", "live-restore=true"];
        assert_eq!(told(&daemon(&registry).values_of_owners()), owners);
        let ours = told(&daemon(&registry).values("systemd"));
        assert!(ours.starts_with(&owners.map(str::to_owned)), "{ours:?}");
        for value in
            ["exec-opts=\"native.cgroupdriver=systemd\"", "bridge=\"none\"", "iptables=false", "ip-forward=false"]
        {
            assert!(ours.contains(&value.to_owned()), "{value} is not in {ours:?}");
        }
    }

    #[test]
    fn its_way_to_registries_does_not_change_with_the_hosts() {
        let registry = SiteRegistry { stands_for: vec!["quay.io".into()], ..SiteRegistry::default() };
        let Change::DropIn { name, text } = daemon(&registry).drop_in() else { panic!("no drop-in") };
        let lines: Vec<&str> = text.0.lines().collect();
        assert_eq!(name, "docker.service");
        assert_eq!(
            lines[4..],
            ["Environment=HTTPS_PROXY=http://127.0.0.1:5443", "Environment=NO_PROXY=localhost,127.0.0.1,::1,sea.hub",]
        );
        assert_eq!(daemon(&registry).authorities(), None);
    }

    #[test]
    fn domains_that_nobody_can_name_beforehand_are_believed_by_an_authority_for_all() {
        let registry = SiteRegistry { stands_for: vec!["*.corp.example".into()], ..SiteRegistry::default() };
        let Some(Change::File { path, .. }) = daemon(&registry).authorities() else { panic!("no authority") };
        let unit = daemon(&registry).unit("/r", "/usr/bin");
        assert_eq!(path, "/etc/sealer/docker-authorities/ca.crt");
        assert!(unit.contains("\nEnvironment=SSL_CERT_DIR=/etc/sealer/docker-authorities:/etc/ssl/certs"), "{unit}");
        assert!(unit.contains("\nExecStart=/r/cri/dockerd --host unix:///run/docker.sock --containerd "), "{unit}");
    }
}
