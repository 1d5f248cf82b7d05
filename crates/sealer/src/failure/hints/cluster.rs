//! About whole clusters.

use super::host;
use crate::exit::Exit;
use sealer_cluster::Error;
use sealer_model::kubeadm::UnsupportedUpgrade;

/// Whether hosts may have been changed before the error.
pub(super) fn kind(error: &Error) -> Option<Exit> {
    match error {
        Error::Interrupted => Some(Exit::Interrupted),
        Error::Preflight(_) => Some(Exit::ProblemsFound),
        _ if part_way(error) => Some(Exit::PartWay),
        _ => None,
    }
}

/// Whether its causes, however they are put right elsewhere, are put right by what the hint says.
pub(super) fn says_all(error: &Error) -> bool {
    matches!(error, Error::ExternalRegistry { .. })
}

fn part_way(error: &Error) -> bool {
    matches!(error, Error::Step { .. } | Error::NotVerified { .. } | Error::NotReady { .. })
}

/// Every finding of the checks before the start.
pub(super) fn details(error: &Error) -> Vec<String> {
    let Error::Preflight(findings) = error else {
        return Vec::new();
    };
    findings.iter().map(|finding| format!("{finding} [{}]", finding.id)).collect()
}

/// What to do.
pub(super) fn hints(error: &Error) -> Vec<String> {
    match error {
        Error::Preflight(findings) => {
            let all = "`sealer check --pre` tells warnings, too, and why each matters; --ignore ID lets one not count";
            let remedies = findings.iter().map(|finding| format!("{}: {}", finding.subject, finding.remedy));
            remedies.chain([all.to_owned()]).collect()
        }
        Error::Unfinished { cluster, .. } => vec![format!(
            "`sealer resume --cluster-name {cluster}` goes on with it; after an upgrade, `sealer rollback` goes back instead"
        )],
        Error::Exists { cluster, .. } => vec![format!(
            "remove it with `sealer delete --all --cluster-name {cluster}`, or give the new one another --cluster-name"
        )],
        other => hint(other).map(str::to_owned).into_iter().collect(),
    }
}

fn hint(error: &Error) -> Option<&'static str> {
    match error {
        Error::Interrupted => {
            Some("what was done stays done: `sealer resume`, or the same command, goes on from there")
        }
        _ if part_way(error) => {
            Some("what was done stays done: when the cause is gone, the same command goes on from there")
        }
        Error::Hosts { .. } => Some(
            "check that each address is right, that its SSH server runs, and that --user, --passwd, --pk and --port fit",
        ),
        Error::NoSecret { .. } => {
            Some("name the Clusterfile once more: `sealer apply -f Clusterfile` says where it comes from")
        }
        Error::UnfitRuntime { .. } => Some(
            "write containerd for spec.containerRuntime.type in a Clusterfile; it also counts before what the image asks for",
        ),
        Error::OwnCertificate { .. } => Some("certFile, keyFile and caFile in the Clusterfile say which one it is"),
        Error::ExternalRegistry { .. } => Some(
            "externalRegistry in the Clusterfile says how it is reached: caFile names the authority of its certificate, \
             insecure: true is for one that speaks plain HTTP, username and passwordFrom say who may push",
        ),
        Error::Unknown { .. } => Some("name the cluster with --cluster-name, and use the --root that it was made with"),
        Error::Host(error) => host::hint(error),
        Error::NeverMade { .. } => Some("make it whole with `sealer run` first"),
        Error::NotDrained { .. } => {
            Some("look at what keeps its pods, or leave them behind with --force; the same command goes on")
        }
        Error::Upgrade(UnsupportedUpgrade::Back { .. }) | Error::OlderEtcd { .. } => Some(
            "`sealer rollback --to-snapshot` has etcd go back to what it held before the upgrade; what was written to the cluster since is lost",
        ),
        Error::Upgrade(UnsupportedUpgrade::Older { .. }) => Some("`sealer rollback IMAGE` goes back"),
        Error::NotKept { .. } => Some(
            "a master that has joined since the upgrade has to leave first, with `sealer delete --masters`; where it was never there, \
             `sealer restore` begins anew from a backup",
        ),
        Error::Locked { .. } => Some("wait until it has ended"),
        _ => None,
    }
}
