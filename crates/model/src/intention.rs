//! What was asked of a cluster and is not so yet. It is kept from the moment at which hosts are touched until the verb has ended well,
//! so that `resume` needs nothing but the hosts' password, and no other verb takes a cluster that is half-way to somewhere for what it was.

mod secret_places;

pub use secret_places::SecretPlaces;

use crate::Digest;
use crate::cluster::Cluster;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

/// What was asked for, when, and on which terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intention {
    /// What to do.
    pub work: Work,
    /// What it may take and let pass.
    pub terms: Terms,
    /// When it was first asked for, in seconds since 1970; the same asked for again keeps it.
    pub asked: i64,
}

/// A verb that changes a cluster, with all that it needs to know besides the hosts' passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Work {
    /// Make the cluster.
    Run {
        /// As it shall be.
        cluster: Box<Cluster>,
    },
    /// Bring the image to the hosts and no further.
    LoadImage {
        /// As it shall be.
        cluster: Box<Cluster>,
    },
    /// Add hosts.
    ScaleUp {
        /// As it shall be.
        cluster: Box<Cluster>,
    },
    /// Remove hosts.
    ScaleDown {
        /// Those that leave.
        hosts: BTreeSet<IpAddr>,
        /// Whether those that cannot be reached are forgotten.
        force: bool,
    },
    /// Go on to another image.
    Upgrade {
        /// As it shall be.
        cluster: Box<Cluster>,
        /// Nodes that are away at the same time.
        max_unavailable: usize,
    },
    /// Go back to a former image.
    Rollback {
        /// As it shall be.
        cluster: Box<Cluster>,
        /// Nodes that are away at the same time.
        max_unavailable: usize,
        /// Where etcd goes back, too: to what it held before the upgrade to this image.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before_upgrade_to: Option<Digest>,
    },
    /// Bring what a backup holds onto new masters.
    Restore {
        /// As it shall be.
        cluster: Box<Cluster>,
        /// The backup's file on this machine.
        backup: PathBuf,
    },
    /// Bring the masters back to what a backup of them holds.
    RestoreInPlace {
        /// The backup's file on this machine.
        backup: PathBuf,
    },
    /// Have hosts know names.
    HostAlias {
        /// As it shall be.
        cluster: Box<Cluster>,
    },
    /// Add names to the certificates of the API.
    NameApi {
        /// The names.
        names: Vec<String>,
    },
    /// Renew the certificates.
    RenewCertificates,
    /// Remove the cluster.
    Delete {
        /// Whether hosts that cannot be reached are left as they are.
        #[serde(default)]
        force: bool,
    },
}

/// What the work may take and let pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// How long everything may take to become ready.
    pub deadline_seconds: u64,
    /// Checks that do not count, by their identifiers.
    pub ignore: BTreeSet<String>,
    /// Whether what checks find is put right where that is safe.
    pub fix: bool,
    /// Where the registry's secrets come from.
    #[serde(default)]
    pub secrets: SecretPlaces,
}

impl Work {
    /// The verb, as the journal has it.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Run { .. } => "run",
            Self::LoadImage { .. } => "load-image",
            Self::ScaleUp { .. } => "scale-up",
            Self::ScaleDown { .. } => "scale-down",
            Self::Upgrade { .. } => "upgrade",
            Self::Rollback { .. } => "rollback",
            Self::Restore { .. } | Self::RestoreInPlace { .. } => "restore",
            Self::HostAlias { .. } => "host-alias",
            Self::NameApi { .. } => "cert",
            Self::RenewCertificates => "cert-renew",
            Self::Delete { .. } => "delete",
        }
    }

    /// The cluster as it shall be; none where that follows from how it is.
    #[must_use]
    pub fn cluster(&self) -> Option<&Cluster> {
        match self {
            Self::Run { cluster }
            | Self::LoadImage { cluster }
            | Self::ScaleUp { cluster }
            | Self::Upgrade { cluster, .. }
            | Self::Rollback { cluster, .. }
            | Self::Restore { cluster, .. }
            | Self::HostAlias { cluster } => Some(cluster),
            Self::ScaleDown { .. }
            | Self::RestoreInPlace { .. }
            | Self::NameApi { .. }
            | Self::RenewCertificates
            | Self::Delete { .. } => None,
        }
    }

    /// Whether hosts may be in a state meanwhile which other verbs would take for the former one. A cluster half-way to another image is
    /// neither the one nor the other, one that is being removed is none, and while a backup is brought back the control plane rests.
    fn keeps_others_away(&self) -> bool {
        matches!(
            self,
            Self::Upgrade { .. }
                | Self::Rollback { .. }
                | Self::Restore { .. }
                | Self::RestoreInPlace { .. }
                | Self::Delete { .. }
        )
    }

    /// Whether this has to wait until `other`, which was begun before, has ended. What was begun may go on, an upgrade may be turned back,
    /// another backup may be brought back instead, and whatever was begun, the cluster may be removed.
    #[must_use]
    pub fn has_to_wait_for(&self, other: &Self) -> bool {
        let turns_back = matches!((self, other), (Self::Rollback { .. }, Self::Upgrade { .. }));
        let another_backup = matches!((self, other), (Self::RestoreInPlace { .. }, Self::RestoreInPlace { .. }));
        let removes = matches!(self, Self::Delete { .. });
        other.keeps_others_away() && !turns_back && !another_backup && !removes && !self.is_same_as(other)
    }

    /// Whether both lead to the same, with however many nodes at a time.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Upgrade { cluster, .. }, Self::Upgrade { cluster: wanted, .. }) => cluster == wanted,
            (
                Self::Rollback { cluster, before_upgrade_to, .. },
                Self::Rollback { cluster: wanted, before_upgrade_to: snapshot, .. },
            ) => cluster == wanted && before_upgrade_to == snapshot,
            (Self::ScaleDown { hosts, .. }, Self::ScaleDown { hosts: wanted, .. }) => hosts == wanted,
            (Self::Delete { .. }, Self::Delete { .. }) => true,
            _ => self == other,
        }
    }
}

