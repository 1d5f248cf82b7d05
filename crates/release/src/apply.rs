//! Objects brought into a cluster and taken out of it: created where they are not there, changed by the three-way merge where they are,
//! removed where no revision wants them any more. Objects of one kind go at the same time, kinds one after the other.

mod account;
mod fields;
mod ownership;

pub(crate) use fields::{hand_over, on_server, one as one_on_server};
pub(crate) use ownership::{mark, mark_application, owner_of, stranger, stranger_to_application};

use crate::cluster::{Cluster, about};
use crate::error::{Error, Result};
use crate::merge;
use crate::object::{Identity, Object, holds_others, is_kept};
use crate::wait::Deadline;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

/// Requests at a time.
const AT_ONCE: usize = 8;
/// How often a change is worked out again because somebody else changed the object meanwhile.
const ATTEMPTS: usize = 6;

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Created,
    Changed,
    Unchanged,
}

/// Brings objects about, given those of the last revision; tells which of them were created. Until the deadline it is waited for the
/// account that pods run as.
pub(crate) async fn bring(
    cluster: &Cluster,
    old: &[Object],
    new: &[Object],
    deadline: Deadline,
) -> Result<Vec<Identity>> {
    let mut created = Vec::new();
    for kind in new.chunk_by(|one, other| one.identity.kind == other.identity.kind) {
        let each = kind.iter().map(|object| async move {
            let before = old.iter().find(|before| before.identity.is_same(&object.identity));
            let before = before.map(|before| &before.content);
            let outcome = account::once_there(deadline, || bring_one(cluster, before, object)).await;
            let outcome = outcome.map_err(about("bring about", &object.identity))?;
            Ok::<_, Error>((outcome, &object.identity))
        });
        let outcomes: Vec<_> = stream::iter(each).buffered(AT_ONCE).try_collect().await?;
        let new = outcomes.into_iter().filter(|(outcome, _)| *outcome == Outcome::Created);
        created.extend(new.map(|(_, identity)| identity.clone()));
    }
    Ok(created)
}

async fn bring_one(cluster: &Cluster, old: Option<&Value>, new: &Object) -> Result<Outcome> {
    let nothing = json!({});
    for _ in 1..ATTEMPTS {
        match attempt(cluster, old.unwrap_or(&nothing), new).await {
            Err(error) if error.is_refused("Conflict") || error.is_refused("AlreadyExists") => {}
            other => return other,
        }
    }
    attempt(cluster, old.unwrap_or(&nothing), new).await
}

/// The patch carries the version of the object that it was worked out from, so that nobody's change is lost.
async fn attempt(cluster: &Cluster, old: &Value, new: &Object) -> Result<Outcome> {
    let Some(live) = cluster.find(&new.identity).await? else {
        let Identity { api_version, kind, namespace, .. } = &new.identity;
        let collection = cluster.kinds.collection(api_version, kind, namespace.as_deref())?;
        cluster.client.create(&collection, &new.content).await?;
        return Ok(Outcome::Created);
    };
    let mut wanted = new.content.clone();
    // the object's API version is the path's; `status` is never a manifest's to say
    if let Some(map) = wanted.as_object_mut() {
        map.remove("status");
    }
    let Some(mut patch) = merge::patch(old, &live, &wanted) else { return Ok(Outcome::Unchanged) };
    if let Some(version) = live.pointer("/metadata/resourceVersion") {
        patch["metadata"]["resourceVersion"] = version.clone();
    }
    cluster.client.patch(&cluster.kinds.path(&new.identity)?, &patch).await?;
    Ok(Outcome::Changed)
}

/// Removes objects in their order; kinds that the cluster has no more took their objects along.
pub(crate) async fn remove(cluster: &Cluster, objects: &[Object]) -> Result<()> {
    for object in objects {
        let Ok(path) = cluster.kinds.path(&object.identity) else { continue };
        cluster.client.remove(&path).await.map_err(about("remove", &object.identity))?;
    }
    Ok(())
}

/// Removes what belongs to an application of manifests, kind by kind in the order given, and tells what stays: what says so, what holds
/// others' objects, and what has become somebody else's.
pub(crate) async fn remove_own(cluster: &Cluster, objects: &[Identity], application: &str) -> Result<Vec<Identity>> {
    let mut kept = Vec::new();
    for kind in objects.chunk_by(|one, other| one.kind == other.kind) {
        let each = kind.iter().map(|object| async move {
            let stays = !remove_if_own(cluster, object, application).await?;
            Ok::<_, Error>(stays.then(|| object.clone()))
        });
        let stay: Vec<_> = stream::iter(each).buffered(AT_ONCE).try_collect().await?;
        kept.extend(stay.into_iter().flatten());
    }
    Ok(kept)
}

/// Whether it is gone.
async fn remove_if_own(cluster: &Cluster, object: &Identity, application: &str) -> Result<bool> {
    let Ok(path) = cluster.kinds.path(object) else { return Ok(true) };
    let Some(live) = cluster.find(object).await? else { return Ok(true) };
    if holds_others(&object.kind) || is_kept(&live) || owner_of(&live) != Some(application) {
        return Ok(false);
    }
    cluster.client.remove(&path).await.map_err(about("remove", object))?;
    Ok(true)
}

/// The objects of the last revision that the new one does not have, but for those that stay.
pub(crate) fn surplus(old: &[Object], new: &[Object]) -> Vec<Object> {
    let wanted = |object: &Object| new.iter().any(|other| other.identity.is_same(&object.identity));
    old.iter().filter(|object| !wanted(object) && !object.is_kept()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::discovery::Kinds;
    use crate::object::parse;

    #[test]
    fn what_is_wanted_no_more_goes_unless_it_is_kept() {
        let pod =
            |name: &str, more: &str| format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}{more}}}\n");
        let objects = |text: String| parse("a", &text, &Kinds::of_tests(), "web").unwrap();
        let keep = ", annotations: {helm.sh/resource-policy: ' Keep '}";
        let old = objects(pod("stays", "") + &pod("goes", "") + &pod("kept", keep));
        let new = objects(pod("stays", "") + &pod("new", ""));
        let surplus: Vec<String> = surplus(&old, &new).iter().map(|object| object.identity.to_string()).collect();
        assert_eq!(surplus, ["Pod web/goes"]);
    }
}
