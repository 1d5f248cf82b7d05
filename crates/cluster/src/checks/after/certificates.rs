//! Certificates: none has ended, none ends soon.

use super::After;
use super::objects::Found;
use super::probe::Unreadable;
use crate::checks::check::Check;
use sealer_model::checks::Severity::{Error, Warning};

pub(super) const CHECKS: &[Check] = &[
    Check::cluster(
        ("certificate-ended", Error),
        "no certificate has ended",
        "whoever shows it is turned away",
        "renew what kubeadm made with `sealer cert renew`; a kubelet renews its own, `journalctl -u kubelet` there says why it did not",
        |after| ending(after, i64::MIN, 0),
    ),
    Check::cluster(
        ("certificate-ends-soon", Warning),
        "no certificate ends within 30 days",
        "kubeadm makes them for one year, and nobody remembers the day",
        "renew what kubeadm made with `sealer cert renew`; a kubelet renews its own, `journalctl -u kubelet` there says why it did not",
        |after| ending(after, 0, 30 * DAY),
    ),
    Check::cluster(
        ("certificate-unreadable", Error),
        "every certificate can be read",
        "a program that is started anew with it does not start",
        "put the file back from a backup (`sealer restore`), or make it anew with `sealer cert renew`",
        |after| {
            let of = |(host, probed): (&std::net::IpAddr, &super::Probed)| {
                let host = host.to_string();
                let found = |it: &Unreadable| (host.clone(), format!("{} {}", it.path, it.reason));
                probed.unreadable.iter().map(found).collect::<Found>()
            };
            after.probed.iter().flat_map(of).collect()
        },
    ),
];

const DAY: i64 = 86_400;

/// Certificates that end after `from` and up to `until` seconds from now.
fn ending(after: &After, from: i64, until: i64) -> Found {
    let mut found = Vec::new();
    for (host, probed) in &after.probed {
        for certificate in &probed.certificates {
            let left = certificate.ends - after.now;
            if left > from && left <= until {
                let days = left.div_euclid(DAY).abs();
                let when = if left > 0 { format!("ends in {days} days") } else { format!("ended {days} days ago") };
                found.push((host.to_string(), format!("{} {when}", certificate.path)));
            }
        }
    }
    found
}
