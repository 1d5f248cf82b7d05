//! Takes from a host what the Go sealer's way of installing put there. No ledger knows of it, so it goes by the names that its scripts use;
//! root's own kubeconfig and everything else of the host's owner stay.

use crate::delivery::command;
use crate::step::{Answer, On, Step, everywhere};
use crate::{Error, Fleet};
use sealer_model::agent::{EndProcesses, Text, Unmount};
use sealer_model::cluster::{API_SERVER_DOMAIN, Cluster, Member};

/// Remove Kubernetes as the Go sealer installed it.
pub(crate) struct ResetAdopted;

const STEP: &str = "reset-adopted";

/// It is read by a shell from its standard input and gets words, never text to be read as a program.
const SCRIPT: &str = include_str!("reset_adopted.sh");

impl Step<Fleet> for ResetAdopted {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Remove Kubernetes as the Go sealer installed it"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    /// Looking for everything costs as much as removing it.
    fn probe<'a>(&'a self, _: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, ()> {
        Box::pin(async move {
            run(on, "stop").await?;
            let pods = ["kubepods", "kubepods.slice"].map(Into::into).into();
            on.agent()?.end_processes(&EndProcesses { below: Vec::new(), control_groups: pods }).await?;
            let mounts = ["/var/lib/kubelet", "/run/netns"].map(Into::into).into();
            on.agent()?.unmount(&Unmount { below: mounts }).await?;
            run(on, "remove").await
        })
    }

    /// The script fails when something it removed is still there.
    fn verify<'a>(&'a self, _: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async { Ok(true) })
    }
}

async fn run(on: &On<'_, Fleet>, part: &str) -> Result<(), Error> {
    let cluster = on.cluster();
    let runtime = cluster.adopted.as_ref().map_or("containerd", |adopted| &adopted.runtime);
    let rootfs = cluster.rootfs();
    let words = ["-s", "--", part, &rootfs, runtime, &cluster.registry.domain, API_SERVER_DOMAIN];
    let mut shell = command(cluster, "bash", &words);
    shell.input = Some(Text(SCRIPT.to_owned()));
    on.fleet().run(on.address(), STEP, shell).await.map(drop)
}
