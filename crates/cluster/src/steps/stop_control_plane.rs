//! Stops the kubelet and the control plane on a master, so that nothing writes while what it knows is replaced. Other containers run on.

use crate::delivery::command;
use crate::step::{Answer, On, Step, masters};
use crate::steps::control_plane::stop;
use crate::{Error, Fleet};
use sealer_model::cluster::{Cluster, Member};

/// Stop the control plane.
pub(crate) struct StopControlPlane {
    /// The file on a master which tells that what it is to be stopped for is done there; none where that cannot be told.
    pub(crate) done: Option<String>,
}

const STEP: &str = "stop-control-plane";

impl<C: AsRef<Fleet> + Send + Sync> Step<C> for StopControlPlane {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Stop the control plane"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        masters(cluster)
    }

    /// Stopping what is stopped does no harm.
    fn probe<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool> {
        Box::pin(async move {
            let Some(done) = &self.done else { return Ok(false) };
            Ok(on.agent()?.read_file(done).await?.is_some())
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, ()> {
        Box::pin(async move {
            let kubelet = command(on.cluster(), "systemctl", &["stop", "kubelet.service"]);
            on.fleet().run(on.address(), STEP, kubelet).await?;
            stop(on, STEP).await
        })
    }

    /// Its containers were waited for.
    fn verify<'a>(&'a self, _: &'a On<'a, C>) -> Answer<'a, bool> {
        Box::pin(async { Ok::<_, Error>(true) })
    }
}
