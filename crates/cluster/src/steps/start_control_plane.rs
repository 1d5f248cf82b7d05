//! Starts the kubelet on a master, which starts the control plane from its static pods, and waits until the API answers there.

use crate::Fleet;
use crate::delivery::command;
use crate::step::{Answer, On, Step, masters};
use crate::steps::control_plane::await_ready;
use sealer_model::cluster::{Cluster, Member};

/// Start the control plane again.
pub(crate) struct StartControlPlane;

const STEP: &str = "start-control-plane";

impl<C: AsRef<Fleet> + Send + Sync> Step<C> for StartControlPlane {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Start the control plane again"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        masters(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool> {
        Box::pin(async move {
            let runs = command(on.cluster(), "systemctl", &["is-active", "--quiet", "kubelet.service"]);
            Ok(on.agent()?.command(&runs, |_| ()).await?.exit == 0)
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, ()> {
        Box::pin(async move {
            let kubelet = command(on.cluster(), "systemctl", &["start", "kubelet.service"]);
            on.fleet().run(on.address(), STEP, kubelet).await.map(drop)
        })
    }

    fn verify<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool> {
        Box::pin(async move { await_ready(on).await.map(|()| true) })
    }
}
