//! Writes what differs on this site into the rootfs of each host: documents `Config`, files of applications, templates filled in from
//! that host's environment. Nothing else in the rootfs is touched, and a host that has it all already stays as it is.

use crate::delivery::Delivery;
use crate::step::{Answer, Changes, On, everywhere};
use sealer_model::agent::{Change, Content, Text};
use sealer_model::cluster::{Cluster, Member};

/// Tailor the rootfs to the site.
pub(crate) struct TailorRootfs;

impl Changes for TailorRootfs {
    fn id(&self) -> &'static str {
        "tailor-rootfs"
    }

    fn title(&self) -> &'static str {
        "Tailor the rootfs to the site"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            let rootfs = on.context.rootfs();
            let files = on.context.files(on.member)?;
            let change = |file: sealer_tailor::TailoredFile| Change::File {
                path: format!("{rootfs}/{}", file.path),
                mode: file.mode,
                content: Content::Text(Text(file.text)),
            };
            Ok(files.into_iter().map(change).collect())
        })
    }
}
