//! API versions that Kubernetes has removed, by the minor version that no longer serves them, and where they are still used: in manifests
//! that an image brings, in objects that were applied with them, in what an API server counts.
//!
//! The rows of beta versions come from Kubernetes' published deprecation guide, or from its lifecycle marks and release notes; those of
//! alpha versions, of which the guide says nothing, from the release notes and the marks. Some rest on one witness alone, a list made of the
//! published types of all releases: PodSecurityPolicy of extensions/v1beta1 and ControllerRevision (1.16), PodPreset (1.20),
//! SelfSubjectRulesReview (1.22), IPAddress and ServiceCIDR of v1alpha1 and resource.k8s.io/v1alpha2 (1.31), SelfSubjectReview (1.32 and
//! 1.33), ValidatingAdmissionPolicy and its binding of v1beta1 (1.34), VolumeAttributesClass and PodCertificateRequest of v1alpha1 (1.35),
//! Workload of v1alpha1 (1.36). Left out, because the sources differ: flowcontrol.apiserver.k8s.io/v1alpha1 (1.21 or 1.24) and
//! VolumeAttachment of storage.k8s.io/v1alpha1 (1.23 or 1.24).

mod served;
mod table;
mod uses;

pub use served::{replacements, unserved};
use std::fmt;
use table::{NOT_LISTED, ROWS};
pub use uses::{Use, in_documents, in_metrics, in_object};

/// A kind in an API version that is gone from some minor version on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// `extensions/v1beta1`.
    pub api_version: &'static str,
    /// `Ingress`.
    pub kind: &'static str,
    /// Its name in paths.
    pub resource: &'static str,
    /// Whether its objects can be looked through: they are kept, and people write them.
    pub is_listed: bool,
    /// The minor version that does not have it any more.
    pub minor: u32,
    /// The API version to use instead in the minor version that was asked about; none where the kind is gone for good.
    pub instead: Option<&'static str>,
}

/// The table as it is: what to use instead is that of the minor version that removed it.
fn rows() -> impl Iterator<Item = Removal> {
    ROWS.iter().flat_map(|(minor, api_version, instead, kinds)| {
        let (minor, instead) = (*minor, *instead);
        kinds.iter().map(move |(kind, resource)| {
            let is_listed = !NOT_LISTED.contains(kind);
            Removal { api_version, kind, resource, is_listed, minor, instead }
        })
    })
}

/// All that is gone in a minor version, the oldest first, each with what to use instead there.
pub fn removals(minor: u32) -> impl Iterator<Item = Removal> {
    rows().filter(move |it| it.minor <= minor).map(move |it| Removal { instead: it.successor(minor), ..it })
}

/// What became of a kind in an API version up to a minor version.
#[must_use]
pub fn removed(api_version: &str, kind: &str, minor: u32) -> Option<Removal> {
    let removal = row(api_version, kind).filter(|it| it.minor <= minor)?;
    Some(Removal { instead: removal.successor(minor), ..removal })
}

fn row(api_version: &str, kind: &str) -> Option<Removal> {
    rows().find(|it| it.api_version == api_version && it.kind == kind)
}

impl Removal {
    /// What to use instead in a minor version: what came after it, and after that, until it is there.
    fn successor(&self, minor: u32) -> Option<&'static str> {
        let mut instead = self.instead?;
        while let Some(next) = row(instead, self.kind).filter(|it| it.minor <= minor) {
            instead = next.instead?;
        }
        Some(instead)
    }

    /// Where objects of the kind are listed, the first that an API server has; by the newer version before the older, because whoever
    /// asks for the older is counted.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let versions = self.instead.into_iter().chain([self.api_version]).filter(|_| self.is_listed);
        versions.map(|version| format!("/apis/{version}/{}", self.resource)).collect()
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self.instead {
            Some(instead) => format!("write {} as {instead}", self.kind),
            None => format!("do without {}: it is gone for good", self.kind),
        }
    }
}

