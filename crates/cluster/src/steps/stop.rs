//! Stops Kubernetes on a host: kubelet, containerd, and every container that they started.

use crate::Fleet;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::clean;
use sealer_model::cluster::{Cluster, Member};

/// Stop Kubernetes and its containers.
pub(crate) struct StopKubernetes;

impl Step<Fleet> for StopKubernetes {
    fn id(&self) -> &'static str {
        "stop"
    }

    fn title(&self) -> &'static str {
        "Stop Kubernetes and its containers"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    /// Stopping what is stopped does no harm, and looking for every process costs as much as ending it.
    fn probe<'a>(&'a self, _: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, ()> {
        Box::pin(clean::stop_everything(on))
    }

    /// The agent answers only when the processes are gone.
    fn verify<'a>(&'a self, _: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async { Ok(true) })
    }
}
