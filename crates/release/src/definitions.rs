//! The kinds that definitions bring. A server says that a definition is established some moments before it lists the kind, and for a while after
//! that another of its servers may not list it yet.

use crate::cluster::Cluster;
use crate::error::Result;
use crate::object::Object;
use crate::wait::{self, Deadline, PAUSE};
use serde_json::Value;

/// An API version and a kind in it.
type Kind = (String, String);

/// Waits until definitions are established, and then until the cluster knows the kinds that they bring. At the deadline counts what there
/// is: whoever wants a kind that is still missing says so.
///
/// # Errors
/// They are not established in time, or the cluster does not answer.
pub(crate) async fn learn(cluster: &mut Cluster, definitions: &[Object], deadline: Deadline) -> Result<()> {
    let names: Vec<_> = definitions.iter().map(|object| object.identity.clone()).collect();
    wait::ready(cluster, &names, deadline).await?;
    let kinds: Vec<Kind> = definitions.iter().flat_map(|object| brought(&object.content)).collect();
    loop {
        cluster.refresh().await?;
        let known = |(version, kind): &Kind| cluster.kinds.is_namespaced(version, kind).is_ok();
        if kinds.iter().all(known) || deadline.is_over() {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What one definition brings, of either version of definitions; nothing where it is none.
fn brought(definition: &Value) -> Vec<Kind> {
    let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str);
    let (Some(group), Some(kind)) = (text("/spec/group"), text("/spec/names/kind")) else { return Vec::new() };
    let listed = definition.pointer("/spec/versions").and_then(Value::as_array);
    let served = listed.into_iter().flatten().filter(|version| version.get("served") != Some(&Value::Bool(false)));
    let names = served.filter_map(|version| version.get("name")?.as_str());
    // the first form knew one version and no list
    let single = text("/spec/version").filter(|_| listed.is_none());
    names.chain(single).map(|version| (format!("{group}/{version}"), kind.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_definition_brings_the_versions_that_are_served() {
        let versions = json!([{"name": "v1", "served": true}, {"name": "v0", "served": false}]);
        let definition = json!({"spec": {"group": "x.example", "names": {"kind": "Zebra"}, "versions": versions}});
        assert_eq!(brought(&definition), [("x.example/v1".to_owned(), "Zebra".to_owned())]);
        let single = json!({"spec": {"group": "x.example", "version": "v1beta1", "names": {"kind": "Zebra"}}});
        assert_eq!(brought(&single), [("x.example/v1beta1".to_owned(), "Zebra".to_owned())]);
        assert!(brought(&json!({"spec": {"replicas": 1}})).is_empty());
    }
}
