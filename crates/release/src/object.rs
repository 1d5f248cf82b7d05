//! Objects of Kubernetes: what a manifest's text says, and how an object is named apart from all others.

use crate::client::discovery::Kinds;
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealer_template::{Value as TemplateValue, json, yaml};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// What tells one object from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// `apps/v1`
    pub api_version: String,
    /// `Deployment`
    pub kind: String,
    /// Its namespace; none for kinds that lie in no namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl Identity {
    /// Whether both are the same object, whichever API version they are written in.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let group = |version: &str| version.split_once('/').map(|(group, _)| group.to_owned());
        (&self.kind, &self.namespace, &self.name) == (&other.kind, &other.namespace, &other.name)
            && group(&self.api_version) == group(&other.api_version)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{} {namespace}/{}", self.kind, self.name),
            None => write!(formatter, "{} {}", self.kind, self.name),
        }
    }
}

/// An object as a manifest wants it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    pub(crate) identity: Identity,
    /// With its namespace in `metadata`, where it has one.
    pub(crate) content: Value,
}

impl Object {
    /// Whether it stays when its release goes.
    pub(crate) fn is_kept(&self) -> bool {
        is_kept(&self.content)
    }
}

/// Whether an object says that it stays when its release goes.
pub(crate) fn is_kept(object: &Value) -> bool {
    annotation(object, "helm.sh/resource-policy").is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
}

/// Whether kinds of that name hold what others have made: their objects would go with them.
pub(crate) fn holds_others(kind: &str) -> bool {
    matches!(kind, "Namespace" | "CustomResourceDefinition")
}

/// An object's annotation.
pub(crate) fn annotation<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get("metadata")?.get("annotations")?.get(name)?.as_str()
}

/// The objects of a text with any number of documents; lists are taken apart. Objects without a namespace get the one given.
///
/// # Errors
/// A document is no YAML or no object, or its kind is not known.
pub(crate) fn parse(place: &str, text: &str, kinds: &Kinds, namespace: &str) -> Result<Vec<Object>> {
    let wrong = |problem: String| Error::Manifest { place: place.to_owned(), problem };
    let mut objects = Vec::new();
    for document in documents(text).map_err(wrong)? {
        for content in items(document) {
            objects.push(object(place, content, kinds, namespace)?);
        }
    }
    Ok(objects)
}

/// The documents of a text that say anything, as Helm's YAML reader understands them: it reads whole lines, so that the last one ends,
/// too, and a block of text at the end keeps its line feed.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let ended = if text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
    let read = yaml::read_all(&ended).map_err(|error| error.to_string())?;
    let said = read.iter().filter(|document| !matches!(document, TemplateValue::Nil));
    said.map(to_json).collect()
}

/// A template's value as JSON.
pub(crate) fn to_json(value: &TemplateValue) -> Result<Value, String> {
    let text = json::write(value).map_err(|error| error.to_string())?;
    let read: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    Ok(read)
}

