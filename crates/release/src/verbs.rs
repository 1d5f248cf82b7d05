//! What can be done to a release, one file each, and what they share: how a revision comes into the cluster, and how it is recorded
//! that it failed.

mod await_ready;
mod difference;
mod install;
mod manifests;
mod namespace;
mod rollback;
mod status;
mod uninstall;
mod upgrade;

pub use await_ready::await_ready;
pub use difference::{Change, Difference, Differing, differences};
pub use status::ReleaseStatus;
pub use uninstall::Uninstalled;

use crate::apply::{self, mark, stranger};
use crate::error::{Error, Result};
use crate::object::{Identity, Object};
use crate::render::Prepared;
use crate::stored::{Info, Status, Stored};
use crate::wait;
use crate::work::Work;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Which values an upgrade starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Values {
    /// The given ones; where none are given, those of the last revision.
    #[default]
    GivenElseLast,
    /// The given ones alone.
    Given,
    /// Those of the last revision with the given ones over them.
    LastAndGiven,
}

/// A new revision, not yet anywhere.
fn revision(work: &Work<'_>, prepared: Prepared, version: u32, (status, description): (Status, &str)) -> Stored {
    let now = Timestamp::now().to_string();
    let info = Info {
        first_deployed: now.clone(),
        last_deployed: now,
        description: description.to_owned(),
        status,
        notes: prepared.notes,
        ..Info::default()
    };
    Stored {
        keeper: work.history.keeper(),
        name: work.name.to_owned(),
        info,
        chart: prepared.chart,
        config: prepared.config,
        manifest: prepared.manifest,
        hooks: prepared.hooks,
        version,
        namespace: work.namespace.to_owned(),
        labels: BTreeMap::new(),
        other: client_side(),
    }
}

/// Tells Helm how the objects were brought about, so that it goes on in the same way.
fn client_side() -> Map<String, Value> {
    Map::from_iter([("apply_method".to_owned(), Value::from("csa"))])
}

/// The objects that a revision wants, marked as its own. Those that are there already and no part of the last revision must bear the
/// release's name.
async fn wanted(work: &Work<'_>, revision: &Stored, old: &[Object]) -> Result<Vec<Object>> {
    let mut objects = work.objects(revision)?;
    for object in &mut objects {
        mark(object, work.name, work.namespace);
        if old.iter().any(|before| before.identity.is_same(&object.identity)) {
            continue;
        }
        let live = work.cluster.find(&object.identity).await?;
        if let Some(difference) = live.and_then(|live| stranger(&live, work.name, work.namespace)) {
            return Err(Error::NotOurs { object: object.identity.to_string(), release: work.title(), difference });
        }
    }
    Ok(objects)
}

/// Brings a revision's objects about in place of the last one's: creates and changes, removes what is left over, and waits if that is
/// wished.
async fn bring(work: &Work<'_>, old: &[Object], new: &[Object]) -> Result<()> {
    work.tell(format!("{} objects", new.len()));
    apply::bring(&work.cluster, old, new, work.deadline()).await?;
    let mut surplus = apply::surplus(old, new);
    crate::order::for_removal(&mut surplus);
    apply::remove(&work.cluster, &surplus).await?;
    if work.settings.waits {
        work.tell("wait until they are ready");
        let identities: Vec<Identity> = new.iter().map(|object| object.identity.clone()).collect();
        wait::ready(&work.cluster, &identities, work.deadline()).await?;
    }
    Ok(())
}

/// Records how a revision has ended.
async fn end(work: &Work<'_>, revision: &mut Stored, status: Status, description: String) -> Result<()> {
    revision.info.status = status;
    revision.info.description = description;
    work.history.update(revision).await
}

/// Every other revision that is called deployed gives its place up.
async fn supersede(work: &Work<'_>, revisions: &mut [Stored]) -> Result<()> {
    for revision in revisions.iter_mut().filter(|revision| revision.info.status == Status::Deployed) {
        revision.info.status = Status::Superseded;
        work.history.update(revision).await?;
    }
    Ok(())
}
