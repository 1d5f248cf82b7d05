//! In which order objects go and hooks run. In which order objects come, the chart's room knows.

use crate::object::{Identity, Object};
use crate::stored::StoredHook;
use sealer_chart::manifests::place;

/// Kinds in the order in which they are removed; all others follow by name. What refuses changes goes first, for it might refuse the
/// removal of the rest.
const UNINSTALL_ORDER: [&str; 38] = [
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

/// Sorts objects as they are removed.
pub(crate) fn for_removal(objects: &mut [Object]) {
    objects.sort_by_key(|object| place_of_removal(&object.identity.kind));
}

/// Sorts objects of which only the names are known as they are removed.
pub(crate) fn names_for_removal(objects: &mut [Identity]) {
    objects.sort_by_key(|object| place_of_removal(&object.kind));
}

fn place_of_removal(kind: &str) -> (usize, String) {
    match UNINSTALL_ORDER.iter().position(|known| *known == kind) {
        Some(index) => (index, String::new()),
        None => (UNINSTALL_ORDER.len(), kind.to_owned()),
    }
}

/// Sorts objects as they come: what others need first.
pub(crate) fn for_bringing(objects: &mut [Object]) {
    objects.sort_by(|left, right| place(&left.identity.kind).cmp(&place(&right.identity.kind)));
}

/// The hooks of an event by their indexes, in the order in which they run: by weight, then by kind, then by name.
pub(crate) fn hooks_of(hooks: &[StoredHook], event: &str) -> Vec<usize> {
    let mut wanted: Vec<(usize, &StoredHook)> =
        hooks.iter().enumerate().filter(|(_, hook)| hook.events.iter().any(|known| known == event)).collect();
    wanted.sort_by(|(_, left), (_, right)| {
        (left.weight, place(&left.kind), &left.name).cmp(&(right.weight, place(&right.kind), &right.name))
    });
    wanted.into_iter().map(|(index, _)| index).collect()
}

/// Whether a hook's object is removed at that moment: `before-hook-creation` (which counts where nothing is said), `hook-succeeded`,
/// `hook-failed`. Custom kinds never are, for all their objects would go with them.
pub(crate) fn is_removed(hook: &StoredHook, moment: &str) -> bool {
    let policies = &hook.delete_policies;
    let said =
        if policies.is_empty() { moment == "before-hook-creation" } else { policies.iter().any(|it| it == moment) };
    said && hook.kind != "CustomResourceDefinition"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_holds_others_goes_last() {
        let object = |kind: &str| {
            let (api_version, name) = ("v1".to_owned(), "a".to_owned());
            Object {
                identity: Identity { api_version, kind: kind.to_owned(), namespace: None, name },
                content: Value::Null,
            }
        };
        let kinds =
            ["Namespace", "Zebra", "ConfigMap", "Deployment", "Apple", "Service", "ValidatingWebhookConfiguration"];
        let mut objects = kinds.map(object);
        for_removal(&mut objects);
        let sorted: Vec<&str> = objects.iter().map(|object| object.identity.kind.as_str()).collect();
        let expected =
            ["ValidatingWebhookConfiguration", "Service", "Deployment", "ConfigMap", "Namespace", "Apple", "Zebra"];
        assert_eq!(sorted, expected);
    }

    #[test]
    fn hooks_run_by_weight_then_kind_then_name() {
        let hook = |name: &str, kind: &str, weight: i64, event: &str| StoredHook {
            name: name.to_owned(),
            kind: kind.to_owned(),
            weight,
            events: vec!["post-upgrade".to_owned(), event.to_owned()],
            ..StoredHook::default()
        };
        let hooks = [
            hook("z", "Job", 0, "pre-install"),
            hook("a", "Job", 0, "pre-install"),
            hook("b", "ConfigMap", 0, "pre-install"),
            hook("late", "ConfigMap", 5, "pre-install"),
            hook("other", "ConfigMap", -9, "pre-delete"),
            hook("first", "Job", -5, "pre-install"),
        ];
        assert_eq!(hooks_of(&hooks, "pre-install"), [5, 2, 1, 0, 3]);
        assert_eq!(hooks_of(&hooks, "pre-delete"), [4]);
        assert_eq!(hooks_of(&hooks, "test"), [0_usize; 0]);
    }

    #[test]
    fn policies_say_when_a_hook_goes() {
        let cases: [(&str, &[&str], &str, bool); 6] = [
            ("Job", &[], "before-hook-creation", true),
            ("Job", &[], "hook-succeeded", false),
            ("Job", &["hook-succeeded"], "before-hook-creation", false),
            ("Job", &["hook-succeeded", "hook-failed"], "hook-failed", true),
            ("CustomResourceDefinition", &[], "before-hook-creation", false),
            ("CustomResourceDefinition", &["hook-succeeded"], "hook-succeeded", false),
        ];
        for (kind, policies, moment, expected) in cases {
            let delete_policies = policies.iter().map(|policy| (*policy).to_owned()).collect();
            let hook = StoredHook { kind: kind.to_owned(), delete_policies, ..StoredHook::default() };
            assert_eq!(is_removed(&hook, moment), expected, "{kind} {policies:?} {moment}");
        }
    }
}