/// `upgrade to docker.io/library/guestbook:v2`
impl fmt::Display for Work {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.verb())?;
        match self {
            Self::Upgrade { cluster, .. } | Self::Rollback { cluster, .. } => {
                write!(formatter, " to {}", cluster.image)
            }
            _ => Ok(()),
        }
    }
}

impl Intention {
    /// The same wish at another time: what was asked for first counts, if it is the same.
    #[must_use]
    pub fn after(mut self, former: Option<&Self>) -> Self {
        if let Some(former) = former.filter(|former| former.work.is_same_as(&self.work)) {
            self.asked = former.asked;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Role, tests::cluster};

    const DELETE: Work = Work::Delete { force: false };

    fn to(image: &str) -> Box<Cluster> {
        Box::new(Cluster { image: image.parse().unwrap(), ..cluster(&[("10.0.0.1", Role::Master)]) })
    }

    fn upgrade(image: &str, max_unavailable: usize) -> Work {
        Work::Upgrade { cluster: to(image), max_unavailable }
    }

    #[test]
    fn a_cluster_on_its_way_to_another_image_goes_on_or_back_or_away() {
        let begun = upgrade("i:v2", 1);
        let back = Work::Rollback { cluster: to("i:v1"), max_unavailable: 1, before_upgrade_to: None };
        for allowed in [upgrade("i:v2", 3), back, DELETE] {
            assert!(!allowed.has_to_wait_for(&begun), "{allowed}");
        }
        let hosts = BTreeSet::from(["10.0.0.2".parse().unwrap()]);
        let down = Work::ScaleDown { hosts, force: true };
        for refused in
            [upgrade("i:v3", 1), Work::Run { cluster: to("i:v1") }, Work::ScaleUp { cluster: to("i:v1") }, down]
        {
            assert!(refused.has_to_wait_for(&begun), "{refused}");
        }
    }

    #[test]
    fn a_way_back_that_takes_etcd_along_is_another_one() {
        let back = |before_upgrade_to| Work::Rollback { cluster: to("i:v1"), max_unavailable: 1, before_upgrade_to };
        let with_etcd = back(Some(Digest::of(b"v2")));
        assert!(!with_etcd.has_to_wait_for(&upgrade("i:v2", 1)) && !with_etcd.has_to_wait_for(&with_etcd));
        assert!(back(None).has_to_wait_for(&with_etcd) && with_etcd.has_to_wait_for(&back(None)));
    }

    #[test]
    fn a_half_removed_cluster_can_only_be_removed_and_a_half_made_one_may_be_asked_for_differently() {
        assert!(upgrade("i:v2", 1).has_to_wait_for(&DELETE));
        assert!(!DELETE.has_to_wait_for(&Work::Delete { force: true }));
        let begun = Work::Run { cluster: to("i:v1") };
        assert!(!Work::Run { cluster: to("i:v2") }.has_to_wait_for(&begun));
    }

    #[test]
    fn while_a_backup_is_brought_back_only_another_one_may_be_instead() {
        let restore = |backup: &str| Work::RestoreInPlace { backup: backup.into() };
        assert!(!restore("monday").has_to_wait_for(&restore("sunday")));
        assert!(!DELETE.has_to_wait_for(&restore("sunday")));
        assert!(upgrade("i:v2", 1).has_to_wait_for(&restore("sunday")));
        assert!(!Work::Run { cluster: to("i:v1") }.has_to_wait_for(&Work::RenewCertificates));
    }

    #[test]
    fn the_same_asked_for_again_keeps_its_time() {
        let first = Intention { work: upgrade("i:v2", 1), terms: Terms::default(), asked: 7 };
        let again = Intention { work: upgrade("i:v2", 2), asked: 9, ..first.clone() };
        assert_eq!(again.clone().after(Some(&first)).asked, 7);
        let other = Intention { work: upgrade("i:v3", 2), ..again };
        assert_eq!(other.after(Some(&first)).asked, 9);
    }

    #[test]
    fn it_is_read_back_as_it_was_written() {
        let intention = Intention { work: upgrade("i:v2", 1), terms: Terms::default(), asked: 7 };
        let text = serde_json::to_string(&intention).unwrap();
        assert_eq!(serde_json::from_str::<Intention>(&text).unwrap(), intention);
        assert_eq!(intention.work.to_string(), "upgrade to docker.io/library/i:v2");
    }
}
