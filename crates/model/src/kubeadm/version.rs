//! Kubernetes versions, and which of kubeadm's API versions each of them reads and writes.

use crate::Digest;
use std::fmt;
use std::str::FromStr;

/// `v1.20.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubernetesVersion {
    /// Always 1 so far.
    pub major: u32,
    /// The minor version that decides the API versions.
    pub minor: u32,
    /// The patch level.
    pub patch: u32,
}

/// The text is no Kubernetes version, or one for which sealer cannot write a configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVersion {
    /// Not `v1.20.2`.
    #[error("\"{0}\" is not a Kubernetes version such as v1.20.2")]
    Malformed(String),
    /// Older than kubeadm's v1beta1.
    #[error("Kubernetes {0} is older than v1.13, the oldest that sealer can configure")]
    TooOld(KubernetesVersion),
}

impl FromStr for KubernetesVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let malformed = || InvalidVersion::Malformed(text.to_owned());
        let plain = text.strip_prefix('v').unwrap_or(text);
        let release = plain.split(['-', '+']).next().unwrap_or(plain);
        let numbers: Vec<u32> =
            release.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| malformed())?;
        match numbers[..] {
            [major, minor, patch] => Ok(Self { major, minor, patch }),
            _ => Err(malformed()),
        }
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "v{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// An upgrade that Kubernetes does not support.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedUpgrade {
    /// More than one minor version at a time.
    #[error("from Kubernetes {from} to {to} a minor version would be left out; upgrade to v{}.{} first", from.major, from.minor + 1)]
    TooFar {
        /// The oldest version in the cluster.
        from: KubernetesVersion,
        /// The version of the image.
        to: KubernetesVersion,
    },
    /// Back, where somebody asked to go on.
    #[error("the cluster runs Kubernetes {from}, and {to} is older: an upgrade does not go back")]
    Older {
        /// The newest version in the cluster.
        from: KubernetesVersion,
        /// The version of the image.
        to: KubernetesVersion,
    },
    /// Back to what cannot read what the newer one wrote.
    #[error(
        "Kubernetes {from} does not go back to {to} with what it has in etcd: what the newer one wrote the older one may not read"
    )]
    Back {
        /// The newest version in the cluster.
        from: KubernetesVersion,
        /// The version of the image.
        to: KubernetesVersion,
    },
}

/// Which way a cluster goes to another image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direction {
    /// On.
    On,
    /// Back, with all that is in etcd.
    Back,
    /// Back, with what was in etcd before the upgrade to this image.
    BackToSnapshot(Digest),
}

/// Whether a cluster whose nodes run these versions may go to another: one minor version at a time, and back only within a minor version,
/// unless etcd goes back with it.
///
/// # Errors
/// Why not.
pub fn check_upgrade(
    running: &[KubernetesVersion],
    to: KubernetesVersion,
    direction: &Direction,
) -> Result<(), UnsupportedUpgrade> {
    let (Some(oldest), Some(newest)) = (running.iter().min().copied(), running.iter().max().copied()) else {
        return Ok(());
    };
    if to.major == oldest.major && to.minor > oldest.minor + 1 {
        return Err(UnsupportedUpgrade::TooFar { from: oldest, to });
    }
    let same_minor = (to.major, to.minor) == (newest.major, newest.minor);
    match direction {
        Direction::On if to < newest => Err(UnsupportedUpgrade::Older { from: newest, to }),
        Direction::Back if to < newest && !same_minor => Err(UnsupportedUpgrade::Back { from: newest, to }),
        _ => Ok(()),
    }
}

/// A version of kubeadm's configuration API, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApiVersion {
    /// Read by Kubernetes 1.13 to 1.21.
    V1beta1,
    /// Read by Kubernetes 1.15 to 1.26.
    V1beta2,
    /// Read by Kubernetes 1.22 to 1.36.
    V1beta3,
    /// Read by Kubernetes 1.31 and later.
    V1beta4,
}

impl ApiVersion {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::V1beta1, Self::V1beta2, Self::V1beta3, Self::V1beta4];

    /// The newest API version that this Kubernetes reads.
    ///
    /// # Errors
    /// When Kubernetes is older than 1.13.
    pub fn of(version: KubernetesVersion) -> Result<Self, InvalidVersion> {
        let known = Self::ALL.into_iter().rev().find(|api| api.is_read_by(version));
        known.ok_or(InvalidVersion::TooOld(version))
    }

    /// Whether a version of Kubernetes reads it.
    #[must_use]
    pub fn is_read_by(self, version: KubernetesVersion) -> bool {
        let minors = match self {
            Self::V1beta1 => 13..=21,
            Self::V1beta2 => 15..=26,
            Self::V1beta3 => 22..=36,
            Self::V1beta4 => 31..=u32::MAX,
        };
        match version.major {
            0 => false,
            1 => minors.contains(&version.minor),
            _ => self == Self::V1beta4,
        }
    }

    /// The text in `apiVersion`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1beta1 => "kubeadm.k8s.io/v1beta1",
            Self::V1beta2 => "kubeadm.k8s.io/v1beta2",
            Self::V1beta3 => "kubeadm.k8s.io/v1beta3",
            Self::V1beta4 => "kubeadm.k8s.io/v1beta4",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_minor_version_at_a_time_and_back_only_within_one() {
        let version = |text: &str| text.parse::<KubernetesVersion>().unwrap();
        let check = |running: &[&str], to: &str, direction| {
            let running: Vec<KubernetesVersion> = running.iter().map(|text| version(text)).collect();
            check_upgrade(&running, version(to), &direction).map_err(|error| error.to_string())
        };
        for (running, to, direction) in [
            (&["v1.20.2"][..], "v1.20.3", Direction::On),
            (&["v1.20.2", "v1.21.0"], "v1.21.0", Direction::On),
            (&["v1.20.3"], "v1.20.2", Direction::Back),
            (&["v1.21.0", "v1.20.9"], "v1.20.9", Direction::BackToSnapshot(Digest::of(b"next"))),
        ] {
            assert_eq!(check(running, to, direction), Ok(()));
        }
        assert!(check(&["v1.20.2"], "v1.22.0", Direction::On).unwrap_err().contains("upgrade to v1.21 first"));
        assert!(check(&["v1.20.3"], "v1.20.2", Direction::On).unwrap_err().contains("does not go back"));
        assert!(check(&["v1.21.0"], "v1.20.9", Direction::Back).unwrap_err().contains("does not go back"));
    }

    fn api(version: &str) -> Result<ApiVersion, InvalidVersion> {
        ApiVersion::of(version.parse().unwrap())
    }

    #[test]
    fn minor_versions_compare_as_numbers() {
        assert_eq!(api("v1.20.2"), Ok(ApiVersion::V1beta2));
        assert_eq!(api("v1.14.9"), Ok(ApiVersion::V1beta1));
        assert_eq!(api("v1.21.14"), Ok(ApiVersion::V1beta2));
        assert_eq!(api("v1.22.0"), Ok(ApiVersion::V1beta3));
        assert_eq!(api("v1.30.9"), Ok(ApiVersion::V1beta3));
        assert_eq!(api("1.31.0-rc.1"), Ok(ApiVersion::V1beta4));
        assert!(matches!(api("v1.9.11"), Err(InvalidVersion::TooOld(_))));
    }

    #[test]
    fn half_a_version_is_refused() {
        for text in ["", "v1", "1.20", "v1.20.x", "latest"] {
            assert!(text.parse::<KubernetesVersion>().is_err(), "{text:?} was accepted");
        }
    }
}
