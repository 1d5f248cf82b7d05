//! Whose an object is: Helm writes a release's name into all its objects, and touches no object of somebody else. Objects of manifests bear the
//! name of their application, but for those that hold what others have made: several applications may bring the same namespace.

use crate::object::{Object, annotation, holds_others};
use serde_json::{Map, Value};

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const RELEASE: &str = "meta.helm.sh/release-name";
const NAMESPACE: &str = "meta.helm.sh/release-namespace";
const APPLICATION: &str = "sealer.io/application";

/// Writes into an object whose it is.
pub(crate) fn mark(object: &mut Object, release: &str, namespace: &str) {
    set(&mut object.content, "labels", MANAGED_BY, "Helm");
    set(&mut object.content, "annotations", RELEASE, release);
    set(&mut object.content, "annotations", NAMESPACE, namespace);
}

/// Writes into an object of manifests which application it belongs to: `web/site`.
pub(crate) fn mark_application(object: &mut Object, application: &str) {
    if !holds_others(&object.identity.kind) {
        set(&mut object.content, "annotations", APPLICATION, application);
    }
}

/// The application that an object in the cluster belongs to.
pub(crate) fn owner_of(live: &Value) -> Option<&str> {
    annotation(live, APPLICATION)
}

/// What says that an object in the cluster belongs to another application, or to a release; none where nobody has claimed it.
pub(crate) fn stranger_to_application(live: &Value, application: &str) -> Option<String> {
    let release = annotation(live, RELEASE).map(|release| format!("{RELEASE} is {release}"));
    let other = owner_of(live).filter(|owner| *owner != application).map(|owner| format!("{APPLICATION} is {owner}"));
    release.or(other)
}

fn set(content: &mut Value, map: &str, key: &str, text: &str) {
    let Some(metadata) = content.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let entry = metadata.entry(map).or_insert_with(|| Value::Object(Map::new()));
    if entry.is_null() {
        *entry = Value::Object(Map::new());
    }
    if let Some(entries) = entry.as_object_mut() {
        entries.insert(key.to_owned(), Value::from(text));
    }
}

/// What says that an object in the cluster is not that release's; none where it is.
pub(crate) fn stranger(live: &Value, release: &str, namespace: &str) -> Option<String> {
    let label = live.pointer("/metadata/labels").and_then(|labels| labels.get(MANAGED_BY)).and_then(Value::as_str);
    let found = [
        (MANAGED_BY, label, "Helm"),
        (RELEASE, annotation(live, RELEASE), release),
        (NAMESPACE, annotation(live, NAMESPACE), namespace),
    ];
    let wrong = found.iter().find(|(_, found, wanted)| *found != Some(*wanted));
    wrong.map(|(key, found, wanted)| match found {
        Some(found) => format!("{key} is {found}, not {wanted}"),
        None => format!("it has no {key}, which would be {wanted}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::discovery::Kinds;
    use crate::object::parse;

    #[test]
    fn an_object_of_manifests_belongs_to_one_application() {
        let text =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}";
        let mut objects = parse("a", text, &Kinds::of_tests(), "web").unwrap();
        assert_eq!(stranger_to_application(&objects[0].content, "web/site"), None);
        objects.iter_mut().for_each(|object| mark_application(object, "web/site"));
        assert_eq!(stranger_to_application(&objects[0].content, "web/site"), None);
        let of_other = stranger_to_application(&objects[0].content, "web/shop").unwrap();
        assert_eq!(of_other, "sealer.io/application is web/site");
        assert_eq!(owner_of(&objects[1].content), None, "several may bring the same namespace");
        mark(&mut objects[0], "chart", "web");
        assert!(stranger_to_application(&objects[0].content, "web/site").unwrap().contains("release-name is chart"));
    }

    #[test]
    fn an_object_is_its_releases_and_nobody_elses() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: null, annotations: {x: z}}";
        let mut object = parse("a", text, &Kinds::of_tests(), "web").unwrap().remove(0);
        let without = "it has no app.kubernetes.io/managed-by, which would be Helm";
        assert_eq!(stranger(&object.content, "site", "web").unwrap(), without);
        mark(&mut object, "site", "web");
        assert_eq!(stranger(&object.content, "site", "web"), None);
        assert_eq!(annotation(&object.content, "x"), Some("z"));
        let other = "meta.helm.sh/release-name is site, not shop";
        assert_eq!(stranger(&object.content, "shop", "web").unwrap(), other);
    }
}
