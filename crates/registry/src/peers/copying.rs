//! What one registry of a site asks of another: to take a name or to lose it, and which names it has.

use super::listing::Listing;
use super::peer::{Peer, lock};
use super::{BEGUN, Failure, NAMES, Place, place_of};
use crate::router::Registry;
use sealer_image::push_to;
use sealer_image::remote::{Access, Repository};
use sealer_model::Reference;
use sealer_model::event::Listener;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

impl Peer {
    /// Makes of a name there what it is here.
    pub(super) async fn copy(&self, registry: &Arc<Registry>, name: &Reference) -> std::result::Result<(), Failure> {
        let Place { name: there, namespace } =
            place_of(name, &registry.peers.own, &self.host).map_err(Failure::of_one)?;
        let catalog = registry.catalog().await.map_err(|refusal| Failure::of_one(refusal.message().to_owned()))?;
        let repository = self.reach(&there).await?.within(namespace);
        if let Some(named) = catalog.named(name) {
            let repository = repository.copying((named.changed > 0).then_some(named.changed));
            match push_to(&registry.store, repository, name, &there, &Listener::deaf()).await {
                // It was deleted meanwhile, and has another mark.
                Err(sealer_image::Error::NoImage { .. }) => return Ok(()),
                Err(error) => return Err(Failure::of(&error)),
                Ok(_) => _ = self.copied.fetch_add(1, Relaxed),
            }
        } else if let Some(changed) = registry.changes.gone().get(&name.to_string()) {
            let selector = there.tag().or(there.digest().map(|digest| digest.as_str())).unwrap_or_default();
            let removed = repository.copying(Some(*changed)).remove(selector).await;
            removed.map_err(|error| Failure::of(&error))?;
        }
        Ok(())
    }

    /// Asks first whether it is there, once: the copy itself is patient.
    async fn reach(&self, there: &Reference) -> std::result::Result<Repository, Failure> {
        let client = lock(&self.client).clone();
        let repository = client.reach(there, Access::Push).await.map_err(|error| Failure::of(&error))?;
        repository.told("/v2/").await.map_err(|error| Failure::of(&error))?;
        Ok(repository)
    }

    /// The names that the peer lacks. One that tells nothing about its names is no registry of ours, or an old one.
    pub(super) async fn compare(&self, registry: &Arc<Registry>) -> std::result::Result<HashSet<Reference>, Failure> {
        let any = format!("{}/any:thing", self.host).parse();
        let any: Reference = any.map_err(|error| Failure::of_one(format!("{error}")))?;
        let own = &registry.peers.own;
        // In this order, so that what is copied meanwhile is not taken for lacking: a name is marked before it is here.
        let catalog = registry.catalog().await.map_err(|refusal| Failure::of_one(refusal.message().to_owned()))?;
        let here = Listing::of(&catalog, registry.changes.gone(), own);
        let marked: HashSet<Reference> = self.marks.all().into_iter().map(|mark| mark.name).collect();
        let path = if self.has_compared() { NAMES } else { BEGUN };
        let told = self.reach(&any).await?.told(path).await.map_err(|error| Failure::of(&error))?;
        let Some(told) = told else { return Ok(HashSet::new()) };
        let there: Listing = serde_json::from_slice(&told)
            .map_err(|error| Failure::of_one(format!("it tells its names in a form that nobody knows: {error}")))?;
        Ok(here.lacking(&there, own).difference(&marked).cloned().collect())
    }
}
