//! Brings our block in `/etc/hosts` to what the desired state says: names that a site adds or takes away later.

use crate::Fleet;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::{init, trust};
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;

/// Bring names into /etc/hosts.
pub(crate) struct NameHosts;

impl Step<Fleet> for NameHosts {
    fn id(&self) -> &'static str {
        "name-hosts"
    }

    fn title(&self) -> &'static str {
        "Bring names into /etc/hosts"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn touches(&self, _: &Cluster, _: &Extension) -> Vec<String> {
        vec!["/etc/hosts".into()]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(!on.change(vec![block(on).await?], true).await?) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, ()> {
        Box::pin(async move { on.change(vec![block(on).await?], false).await.map(drop) })
    }
}

async fn block(on: &On<'_, Fleet>) -> Result<Change, crate::Error> {
    let joined = on.agent()?.read_file(&init::mark(on.cluster())).await?.is_some();
    Ok(trust::names(on.cluster(), on.member, joined)?)
}
