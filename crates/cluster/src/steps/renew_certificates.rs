//! Renews what kubeadm made on a master, and restarts the parts of the control plane that serve with it. Kubelets renew their own.

use crate::delivery::command;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::control_plane::{PARTS, restart};
use crate::{Error, Fleet, examination};
use sealer_model::cluster::{Cluster, Member};

/// Renew certificates.
pub(crate) struct RenewCertificates {
    /// When the renewal was asked for, in seconds since 1970: what is younger is renewed already.
    pub(crate) since: i64,
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

    fn probe<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async move {
            for name in RENEWED {
                let path = format!("/etc/kubernetes/pki/{name}");
                let Some(content) = on.agent()?.read_file(&path).await? else { continue };
                let made = made(&content).ok_or_else(|| Error::NotACertificate { host: on.address(), path })?;
                if made < self.since {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, ()> {
        Box::pin(async move {
            let renew = command(on.cluster(), "kubeadm", &["certs", "renew", "all"]);
            on.fleet().run(on.address(), "renew-certificates", renew).await?;
            restart(on, "renew-certificates", &PARTS).await
        })
    }
}

/// When kubeadm made the first certificate of a PEM file, in seconds since 1970. It dates the begin back to that of the authority, so the
/// time of making follows from the end alone.
fn made(pem: &[u8]) -> Option<i64> {
    Some(examination::end_of(pem)? - YEAR)
}

/// How long kubeadm's certificates are good.
const YEAR: i64 = 365 * 24 * 60 * 60;
