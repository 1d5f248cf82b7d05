//! What a cluster has and what a revision wants, side by side: drift where the revision is the deployed one, and what an upgrade would
//! change where it is a new one.

mod manifests;

use super::Values;
use super::upgrade::current;
use crate::apply::{self, mark};
use crate::cluster::about;
use crate::error::{Error, Result};
use crate::merge;
use crate::object::{Identity, Object};
use crate::render::Source;
use crate::stored::{Info, Status, Stored};
use crate::work::Work;
use serde_json::{Value, json};

/// One object that is not as it shall be.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The object.
    pub object: Identity,
    /// How it differs.
    pub change: Change,
}

/// How an object differs.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is not in the cluster.
    Missing,
    /// It is in the cluster and would go.
    Removed,
    /// Fields are not as they shall be.
    Differs(Box<Differing>),
}

/// An object that is there and not as it shall be. What secrets hold is not shown, only that it is another.
#[derive(Clone, Debug, PartialEq)]
pub struct Differing {
    /// Path, as it is, as it shall be; null for what is not there.
    pub fields: Vec<(String, Value, Value)>,
    /// The whole object as it is.
    pub is: Value,
    /// The whole object as it shall be.
    pub shall: Value,
}

impl Differing {
    /// Compares an object with what it becomes; none where that is the same.
    fn between(live: Value, becomes: Value) -> Option<Self> {
        let (mut is, mut shall) = (stable(live), stable(becomes));
        let patch = merge::difference(&is, &shall)?;
        let fields = differences(&is, &patch);
        hide(&mut is, &mut shall);
        Some(Self { fields, is, shall })
    }
}

impl Work<'_> {
    /// What an upgrade to a chart would change; without a chart, what has drifted from the deployed revision.
    ///
    /// # Errors
    /// There is no release, the chart cannot be rendered, or the server refuses.
    pub async fn difference(&self, source: Option<(&Source, Values)>) -> Result<Vec<Difference>> {
        let revisions = self.history.existing().await?;
        let before = current(&revisions).and_then(|index| revisions.get(index));
        let before = before.ok_or_else(|| Error::NoRelease(self.title()))?;
        let old = self.objects(before)?;
        let mut new = old.clone();
        if let Some((source, values)) = source {
            let next = revisions.last().map_or(1, |last| last.version + 1);
            let prepared = self.prepare_upgrade(source, (before, values), next).await?;
            let info = Info { status: Status::PendingUpgrade, ..Info::default() };
            new = self.objects(&Stored { manifest: prepared.manifest, info, ..before.clone() })?;
        }
        let mut found = Vec::new();
        for object in &mut new {
            mark(object, self.name, self.namespace);
            found.extend(self.difference_of(&old, object).await?);
        }
        let surplus = apply::surplus(&old, &new).into_iter();
        found.extend(surplus.map(|object| Difference { object: object.identity, change: Change::Removed }));
        Ok(found)
    }

    async fn difference_of(&self, old: &[Object], wanted: &Object) -> Result<Option<Difference>> {
        let object = wanted.identity.clone();
        let Some(live) = self.cluster.find(&object).await? else {
            return Ok(Some(Difference { object, change: Change::Missing }));
        };
        let before = old.iter().find(|before| before.identity.is_same(&object));
        let nothing = json!({});
        let Some(patch) = merge::patch(before.map_or(&nothing, |before| &before.content), &live, &wanted.content)
        else {
            return Ok(None);
        };
        // the cluster fills in what manifests leave out, so it says itself what the patch would change
        let path = self.cluster.kinds.path(&object)?;
        let patched = self.cluster.client.patch_dry(&path, &patch).await.map_err(about("compare", &object))?;
        let differing = Differing::between(live, patched);
        Ok(differing.map(|differing| Difference { object, change: Change::Differs(Box::new(differing)) }))
    }
}

const SECRET: &str = "(secret)";
const OTHER_SECRET: &str = "(another secret)";

/// Puts words in the place of what two forms of a Secret hold.
fn hide(is: &mut Value, shall: &mut Value) {
    if is.get("kind").and_then(Value::as_str) != Some("Secret") {
        return;
    }
    for map in ["data", "stringData"] {
        let before = is.get(map).cloned().unwrap_or_default();
        for (object, changed) in [(&mut *is, SECRET), (&mut *shall, OTHER_SECRET)] {
            for (key, value) in object.get_mut(map).and_then(Value::as_object_mut).into_iter().flatten() {
                let word = if before.get(key) == Some(value) { SECRET } else { changed };
                *value = Value::from(word);
            }
        }
    }
}

/// The fields of a merge patch: path, as it is, as it shall be; null for what is not there. Secrets show only that they differ.
pub fn differences(live: &Value, patch: &Value) -> Vec<(String, Value, Value)> {
    let is_secret = live.get("kind").and_then(Value::as_str) == Some("Secret");
    let mut found = Vec::new();
    collect(String::new(), Some(live), patch, &mut found);
    if is_secret {
        let hidden = |path: &str| {
            path.starts_with("data.") || path.starts_with("stringData.") || path == "data" || path == "stringData"
        };
        for (_, is, shall) in found.iter_mut().filter(|(path, ..)| hidden(path)) {
            (*is, *shall) = (Value::from(SECRET), Value::from(OTHER_SECRET));
        }
    }
    found
}

fn collect(path: String, live: Option<&Value>, patch: &Value, found: &mut Vec<(String, Value, Value)>) {
    match (live, patch) {
        (Some(Value::Object(live)), Value::Object(patch)) => {
            for (name, patch) in patch {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(below, live.get(name), patch, found);
            }
        }
        _ => found.push((path, live.cloned().unwrap_or_default(), patch.clone())),
    }
}

/// An object without what changes with every write.
fn stable(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for name in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"] {
            metadata.remove(name);
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_by_their_paths_and_secrets_by_nothing_else() {
        let live = json!({"kind": "Deployment", "spec": {"replicas": 7, "paused": true}});
        let patch = json!({"spec": {"replicas": 1, "paused": null, "minReadySeconds": 5}});
        let expected = [
            ("spec.minReadySeconds".to_owned(), Value::Null, json!(5)),
            ("spec.paused".to_owned(), json!(true), Value::Null),
            ("spec.replicas".to_owned(), json!(7), json!(1)),
        ];
        assert_eq!(differences(&live, &patch), expected);
        let secret = json!({"kind": "Secret", "data": {"password": "cGxhbnRlZA=="}});
        let told = format!("{:?}", differences(&secret, &json!({"data": {"password": "bmV3"}})));
        assert!(told.contains("data.password") && !told.contains("cGxh") && !told.contains("bmV3"), "{told}");
        let changed = json!({"kind": "Secret", "data": {"password": "bmV3", "user": "YQ=="}});
        let live = json!({"kind": "Secret", "data": {"password": "cGxhbnRlZA==", "user": "YQ=="}});
        let whole = Differing::between(live, changed).unwrap();
        assert_eq!(whole.is["data"], json!({"password": SECRET, "user": SECRET}));
        assert_eq!(whole.shall["data"], json!({"password": OTHER_SECRET, "user": SECRET}));
    }
}
