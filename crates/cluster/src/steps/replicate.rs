//! Copies the image from the first registry to the one on another master, host to host: the delivering machine sends each blob once.

use crate::delivery::Delivery;
use crate::registry::STORE;
use crate::step::{Answer, On, Step, other_registries};
use crate::steps::send_image::{installed, is_there};
use sealer_model::agent::Replicate;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;

/// Copy the image to another registry.
pub(crate) struct ReplicateImage;

impl Step<Delivery> for ReplicateImage {
    fn id(&self) -> &'static str {
        "replicate"
    }

    fn title(&self) -> &'static str {
        "Copy the image to another registry"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        other_registries(cluster)
    }

    fn touches(&self, _: &Cluster, _: &Extension) -> Vec<String> {
        vec![format!("{STORE}/")]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(is_there(on))
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let blobs = on.context.bundle.sent.blobs.clone();
            let replicate = Replicate { source: on.context.source()?, blobs, image: installed(on) };
            on.agent()?.replicate(&replicate, |progress| on.tell_bytes("copy the image", progress)).await?;
            Ok(())
        })
    }
}
