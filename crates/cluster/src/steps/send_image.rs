//! Sends the image: the blobs that the registry's host lacks, each once, from the byte where an earlier attempt broke off.
//! The host verifies every digest before a blob counts, and names the image only when it is whole.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_master};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sealer_model::agent::{Installed, Missing};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::{Event, Transfer};
use sealer_model::image::Descriptor;
use std::sync::atomic::{AtomicU64, Ordering};

/// Send the image to the registry's host.
pub(crate) struct SendImage;

/// Blobs on their way at the same time over the one connection; more only keeps small ones from waiting for large ones.
const PARALLEL_BLOBS: usize = 4;

impl Step<Delivery> for SendImage {
    fn id(&self) -> &'static str {
        "send-image"
    }

    fn title(&self) -> &'static str {
        "Send the image to the registry's host"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let missing = on.agent()?.missing_blobs(&on.context.bundle.blobs).await?;
            Ok(missing.is_empty() && on.agent()?.image(&installed(on)).await?)
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let missing = on.agent()?.missing_blobs(&on.context.bundle.blobs).await?;
            let sending = Sending::new(on, &missing);
            stream::iter(missing)
                .map(|blob| sending.one(blob))
                .buffer_unordered(PARALLEL_BLOBS)
                .try_collect::<()>()
                .await?;
            on.agent()?.install_image(&installed(on)).await?;
            Ok(())
        })
    }
}

fn installed(on: &On<'_, Delivery>) -> Installed {
    let bundle = &on.context.bundle;
    Installed { name: bundle.name.to_string(), index: bundle.index.clone() }
}

/// The blobs of one image on their way, counted together.
struct Sending<'a> {
    on: &'a On<'a, Delivery>,
    done: AtomicU64,
    total: u64,
}

impl<'a> Sending<'a> {
    fn new(on: &'a On<'a, Delivery>, missing: &[Missing]) -> Self {
        let rest = |missing: &Missing| {
            descriptor(on, missing).map_or(0, |blob| blob.size.saturating_sub(missing.offset))
        };
        Self { on, done: AtomicU64::new(0), total: missing.iter().map(rest).sum() }
    }

    async fn one(&self, missing: Missing) -> Result<(), Error> {
        let Some(blob) = descriptor(self.on, &missing) else { return Ok(()) };
        let opened = self.on.context.blobs.open(blob, missing.offset).await;
        let reader = opened.map_err(|source| Error::Blob { digest: blob.digest.clone(), source })?;
        let count = |bytes: u64| self.count(bytes);
        let agent = self.on.agent()?;
        agent.send_blob(blob, missing.offset, reader, count).await?;
        Ok(())
    }

    fn count(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.on.fleet().listener.tell(Event::Bytes {
            transfer: Transfer {
                title: "send the image".into(),
                host: Some(self.on.address().to_string()),
                digest: None,
            },
            done,
            total: Some(self.total),
        });
    }
}

fn descriptor<'a>(on: &'a On<'_, Delivery>, missing: &Missing) -> Option<&'a Descriptor> {
    on.context.bundle.blobs.iter().find(|blob| blob.digest == missing.digest)
}