/// `extensions/v1beta1 Ingress, which Kubernetes has no more since v1.22`
impl fmt::Display for Removal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api_version, kind, minor, .. } = self;
        write!(formatter, "{api_version} {kind}, which Kubernetes has no more since v1.{minor}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The newest minor version of the table.
    const NEWEST: u32 = 36;

    #[test]
    fn a_kind_is_gone_from_the_version_on_that_removed_it() {
        assert_eq!(removed("extensions/v1beta1", "Ingress", 21), None);
        let gone = removed("extensions/v1beta1", "Ingress", 22).unwrap();
        assert_eq!(gone.to_string(), "extensions/v1beta1 Ingress, which Kubernetes has no more since v1.22");
        let paths = ["/apis/networking.k8s.io/v1/ingresses", "/apis/extensions/v1beta1/ingresses"];
        assert_eq!(gone.paths(), paths);
        assert_eq!(removed("policy/v1beta1", "PodSecurityPolicy", 25).unwrap().instead, None);
        assert_eq!(removed("networking.k8s.io/v1", "Ingress", 36), None);
        assert_eq!(removed("rbac.authorization.k8s.io/v1alpha1", "Role", 22), None);
        assert_eq!(removed("rbac.authorization.k8s.io/v1alpha1", "Role", 23).unwrap().minor, 23);
        assert_eq!(removed("coordination.k8s.io/v1beta1", "Lease", 22).unwrap().paths(), Vec::<String>::new());
    }

    #[test]
    fn what_to_write_is_what_the_wanted_version_has() {
        let instead = |api_version, kind, minor| removed(api_version, kind, minor).unwrap().instead;
        let flows = |minor| instead("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", minor);
        assert_eq!(flows(26), Some("flowcontrol.apiserver.k8s.io/v1beta2"));
        assert_eq!(flows(28), Some("flowcontrol.apiserver.k8s.io/v1beta2"));
        assert_eq!(flows(29), Some("flowcontrol.apiserver.k8s.io/v1beta3"));
        assert_eq!(flows(32), Some("flowcontrol.apiserver.k8s.io/v1"));
        assert_eq!(instead("batch/v2alpha1", "CronJob", 24), Some("batch/v1beta1"));
        assert_eq!(instead("batch/v2alpha1", "CronJob", 25), Some("batch/v1"));
        assert_eq!(instead("extensions/v1beta1", "PodSecurityPolicy", 24), Some("policy/v1beta1"));
        assert_eq!(instead("extensions/v1beta1", "PodSecurityPolicy", 25), None);
        let remedy = removed("extensions/v1beta1", "PodSecurityPolicy", 25).unwrap().remedy();
        assert_eq!(remedy, "do without PodSecurityPolicy: it is gone for good");
    }

    #[test]
    fn what_to_write_is_never_gone_itself_and_every_chain_ends() {
        for minor in 13..=NEWEST {
            for removal in removals(minor) {
                let newer = removal.instead.and_then(|instead| row(instead, removal.kind));
                let is_gone = newer.is_some_and(|it| it.minor <= minor);
                assert!(!is_gone, "1.{minor}: {removal} is to be written as what is gone itself");
            }
        }
        for removal in rows() {
            let next = removal.instead.and_then(|instead| row(instead, removal.kind));
            assert!(next.is_none_or(|next| next.minor > removal.minor), "{removal}: its successor went no later");
        }
    }

    /// How Kubernetes names its own kinds in paths.
    fn plural(kind: &str) -> String {
        let kind = kind.to_lowercase();
        match kind.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None if kind.ends_with("ss") => format!("{kind}es"),
            None if kind.ends_with('s') => kind,
            None => format!("{kind}s"),
        }
    }

    #[test]
    fn every_row_is_there_once_with_a_name_in_paths_and_the_oldest_first() {
        let mut seen = BTreeSet::new();
        for it in rows() {
            assert!(seen.insert((it.api_version, it.kind)), "{it} is there twice");
            assert_eq!(it.resource, plural(it.kind), "{it}");
            assert!((16..=NEWEST).contains(&it.minor), "{it}");
        }
        assert!(rows().is_sorted_by_key(|it| it.minor));
        for kind in NOT_LISTED {
            assert!(rows().any(|it| it.kind == *kind), "{kind} is in no row");
        }
    }
}
