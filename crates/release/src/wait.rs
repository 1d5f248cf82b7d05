//! Waiting for objects to become what they shall be, or to be gone. At the deadline every object that is not ready is named with the
//! reason, which is found where it shows: in the object, in its pods, in their events, in the last lines of what crashed.

mod reasons;

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::object::Identity;
use crate::readiness::{self, Readiness};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// Requests at a time.
const AT_ONCE: usize = 8;
/// Between two looks.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);
/// Objects whose reasons are looked for; the rest is counted.
const MOST_REASONS: usize = 8;

/// When to stop waiting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    limit: Duration,
    end: Instant,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self { limit, end: Instant::now() + limit }
    }

    /// How long was to be waited, in whole seconds.
    pub(crate) fn seconds(self) -> u64 {
        self.limit.as_secs()
    }

    pub(crate) fn is_over(self) -> bool {
        Instant::now() >= self.end
    }
}

/// An object that is not ready, as it is.
struct Unready {
    identity: Identity,
    live: Option<Value>,
    state: Readiness,
}

/// Waits until all objects are what they shall be.
pub(crate) async fn ready(cluster: &Cluster, objects: &[Identity], deadline: Deadline) -> Result<()> {
    wait(cluster, objects.to_vec(), deadline, readiness::of).await
}

/// Waits until jobs and pods have come to their ends.
pub(crate) async fn ended(cluster: &Cluster, objects: &[Identity], deadline: Deadline) -> Result<()> {
    wait(cluster, objects.to_vec(), deadline, readiness::of_run).await
}

/// Looks once, and tells every object that is not ready with the reason.
pub(crate) async fn look(cluster: &Cluster, objects: &[Identity]) -> Result<Vec<String>> {
    Ok(told(cluster, &unready(cluster, objects, readiness::of).await?, usize::MAX).await)
}

async fn wait(
    cluster: &Cluster,
    mut waiting: Vec<Identity>,
    deadline: Deadline,
    judge: fn(&Value) -> Readiness,
) -> Result<()> {
    loop {
        let unready = match unready(cluster, &waiting, judge).await {
            Err(error) if error.passes() && !deadline.is_over() => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            other => other?,
        };
        let failed = unready.iter().any(|each| matches!(each.state, Readiness::Failed(_)));
        if unready.is_empty() {
            return Ok(());
        }
        if failed || deadline.is_over() {
            return Err(Error::NotReady {
                seconds: deadline.seconds(),
                failed,
                reasons: told(cluster, &unready, MOST_REASONS).await,
            });
        }
        waiting = unready.into_iter().map(|each| each.identity).collect();
        tokio::time::sleep(PAUSE).await;
    }
}

async fn unready(cluster: &Cluster, waiting: &[Identity], judge: fn(&Value) -> Readiness) -> Result<Vec<Unready>> {
    let asked = waiting.iter().map(|identity| async move {
        let live = cluster.find(identity).await?;
        let state = live.as_ref().map_or_else(|| Readiness::Waiting("is not there".to_owned()), judge);
        Ok::<_, Error>(Unready { identity: identity.clone(), live, state })
    });
    let all: Vec<_> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    Ok(all.into_iter().filter(|each| each.state != Readiness::Ready).collect())
}

/// What keeps them, those first that have failed.
async fn told(cluster: &Cluster, unready: &[Unready], most: usize) -> Vec<String> {
    let is_failed = |each: &&Unready| matches!(each.state, Readiness::Failed(_));
    let (first, rest): (Vec<_>, Vec<_>) = unready.iter().partition(is_failed);
    let all: Vec<&Unready> = first.into_iter().chain(rest).collect();
    let mut texts = Vec::new();
    for Unready { identity, live, state } in all.iter().take(most) {
        let (Readiness::Waiting(text) | Readiness::Failed(text)) = state else { continue };
        let deeper = match live {
            Some(live) => reasons::of(cluster, identity, live).await,
            None => Vec::new(),
        };
        let deeper = if deeper.is_empty() { String::new() } else { format!(" ({})", deeper.join("; ")) };
        texts.push(format!("{identity}: {text}{deeper}"));
    }
    if all.len() > most {
        texts.push(format!("and {} more", all.len() - most));
    }
    texts
}

/// Waits until objects are gone.
pub(crate) async fn gone(cluster: &Cluster, mut objects: Vec<Identity>, deadline: Deadline) -> Result<()> {
    loop {
        let mut left = Vec::new();
        for identity in objects {
            if cluster.kinds.path(&identity).is_ok() && cluster.find(&identity).await?.is_some() {
                left.push(identity);
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        if deadline.is_over() {
            let names: Vec<String> = left.iter().map(ToString::to_string).collect();
            return Err(Error::NotGone { seconds: deadline.seconds(), objects: names.join(", ") });
        }
        objects = left;
        tokio::time::sleep(PAUSE).await;
    }
}
