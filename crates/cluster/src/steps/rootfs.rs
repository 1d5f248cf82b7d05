//! Unpacks the rootfs: every host's agent pulls the layers for its own platform from the site's registry and unpacks them.
//! The folder appears whole or not at all.

use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, everywhere};
use sealer_model::agent::Unpack;
use sealer_model::cluster::{Cluster, Member};

/// Unpack the rootfs.
pub(crate) struct UnpackRootfs;

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
            let marker = format!("{}/.sealer-rootfs", on.context.rootfs());
            let rootfs = on.context.bundle.rootfs_for(&on.fleet().facts_of(on.address())?.platform)?;
            let found = on.agent()?.read_file(&marker).await?;
            let found = found.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
            Ok(found.as_deref() == Some(rootfs.manifest.digest.as_str()))
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let cluster = on.cluster();
            let bundle = &on.context.bundle;
            let rootfs = bundle.rootfs_for(&on.fleet().facts_of(on.address())?.platform)?;
            let unpack = Unpack {
                cluster: cluster.name.clone(),
                source: on.context.source()?,
                manifest: rootfs.manifest.clone(),
                destination: on.context.rootfs(),
            };
            on.agent()?.unpack(&unpack, |progress| on.tell_bytes("unpack the rootfs", progress)).await?;
            Ok(())
        })
    }
}
