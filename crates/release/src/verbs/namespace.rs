//! The namespace of a release, made where it is missing. One that is being removed is still there and takes nothing more: it is waited
//! for, and made anew.

use crate::error::{Error, Result};
use crate::object::Identity;
use crate::wait::{self, Deadline};
use crate::work::Work;
use serde_json::{Value, json};

/// How often a namespace is made anew that was removed meanwhile.
const ATTEMPTS: usize = 4;

impl Work<'_> {
    pub(super) async fn create_namespace(&self) -> Result<()> {
        let deadline = self.deadline();
        for _ in 0..ATTEMPTS {
            match self.new_namespace().await {
                Err(error) if error.is_refused("AlreadyExists") => {}
                other => return other.map(drop),
            }
            let identity = self.namespace_identity();
            match self.cluster.find(&identity).await? {
                Some(live) if !is_leaving(&live) => return Ok(()),
                Some(_) => self.outlast(identity, deadline).await?,
                None => {}
            }
        }
        self.new_namespace().await.map(drop)
    }

    async fn new_namespace(&self) -> Result<Value> {
        let name = self.namespace;
        let object =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"name": name}}});
        self.cluster.client.create("/api/v1/namespaces", &object).await
    }

    fn namespace_identity(&self) -> Identity {
        let (api_version, kind) = ("v1".to_owned(), "Namespace".to_owned());
        Identity { api_version, kind, namespace: None, name: self.namespace.to_owned() }
    }

    /// Waits until the namespace is gone.
    async fn outlast(&self, identity: Identity, deadline: Deadline) -> Result<()> {
        self.tell(format!("{identity} is being removed; wait until it is gone"));
        match wait::gone(&self.cluster, vec![identity.clone()], deadline).await {
            Err(Error::NotGone { seconds, .. }) => {
                let reasons = self.cluster.find(&identity).await?.map(|live| remains(&live)).unwrap_or_default();
                Err(Error::Leaving { namespace: identity.name, seconds, reasons })
            }
            other => other,
        }
    }
}

fn is_leaving(namespace: &Value) -> bool {
    namespace.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null())
}

/// What keeps a namespace from going, as its controller says.
fn remains(namespace: &Value) -> Vec<String> {
    let conditions = namespace.pointer("/status/conditions").and_then(Value::as_array);
    let holds = |condition: &&Value| condition["status"] == "True";
    let message = |condition: &Value| condition["message"].as_str().map(str::to_owned);
    conditions.into_iter().flatten().filter(holds).filter_map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_that_stays_says_what_keeps_it() {
        let condition = |status: &str, message: &str| json!({"status": status, "message": message});
        let live = json!({
            "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"},
            "status": {"conditions": [condition("False", "All content deleted"), condition("True", "pods. has 1")]},
        });
        assert!(is_leaving(&live) && !is_leaving(&json!({"metadata": {}})));
        assert_eq!(remains(&live), ["pods. has 1"]);
    }
}
