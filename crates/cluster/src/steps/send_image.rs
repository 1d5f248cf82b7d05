//! Sends the image: the blobs that the registry's host lacks, each once. The host names the image only when it is whole.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_registry};
use crate::steps::send_blobs::send_blobs;
use sealer_model::agent::Installed;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::{Extension, Index, annotation};
use sealer_model::journal::Entry;

/// Send the image to the registry's host.
pub(crate) struct SendImage;

/// The index of the store on the registry's host.
const INDEX: &str = "/var/lib/sealer/registry/index.json";

impl Step<Delivery> for SendImage {
    fn id(&self) -> &'static str {
        "send-image"
    }

    fn title(&self) -> &'static str {
        "Send the image to the registry's host"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_registry(cluster)
    }

    fn touches(&self, _cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec!["/var/lib/sealer/registry/".into()]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(is_there(on))
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let bytes = send_blobs(on, &on.context.bundle.sent.blobs, "send the image").await?;
            on.agent()?.install_image(&installed(on)).await?;
            on.fleet().journal.append(Entry::Sent { step: Step::id(self).into(), host: on.address(), bytes })
        })
    }
}

/// Whether the host has the image, whole and under its name.
pub(super) async fn is_there(on: &On<'_, Delivery>) -> Result<bool, Error> {
    let missing = on.agent()?.missing_blobs(&on.context.bundle.sent.blobs).await?;
    Ok(missing.is_empty() && is_named(on).await?)
}

/// Whether the host's store names this very image; blobs without a name are not served under it.
async fn is_named(on: &On<'_, Delivery>) -> Result<bool, Error> {
    let index = on.agent()?.read_file(INDEX).await?.unwrap_or_default();
    let index: Index = serde_json::from_slice(&index).unwrap_or_else(|_| Index::new(Vec::new()));
    let wanted = installed(on);
    Ok(index.manifests.iter().any(|image| {
        image.digest == wanted.index.digest && image.annotation(annotation::REFERENCE) == Some(&wanted.name)
    }))
}

pub(super) fn installed(on: &On<'_, Delivery>) -> Installed {
    let bundle = &on.context.bundle;
    let kept = on.cluster().former_images.iter().map(|former| former.image.to_string()).collect();
    Installed { name: bundle.name.to_string(), index: bundle.sent.index.clone(), kept }
}