/// A `List` is its items.
fn items(document: Value) -> Vec<Value> {
    let is_list = document.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match document {
        Value::Object(mut map) if is_list && map.get("items").is_some_and(Value::is_array) => match map.remove("items")
        {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        other => vec![other],
    }
}

fn object(place: &str, mut content: Value, kinds: &Kinds, namespace: &str) -> Result<Object> {
    let word = |path: &str| content.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (api_version, kind, name) = (word("/apiVersion"), word("/kind"), word("/metadata/name"));
    let missing = [("apiVersion", &api_version), ("kind", &kind), ("metadata.name", &name)];
    if let Some((field, _)) = missing.iter().find(|(_, value)| value.is_empty()) {
        let what = if kind.is_empty() { "an object" } else { kind.as_str() };
        return Err(Error::Manifest { place: place.to_owned(), problem: format!("{what} has no {field}") });
    }
    if name.contains('/') || name == "." || name == ".." {
        return Err(Error::Manifest { place: place.to_owned(), problem: format!("{name} is no name for a {kind}") });
    }
    let given = word("/metadata/namespace");
    let namespace = match kinds.is_namespaced(&api_version, &kind)? {
        true if given.is_empty() => Some(namespace.to_owned()),
        true => Some(given),
        false => None,
    };
    if let (Some(namespace), Some(metadata)) = (&namespace, content.get_mut("metadata").and_then(Value::as_object_mut))
    {
        metadata.insert("namespace".to_owned(), Value::String(namespace.clone()));
    }
    if kind == "Secret" {
        encode_texts(&mut content);
    }
    Ok(Object { identity: Identity { api_version, kind, namespace, name }, content })
}

/// A Secret's `stringData` is only ever written: the cluster puts it into `data`, where it can be compared.
fn encode_texts(secret: &mut Value) {
    let Some(map) = secret.as_object_mut() else { return };
    let Some(Value::Object(texts)) = map.remove("stringData") else { return };
    let data = map.entry("data").or_insert_with(|| Value::Object(Map::new()));
    if data.is_null() {
        *data = Value::Object(Map::new());
    }
    let encoded = texts.into_iter().filter_map(|(key, text)| Some((key, Value::from(STANDARD.encode(text.as_str()?)))));
    if let Some(data) = data.as_object_mut() {
        data.extend(encoded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>> {
        let objects = parse("web/templates/a.yaml", text, &Kinds::of_tests(), "web")?;
        Ok(objects.iter().map(|object| object.identity.to_string()).collect())
    }

    #[test]
    fn documents_and_lists_are_taken_apart() {
        let text = "# nothing\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: List\nitems:\n\
                    - {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: other}}\n\
                    - {apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n";
        assert_eq!(names(text).unwrap(), ["Pod web/a", "Pod other/b", "Namespace shop"]);
    }

    #[test]
    fn a_block_of_text_at_the_end_keeps_its_line_feed() {
        let text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  keeps: |\n    a\n    b";
        for text in [text.to_owned(), format!("{text}\n")] {
            assert_eq!(documents(&text).unwrap()[0]["data"]["keeps"], "a\nb\n");
        }
        assert_eq!(documents("a: |-\n  b").unwrap()[0]["a"], "b");
        assert!(documents("").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_object_is_named_with_its_template() {
        let cases = [
            ("kind: Pod\nmetadata: {name: a}", "web/templates/a.yaml: Pod has no apiVersion"),
            ("apiVersion: v1\nkind: Pod\nmetadata: {}", "web/templates/a.yaml: Pod has no metadata.name"),
            ("just words", "web/templates/a.yaml: an object has no apiVersion"),
            ("{apiVersion: v1, kind: Pod, metadata: {name: ../b}}", "web/templates/a.yaml: ../b is no name for a Pod"),
            ("{apiVersion: v1, kind: Zebra, metadata: {name: b}}", "the cluster has no kind Zebra in v1"),
        ];
        for (text, expected) in cases {
            assert_eq!(names(text).unwrap_err().to_string(), expected);
        }
        assert!(names("a: [").is_err());
    }

    #[test]
    fn texts_of_secrets_become_data() {
        let mut secret = serde_json::json!({"stringData": {"a": "b"}, "data": {"a": "old", "c": "ZA=="}});
        encode_texts(&mut secret);
        assert_eq!(secret, serde_json::json!({"data": {"a": "Yg==", "c": "ZA=="}}));
    }

    #[test]
    fn another_version_of_a_group_is_the_same_object() {
        let identity = |version: &str| Identity {
            api_version: version.to_owned(),
            kind: "Ingress".to_owned(),
            namespace: None,
            name: "a".to_owned(),
        };
        assert!(identity("networking.k8s.io/v1beta1").is_same(&identity("networking.k8s.io/v1")));
        assert!(!identity("extensions/v1beta1").is_same(&identity("networking.k8s.io/v1")));
        assert!(identity("v1").is_same(&identity("v1")));
    }
}
