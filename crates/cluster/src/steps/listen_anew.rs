//! Has the kubelet and the daemons of a host listen to the API anew after etcd came from a backup. Whoever watches the API asks for what comes
//! after the last number that he was told; when a backup of yesterday is in force the same number comes again only tomorrow, and until
//! then a kubelet starts no pod. All else that runs on the host goes on.

use crate::delivery::command;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::renew_daemons::renew;
use crate::{Error, Fleet};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;

/// Listen to the API anew.
pub(crate) struct ListenAnew;

const STEP: &str = "listen-anew";

impl<C: AsRef<Fleet> + Send + Sync> Step<C> for ListenAnew {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Have kubelet and daemons listen to the API anew"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn touches(&self, _cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec!["Pod".into()]
    }

    /// To whom somebody listens cannot be seen.
    fn probe<'a>(&'a self, _: &'a On<'a, C>) -> Answer<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, ()> {
        Box::pin(async move {
            let restart = command(on.cluster(), "systemctl", &["restart", "kubelet.service"]);
            on.fleet().run(on.address(), STEP, restart).await?;
            renew(on, STEP).await
        })
    }

    /// That all are there again is seen by `check`.
    fn verify<'a>(&'a self, _: &'a On<'a, C>) -> Answer<'a, bool> {
        Box::pin(async { Ok::<_, Error>(true) })
    }
}
