//! Starts the container runtime: containerd from the rootfs, or docker, from there over the same containerd or as the host has it already.
//! The network plugins lie where every one of them expects them.

use super::{containerd, docker};
use crate::Error;
use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, everywhere};
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, ContainerRuntime, Member};
use sealer_model::image::Extension;

/// Start the container runtime.
pub(crate) struct StartContainerRuntime;

impl Step<Delivery> for StartContainerRuntime {
    fn id(&self) -> &'static str {
        "container-runtime"
    }

    fn title(&self) -> &'static str {
        "Start the container runtime"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        let shared = NETWORK.map(|folder| format!("{folder}/")).into_iter().chain(containerd::touches());
        match cluster.container_runtime {
            ContainerRuntime::Containerd => shared.collect(),
            ContainerRuntime::Docker => shared.chain(docker::touches()).collect(),
        }
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let changes = changes(on).await?;
            Ok(!on.change([changes.first, changes.then].concat(), true).await?)
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let changes = changes(on).await?;
            on.change(changes.first, false).await?;
            if !changes.then.is_empty() {
                docker::await_live_restore(on).await?;
                on.change(changes.then, false).await?;
            }
            Ok(())
        })
    }
}

/// Folders of network plugins and add-ons.
const NETWORK: [&str; 3] = ["/etc/cni", "/opt/cni", "/var/lib/cni"];

/// What shall be so.
struct RuntimeChanges {
    first: Vec<Change>,
    /// What comes when containers outlive their daemon: it makes the host's own docker begin anew.
    then: Vec<Change>,
}

async fn changes(on: &On<'_, Delivery>) -> Result<RuntimeChanges, Error> {
    let mut first = network(on).await?;
    let owners = on.fleet().facts_of(on.address())?.surroundings.has_own_docker();
    let mut then = Vec::new();
    match on.cluster().container_runtime {
        ContainerRuntime::Containerd => first.extend(containerd::changes(on).await?),
        ContainerRuntime::Docker if owners => {
            first.extend(docker::told(on));
            then = docker::restarted(on);
        }
        ContainerRuntime::Docker => {
            first.extend(containerd::changes(on).await?);
            first.extend(docker::started(on).await?);
        }
    }
    Ok(RuntimeChanges { first, then })
}

/// The network plugins of the rootfs, linked to where every runtime and every network add-on expects them.
async fn network(on: &On<'_, Delivery>) -> Result<Vec<Change>, Error> {
    let directory = |path: &str| Change::Directory { path: path.into(), mode: 0o755 };
    let mut changes: Vec<Change> = NETWORK.map(directory).into();
    let rootfs = on.context.rootfs();
    let list = on.context.command("ls", &["-1", &format!("{rootfs}/cni")]);
    let names = on.agent()?.command(&list, |_| ()).await?;
    let link =
        |name: &str| Change::Link { path: format!("/opt/cni/bin/{name}"), target: format!("{rootfs}/cni/{name}") };
    changes.extend(names.successful()?.output.lines().map(link));
    Ok(changes)
}
