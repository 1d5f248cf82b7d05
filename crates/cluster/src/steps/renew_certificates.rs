//! Renews what kubeadm made on a master, and restarts the parts of the control plane that serve with it. Kubelets renew their own.

use crate::delivery::command;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::control_plane::{PARTS, restart};
use crate::{Error, Fleet};
use sealer_model::Digest;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::kubeadm::KubernetesVersion;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Renew certificates.
#[derive(Default)]
pub(crate) struct RenewCertificates {
    /// What the certificates of hosts were before, to see that they are others afterwards.
    before: Mutex<BTreeMap<IpAddr, BTreeMap<String, Digest>>>,
}

/// Certificates that kubeadm renews, as they lie on a master; its authorities are made for ten years and stay.
const RENEWED: [&str; 7] = [
    "apiserver.crt",
    "apiserver-kubelet-client.crt",
    "apiserver-etcd-client.crt",
    "front-proxy-client.crt",
    "etcd/server.crt",
    "etcd/peer.crt",
    "etcd/healthcheck-client.crt",
];

impl Step<Fleet> for RenewCertificates {
    fn id(&self) -> &'static str {
        "renew-certificates"
    }

    fn title(&self) -> &'static str {
        "Renew certificates"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    /// Whoever asks for a renewal wants one, however young the certificates are.
    fn probe<'a>(&'a self, _: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, ()> {
        Box::pin(async move {
            let before = digests(on).await?;
            self.before.lock().unwrap_or_else(PoisonError::into_inner).insert(on.address(), before);
            let version = on.fleet().run_silently(on.address(), &command(on.cluster(), "kubeadm", &VERSION)).await?;
            let renew = command(on.cluster(), "kubeadm", renewal(version.trim().parse()?));
            on.fleet().run(on.address(), "renew-certificates", renew).await?;
            restart(on, "renew-certificates", &PARTS).await
        })
    }

    fn verify<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async move {
            let now = digests(on).await?;
            let before =
                self.before.lock().unwrap_or_else(PoisonError::into_inner).remove(&on.address()).unwrap_or_default();
            Ok(before.iter().all(|(path, digest)| now.get(path).is_some_and(|now| now != digest)))
        })
    }
}

/// Asks kubeadm for its version alone.
const VERSION: [&str; 3] = ["version", "--output", "short"];

/// The command was called alpha before 1.20.
fn renewal(version: KubernetesVersion) -> &'static [&'static str] {
    if version.minor < 20 { &["alpha", "certs", "renew", "all"] } else { &["certs", "renew", "all"] }
}

/// The certificates that are there, by their paths.
async fn digests(on: &On<'_, Fleet>) -> Result<BTreeMap<String, Digest>, Error> {
    let mut found = BTreeMap::new();
    for name in RENEWED {
        let path = format!("/etc/kubernetes/pki/{name}");
        if let Some(content) = on.agent()?.read_file(&path).await? {
            found.insert(path, Digest::of(&content));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_has_the_name_that_this_kubeadm_knows() {
        let of = |version: &str| renewal(version.parse().unwrap()).join(" ");
        assert_eq!(of("v1.19.16"), "alpha certs renew all");
        assert_eq!(of("v1.20.2"), "certs renew all");
    }
}
