//! Starts the kubelet on a master, which starts the control plane from its static pods, and waits until the API answers there.

use crate::delivery::command;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::control_plane::await_ready;
use crate::verbs::Restoration;
use sealer_model::cluster::{Cluster, Member};

/// Start the control plane again.
pub(crate) struct StartControlPlane;

impl Step<Restoration> for StartControlPlane {
    fn id(&self) -> &'static str {
        "start-control-plane"
    }

    fn title(&self) -> &'static str {
        "Start the control plane again"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    /// It was stopped on every master before.
    fn probe<'a>(&'a self, _: &'a On<'a, Restoration>) -> Answer<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Restoration>) -> Answer<'a, ()> {
        Box::pin(async move {
            let kubelet = command(on.cluster(), "systemctl", &["start", "kubelet.service"]);
            on.fleet().run(on.address(), Step::id(self), kubelet).await.map(drop)
        })
    }

    fn verify<'a>(&'a self, on: &'a On<'a, Restoration>) -> Answer<'a, bool> {
        Box::pin(async move { await_ready(on).await.map(|()| true) })
    }
}
