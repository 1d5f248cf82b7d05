//! Versions of etcd: what one writes, an etcd of an older minor version does not start with.

use crate::Reference;
use std::fmt;

/// A minor version of etcd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EtcdVersion {
    /// 3 since long.
    pub major: u32,
    /// The one that decides.
    pub minor: u32,
}

impl EtcdVersion {
    /// The version that the tag of an image says: `3.5.16-0`, `v3.6.1`.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let mut numbers = tag.trim_start_matches('v').split(['.', '-', '_']).map_while(|part| part.parse().ok());
        Some(Self { major: numbers.next()?, minor: numbers.next()? })
    }

    /// The oldest version among container images that are called `etcd`, by their tags.
    #[must_use]
    pub fn oldest_of(images: &[Reference]) -> Option<Self> {
        let images = images.iter().filter(|name| name.path().rsplit('/').next() == Some("etcd"));
        images.filter_map(|name| Self::of_tag(name.tag()?)).min()
    }
}

/// `3.5`
impl fmt::Display for EtcdVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_versions_are_compared_as_numbers_and_other_images_are_not_etcd() {
        let oldest = |names: &[&str]| {
            let images: Vec<Reference> = names.iter().map(|name| name.parse().unwrap()).collect();
            EtcdVersion::oldest_of(&images).map(|version| version.to_string())
        };
        let several = ["registry.k8s.io/etcd:3.10.1-0", "k8s.gcr.io/etcd:v3.5.16", "quay.io/coreos/etcd-operator:0.9"];
        assert_eq!(oldest(&several).as_deref(), Some("3.5"));
        assert_eq!(oldest(&["k8s.gcr.io/etcd:latest", "shop/myetcd:3.4.1"]), None);
        assert!(EtcdVersion::of_tag("3.10.0") > EtcdVersion::of_tag("3.9.4-1"));
    }
}
