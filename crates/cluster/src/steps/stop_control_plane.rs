//! Stops the kubelet and the control plane on a master, so that nothing writes while what it knows is replaced. Other containers run on.

use crate::Error;
use crate::delivery::command;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::control_plane::stop;
use crate::verbs::Restoration;
use sealer_model::cluster::{Cluster, Member};

/// Stop the control plane.
pub(crate) struct StopControlPlane;

impl Step<Restoration> for StopControlPlane {
    fn id(&self) -> &'static str {
        "stop-control-plane"
    }

    fn title(&self) -> &'static str {
        "Stop the control plane"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    /// Stopping what is stopped does no harm.
    fn probe<'a>(&'a self, _: &'a On<'a, Restoration>) -> Answer<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Restoration>) -> Answer<'a, ()> {
        Box::pin(async move {
            let kubelet = command(on.cluster(), "systemctl", &["stop", "kubelet.service"]);
            on.fleet().run(on.address(), Step::id(self), kubelet).await?;
            stop(on, Step::id(self)).await
        })
    }

    /// Its containers were waited for.
    fn verify<'a>(&'a self, _: &'a On<'a, Restoration>) -> Answer<'a, bool> {
        Box::pin(async { Ok::<_, Error>(true) })
    }
}
