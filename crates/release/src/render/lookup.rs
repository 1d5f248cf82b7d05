//! What templates find in the cluster with `lookup`. The rendering waits for the answer on its own thread.

use crate::cluster::Cluster;
use crate::error::Result;
use crate::object::Identity;
use sealer_template::{Value, json};
use serde_json::json;
use tokio::runtime::Handle;

/// The function behind `lookup`.
pub(super) fn finder(
    cluster: Cluster,
    runtime: Handle,
) -> impl Fn(&str, &str, &str, &str) -> std::result::Result<Value, String> {
    move |api_version, kind, namespace, name| {
        let identity = Identity {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
            name: name.to_owned(),
        };
        let found = runtime.block_on(find(&cluster, &identity)).map_err(|error| error.whole_text())?;
        found.map_or(Ok(Value::Nil), |found| json::read(&found.to_string()).map_err(|error| error.to_string()))
    }
}

/// One object, or the list of all where no name is given. Kinds that the cluster does not have are not there, as Helm has it.
async fn find(cluster: &Cluster, wanted: &Identity) -> Result<Option<serde_json::Value>> {
    let Ok(namespaced) = cluster.kinds.is_namespaced(&wanted.api_version, &wanted.kind) else { return Ok(None) };
    if !wanted.name.is_empty() {
        // an object of a namespace without a namespace is nowhere
        return if namespaced && wanted.namespace.is_none() { Ok(None) } else { cluster.find(wanted).await };
    }
    let path = cluster.kinds.collection(&wanted.api_version, &wanted.kind, wanted.namespace.as_deref())?;
    let items = cluster.client.list(&path, &[]).await?;
    Ok(Some(
        json!({"apiVersion": wanted.api_version, "kind": format!("{}List", wanted.kind), "metadata": {}, "items": items}),
    ))
}
