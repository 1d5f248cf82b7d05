//! Who has made a pod: the way up through owners, as far as it leads.

use crate::cluster::Cluster;
use crate::error::Result;
use crate::object::Identity;
use serde_json::Value;
use std::collections::BTreeMap;

/// Owners above a pod that are looked at: replica set and deployment, job and cron job, and what operators put above them.
const MOST_STEPS: usize = 8;

/// The objects of a release, and what was found out about owners of pods.
pub(super) struct Owners<'a> {
    cluster: &'a Cluster,
    objects: &'a [Identity],
    known: BTreeMap<Identity, Option<Value>>,
}

impl<'a> Owners<'a> {
    pub(super) fn new(cluster: &'a Cluster, objects: &'a [Identity]) -> Self {
        Self { cluster, objects, known: BTreeMap::new() }
    }

    /// Whether a pod is one of the objects, or made by one of them.
    pub(super) async fn made(&mut self, pod: &Value, namespace: &str) -> Result<bool> {
        let mut next = Some(named(pod, namespace));
        let mut owner = owner(pod, namespace);
        for _ in 0..MOST_STEPS {
            let Some(identity) = next else { return Ok(false) };
            if self.objects.iter().any(|object| object.is_same(&identity)) {
                return Ok(true);
            }
            next = owner.take();
            if let Some(above) = &next {
                owner = self.find(above).await?.and_then(|found| self::owner(&found, namespace));
            }
        }
        Ok(false)
    }

    async fn find(&mut self, identity: &Identity) -> Result<Option<Value>> {
        // what is an object of the release needs no looking up, and kinds that are unknown lead no further
        if self.objects.iter().any(|object| object.is_same(identity)) || self.cluster.kinds.path(identity).is_err() {
            return Ok(None);
        }
        if let Some(known) = self.known.get(identity) {
            return Ok(known.clone());
        }
        let found = self.cluster.find(identity).await?;
        self.known.insert(identity.clone(), found.clone());
        Ok(found)
    }
}

fn named(pod: &Value, namespace: &str) -> Identity {
    Identity {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        namespace: Some(namespace.to_owned()),
        name: pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned(),
    }
}

/// The owner that controls an object, else its first one; owners lie in the object's namespace.
fn owner(object: &Value, namespace: &str) -> Option<Identity> {
    let references = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let controls = |reference: &&Value| reference.get("controller") == Some(&Value::Bool(true));
    let reference = references.iter().find(controls).or_else(|| references.first())?;
    let word = |name: &str| Some(reference.get(name)?.as_str()?.to_owned());
    let (api_version, kind, name) = (word("apiVersion")?, word("kind")?, word("name")?);
    Some(Identity { api_version, kind, namespace: Some(namespace.to_owned()), name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_owner_that_controls_counts() {
        let owners = json!([
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "a"},
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "b", "controller": true},
        ]);
        let found = owner(&json!({"metadata": {"ownerReferences": owners}}), "web").unwrap();
        assert_eq!(found.to_string(), "ReplicaSet web/b");
        assert_eq!(owner(&json!({"metadata": {}}), "web"), None);
    }
}
