//! Whether the store has an image whole for a platform.

use super::Image;
use sealer_image::Store;
use sealer_model::Platform;
use sealer_model::image::{Config, Descriptor, media_type};

/// An image for a platform, if every blob of it is there. Of a cluster image it is the rootfs; a manifest that stands alone is for the
/// platform that its configuration names.
pub(super) fn whole(store: &Store, top: Descriptor, platform: &Platform) -> Option<Image> {
    let manifest = if media_type::is_index(&top.media_type) {
        let index = store.index(&top).ok()?;
        let fits = |each: &&Descriptor| each.platform.as_ref().is_some_and(|own| own.runs_on(platform));
        match index.is_cluster_image() {
            true => index.rootfs_for(platform)?.clone(),
            false => index.manifests.iter().find(fits)?.clone(),
        }
    } else {
        let config: Config = store.parse(&store.manifest(&top).ok()?.config).ok()?;
        let own = Platform { architecture: config.architecture, os: config.os, variant: config.variant };
        own.runs_on(platform).then(|| top.clone())?
    };
    store.missing(&manifest).ok()?.is_empty().then_some(Image { top, manifest })
}
