//! Waiting for objects that somebody else applies, such as `kubectl apply`.

use crate::cluster::Cluster;
use crate::error::Result;
use crate::object::{Identity, parse};
use crate::wait::{self, Deadline};
use std::time::Duration;

/// Waits until the objects of manifests are what they shall be. Each manifest is a place for people and a text; objects that name no
/// namespace are looked for in the one given.
///
/// # Errors
/// A manifest cannot be read, or some objects have failed or are not ready in time: each is named with the reason.
pub async fn await_ready(
    cluster: &Cluster,
    manifests: &[(String, String)],
    namespace: &str,
    limit: Duration,
) -> Result<usize> {
    let mut objects: Vec<Identity> = Vec::new();
    for (place, text) in manifests {
        let found = parse(place, text, &cluster.kinds, namespace)?;
        objects.extend(found.into_iter().map(|object| object.identity));
    }
    wait::ready(cluster, &objects, Deadline::after(limit)).await?;
    Ok(objects.len())
}
