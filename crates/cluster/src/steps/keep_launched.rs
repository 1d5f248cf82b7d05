//! Lets the first master know what was launched, when the one that did it has left: otherwise the next delivery would launch everything
//! again, and not every command may run twice.

use crate::delivery::Delivery;
use crate::step::{Answer, Changes, On, first_master};
use crate::steps::launch::marks;
use crate::steps::registry::cluster_folder;
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::launch;

/// Remember what was launched.
pub(crate) struct KeepLaunched;

impl Changes for KeepLaunched {
    fn id(&self) -> &'static str {
        "keep-launched"
    }

    fn title(&self) -> &'static str {
        "Remember what was launched"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            let (extension, secrets) = (&on.context.bundle.extension, on.fleet().secrets());
            let mut launched = launch::plugins(on.cluster(), extension, secrets)?;
            launched.extend(launch::applications(on.cluster(), extension, secrets)?);
            let mut changes = vec![cluster_folder(on.cluster())];
            changes.extend(marks(on, &launched)?);
            Ok(changes)
        })
    }
}
