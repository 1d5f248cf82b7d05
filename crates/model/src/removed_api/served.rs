//! What an API server of a minor version says of itself, as far as the table knows: charts ask for it and choose by it.

use super::rows;
use std::collections::BTreeSet;

/// Kinds of beta versions that came when those were no longer served by themselves.
const TURNED_ON: &[&str] = &["SelfSubjectReview", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];

/// API versions with kinds that were removed at some time, without those that a minor version still serves: `extensions/v1beta1`. Alpha
/// versions are among them, because a server has none unless somebody turned it on.
#[must_use]
pub fn unserved(minor: u32) -> BTreeSet<&'static str> {
    let is_served = |version: &str| {
        let mut left = rows().filter(|it| it.api_version == version && it.minor > minor);
        !version.contains("alpha") && left.any(|it| !TURNED_ON.contains(&it.kind))
    };
    rows().map(|it| it.api_version).filter(|version| !is_served(version)).collect()
}

/// What is to be used instead in a minor version, with its kind: `networking.k8s.io/v1/Ingress`.
#[must_use]
pub fn replacements(minor: u32) -> BTreeSet<String> {
    let all = rows().filter_map(|it| Some(format!("{}/{}", it.successor(minor)?, it.kind)));
    all.filter(|it| !it.contains("alpha")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_served_as_long_as_a_kind_of_it_is() {
        let is_served = |version, minor| !unserved(minor).contains(version);
        assert!(is_served("extensions/v1beta1", 21) && !is_served("extensions/v1beta1", 22));
        assert!(is_served("storage.k8s.io/v1beta1", 26) && !is_served("storage.k8s.io/v1beta1", 27));
        assert!(is_served("policy/v1beta1", 24) && !is_served("policy/v1beta1", 25));
        assert!(is_served("networking.k8s.io/v1", 36), "it is not in the table");
        assert!(!is_served("rbac.authorization.k8s.io/v1alpha1", 20), "nobody turned it on");
        assert!(!is_served("admissionregistration.k8s.io/v1beta1", 30), "what is left of it has to be turned on");
    }

    #[test]
    fn replacements_are_those_of_the_minor_version() {
        assert!(replacements(22).contains("networking.k8s.io/v1/Ingress"));
        assert!(replacements(24).contains("batch/v1/CronJob"));
        let flows = |minor, version| {
            replacements(minor).contains(&format!("flowcontrol.apiserver.k8s.io/{version}/FlowSchema"))
        };
        assert!(flows(29, "v1beta3") && !flows(29, "v1beta2"));
        assert!(flows(32, "v1") && !flows(32, "v1beta3"));
    }
}
