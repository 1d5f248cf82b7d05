//! Unpacks the rootfs: every host's agent gets the layers for its own platform from the site's registry and from other hosts that do the same,
//! and unpacks them.
//! The folder appears whole or not at all.

use crate::delivery::Delivery;
use crate::relay::{self, has_rootfs};
use crate::step::{Answer, On, Step, everywhere};
use sealer_model::agent::Unpack;
use sealer_model::cluster::{Cluster, Member};
use std::collections::BTreeMap;

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

    fn touches(&self, cluster: &Cluster) -> Vec<String> {
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
            on.agent()?.unpack(&unpack, |progress| on.tell_bytes("unpack the rootfs", progress)).await?;
            Ok(())
        })
    }
}
