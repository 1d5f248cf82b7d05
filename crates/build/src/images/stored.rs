//! Container images that the store has from earlier builds and pulls.

use sealer_image::{PulledImage, Store};
use sealer_model::image::{Descriptor, media_type};
use sealer_model::{Platform, Reference};

/// An image of the store for one platform, if every blob of it is there.
pub(super) fn whole(store: &Store, name: &Reference, top: Descriptor, platform: &Platform) -> Option<PulledImage> {
    let fits = |descriptor: &Descriptor| descriptor.platform.as_ref().is_some_and(|own| own.runs_on(platform));
    let (descriptor, original_index) = if media_type::is_index(&top.media_type) {
        let index = store.index(&top).ok().filter(|index| !index.is_cluster_image())?;
        (index.manifests.into_iter().find(fits)?, Some(top))
    } else {
        (Some(top).filter(fits)?, None)
    };
    let missing = store.missing(&descriptor).ok()?;
    missing.is_empty().then(|| PulledImage { name: name.clone(), descriptor, original_index })
}
