//! Unpacks the rootfs: every host's agent gets the layers for its own platform from the site's registry and from other hosts that do the same,
//! or from here, where it gets through to none of them, and unpacks them. The folder appears whole or not at all.

use crate::Error;
use crate::delivery::Delivery;
use crate::relay::{self, has_rootfs};
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::send_blobs::send_blobs;
use sealer_host::Error::OutOfReach;
use sealer_model::agent::{Progress, Unpack};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::{Descriptor, Extension, Manifest};
use sealer_model::journal::Entry;
use std::collections::BTreeMap;
use tokio::io::AsyncReadExt as _;

/// Unpack the rootfs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnpackRootfs {
    /// On all hosts at the same time, which relay it to one another.
    Together,
    /// On few hosts at a time, each from the registry.
    InTurns,
}

impl Step<Delivery> for UnpackRootfs {
    fn id(&self) -> &'static str {
        "rootfs"
    }

    fn title(&self) -> &'static str {
        "Unpack the rootfs"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec![format!("{}/", cluster.rootfs())]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let rootfs = on.context.bundle.rootfs_for(&on.fleet().facts_of(on.address())?.platform)?;
            has_rootfs(on.context, on.agent()?, rootfs.manifest.digest.as_str()).await
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let cluster = on.cluster();
            let bundle = &on.context.bundle;
            let rootfs = bundle.rootfs_for(&on.fleet().facts_of(on.address())?.platform)?;
            let relayed = match self {
                Self::Together => on.context.relayed.get_or_try_init(|| relay::open(on.context)).await?,
                Self::InTurns => &BTreeMap::new(),
            };
            let unpack = Unpack {
                cluster: cluster.name.clone(),
                source: on.context.source()?,
                manifest: rootfs.manifest.clone(),
                destination: on.context.rootfs(),
                relayed: relayed.get(&on.address()).cloned(),
            };
            let agent = on.agent()?;
            let tell = |progress: &Progress| on.tell_bytes("unpack the rootfs", progress);
            if let Err(error) = agent.unpack(&unpack, tell).await {
                let OutOfReach { message, .. } = &error else { return Err(error.into()) };
                send_rootfs(on, &rootfs.manifest, message).await?;
                agent.unpack(&Unpack { relayed: None, ..unpack }, tell).await?;
            }
            Ok(())
        })
    }
}

/// Brings the rootfs into the store of a host that does not get through to the others, over the connection that it is talked to by. Its agent
/// unpacks from there, and leaves nothing of it there where the store has no image.
async fn send_rootfs(on: &On<'_, Delivery>, manifest: &Descriptor, reason: &str) -> Result<(), Error> {
    let warning =
        format!("{} gets the rootfs from here, because it does not reach the registry: {reason}", on.address());
    on.fleet().listener.warn(warning);
    let mut blobs = layers(on.context, manifest).await?;
    blobs.push(manifest.clone());
    let bytes = send_blobs(on, &blobs, "send the rootfs").await?;
    let step = Step::<Delivery>::id(&UnpackRootfs::InTurns).into();
    on.fleet().journal.append(Entry::Sent { step, host: on.address(), bytes })
}

async fn layers(delivery: &Delivery, manifest: &Descriptor) -> Result<Vec<Descriptor>, Error> {
    let cannot = |source| Error::Blob { digest: manifest.digest.clone(), source };
    let mut bytes = Vec::new();
    let reader = delivery.blobs.open(manifest, 0).await.map_err(cannot)?;
    reader.take(manifest.size).read_to_end(&mut bytes).await.map_err(cannot)?;
    let parsed: Manifest = serde_json::from_slice(&bytes).map_err(|error| cannot(error.into()))?;
    Ok(parsed.layers)
}
