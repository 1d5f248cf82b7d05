//! The same for an application of manifests: the server is asked what applying them would make of each object, and does not do it.

use super::super::manifests::{Known, joined};
use super::{Change, Difference, Differing, current};
use crate::apply::one_on_server;
use crate::client::Applying;
use crate::error::{Error, Result};
use crate::inventory::Inventory;
use crate::object::{Identity, Object, holds_others};
use crate::stored::{Info, Status, Stored};
use crate::work::Work;

const TRIAL: Applying = Applying { forces: true, is_dry: true };

impl Work<'_> {
    /// What applying other manifests would change; without them, what has drifted from those of the deployed revision.
    ///
    /// # Errors
    /// There is no such application, a manifest cannot be read, or the server would not take an object.
    pub async fn difference_of_manifests(&self, manifests: Option<&[(String, String)]>) -> Result<Vec<Difference>> {
        let revisions = self.history.revisions().await?;
        let before = current(&revisions).and_then(|index| revisions.get(index));
        let revision = match (manifests, before) {
            (Some(manifests), _) => wanted(joined(manifests), before),
            (None, Some(before)) => before.clone(),
            (None, None) => return Err(Error::NoRelease(self.title())),
        };
        let Known { objects, unknown } = self.known(&revision)?;
        let mut found: Vec<Difference> = unknown.iter().filter_map(not_yet).collect();
        for object in &objects {
            found.extend(self.trial(object).await?);
        }
        let inventory = revisions.last().map(Inventory::of).unwrap_or_default();
        let surplus = inventory.without(&objects).into_iter().filter(|object| !holds_others(&object.kind));
        found.extend(surplus.map(|object| Difference { object, change: Change::Removed }));
        Ok(found)
    }

    /// What applying one object would change.
    async fn trial(&self, wanted: &Object) -> Result<Option<Difference>> {
        let object = wanted.identity.clone();
        let live = self.cluster.find(&object).await?;
        let becomes = match (one_on_server(&self.cluster, wanted, TRIAL).await, &live) {
            // its namespace comes with it
            (Err(Error::Object { source, .. }), None) if source.is_not_found() => None,
            (becomes, _) => Some(becomes?),
        };
        let change = match live.zip(becomes) {
            Some((live, becomes)) => {
                Differing::between(live, becomes).map(|differing| Change::Differs(Box::new(differing)))
            }
            None => Some(Change::Missing),
        };
        Ok(change.map(|change| Difference { object, change }))
    }
}

/// A revision that is not there yet.
fn wanted(manifest: String, before: Option<&Stored>) -> Stored {
    let info = Info { status: Status::PendingUpgrade, ..Info::default() };
    match before {
        Some(before) => Stored { manifest, info, ..before.clone() },
        None => Stored { manifest, info, ..Stored::default() },
    }
}

/// A kind that the cluster does not know has no objects there.
fn not_yet(unknown: &Error) -> Option<Difference> {
    let Error::UnknownKind { api_version, kind, .. } = unknown else { return None };
    let name = "(of a kind that is not there yet)".to_owned();
    let object = Identity { api_version: api_version.clone(), kind: kind.clone(), namespace: None, name };
    Some(Difference { object, change: Change::Missing })
}
