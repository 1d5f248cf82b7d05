//! Sends the image: the blobs that the registry's host lacks, each once, from the byte where an earlier attempt broke off.
//! The host verifies every digest before a blob counts, and names the image only when it is whole.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_registry};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sealer_model::agent::{Installed, Missing};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::{Meter, Transfer};
use sealer_model::image::{Descriptor, Index, annotation};
use sealer_model::journal::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Send the image to the registry's host.
pub(crate) struct SendImage;

/// Blobs on their way at the same time over the one connection; more only keeps small ones from waiting for large ones.
const PARALLEL_BLOBS: usize = 4;

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

    fn touches(&self, _cluster: &Cluster) -> Vec<String> {
        vec!["/var/lib/sealer/registry/".into()]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(is_there(on))
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let missing = on.agent()?.missing_blobs(&on.context.bundle.sent.blobs).await?;
            let bytes = missing.iter().map(|missing| rest(on, missing)).sum();
            let meter = Arc::new(meter(on, bytes));
            stream::iter(missing)
                .map(|blob| send(on, blob, Arc::clone(&meter)))
                .buffer_unordered(PARALLEL_BLOBS)
                .try_collect::<()>()
                .await?;
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

async fn send(on: &On<'_, Delivery>, missing: Missing, meter: Arc<Mutex<Meter>>) -> Result<(), Error> {
    let Some(blob) = descriptor(on, &missing) else {
        return Ok(());
    };
    let opened = on.context.blobs.open(blob, missing.offset).await;
    let reader = opened.map_err(|source| Error::Blob { digest: blob.digest.clone(), source })?;
    let reader = on.fleet().pace().keep(reader);
    let before = AtomicU64::new(0);
    let progress = move |sent| {
        let more = sent - before.swap(sent, Ordering::Relaxed);
        meter.lock().unwrap_or_else(PoisonError::into_inner).advance(more, Instant::now());
    };
    on.agent()?.send_blob(&blob.digest, missing.offset, reader, progress).await?;
    Ok(())
}

fn descriptor<'a>(on: &'a On<'_, Delivery>, missing: &Missing) -> Option<&'a Descriptor> {
    on.context.bundle.sent.blobs.iter().find(|blob| blob.digest == missing.digest)
}

/// The bytes of a blob that the host does not have yet.
fn rest(on: &On<'_, Delivery>, missing: &Missing) -> u64 {
    descriptor(on, missing).map_or(0, |blob| blob.size.saturating_sub(missing.offset))
}

/// The bytes of all blobs of one image, counted together.
fn meter(on: &On<'_, Delivery>, bytes: u64) -> Mutex<Meter> {
    let (title, host) = ("send the image".into(), Some(on.address().to_string()));
    let transfer = Transfer { title, host, digest: None };
    Mutex::new(Meter::new(&on.fleet().listener, transfer, Some(bytes)))
}
