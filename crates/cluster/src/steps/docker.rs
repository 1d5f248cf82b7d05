//! docker as the container runtime: from the rootfs over the containerd beside it, or the one that the host's owner has. That one is told
//! of the site's registry and begins anew, while its containers live on; its data, its settings and its programs stay what they are.

use super::balancer::tunnel_address;
use super::registry::file;
use crate::delivery::{Delivery, command};
use crate::registry::docker::{DESCRIPTION, Daemon, UNIT};
use crate::registry::other_runtimes::{DAEMON, DOCKER as SETTINGS};
use crate::step::On;
use crate::{Error, Fleet};
use sealer_host::Finished;
use sealer_model::Reference;
use sealer_model::agent::{Change, JsonValue};
use sealer_model::facts::Facts;
use sealer_model::kubeadm::NodeRegistration;
use std::time::{Duration, Instant};

/// Folders of a daemon of ours, and of the kubelet's part that talks to any.
const FOLDERS: [(&str, u32); 2] = [("/var/lib/docker", 0o710), ("/run/docker", 0o711)];
const OF_KUBELET: (&str, u32) = ("/var/lib/dockershim", 0o755);

/// Where the network add-on puts its configuration. The owner's containerd makes this folder for itself, so that it is not new with the one
/// above it, and what comes into it would stay.
const NETWORKS: (&str, u32) = ("/etc/cni/net.d", 0o755);

/// The unit's file, where it is of ours.
const UNIT_FILE: &str = "/etc/systemd/system/docker.service";

fn daemon<'a>(on: &'a On<'_, Delivery>) -> Daemon<'a> {
    let (cluster, trusted) = (on.cluster(), on.context.authority.trusted.as_str());
    Daemon { registry: &cluster.registry, trusted, proxy: tunnel_address(cluster, on.address()) }
}

fn folder((path, mode): (&str, u32)) -> Change {
    Change::Directory { path: path.into(), mode }
}

fn settings(values: Vec<JsonValue>) -> Change {
    Change::Json { path: DAEMON.into(), mode: 0o644, values }
}

const DOCKER: &str = "/usr/local/bin/docker";

/// What a docker of ours, or of the host's owner, touches.
pub(super) fn touches() -> impl Iterator<Item = String> {
    let folders = FOLDERS.iter().chain([&OF_KUBELET]).map(|(folder, _)| format!("{folder}/"));
    let files = [DOCKER.to_owned(), UNIT_FILE.to_owned(), format!("{UNIT_FILE}.d/"), format!("{SETTINGS}/")];
    folders.chain(files)
}

/// What makes a docker of ours run.
pub(super) async fn started(on: &On<'_, Delivery>) -> Result<Vec<Change>, Error> {
    let (context, rootfs) = (on.context, on.context.rootfs());
    has_programs(on, &rootfs).await?;
    let documents = context.kubeadm_documents(on.address()).await?;
    let driver = documents.cgroup_driver(context.bundle.kubernetes_version()?);
    let daemon = daemon(on);
    let mut changes: Vec<Change> = FOLDERS.map(folder).into();
    changes.push(folder(OF_KUBELET));
    changes.extend(daemon.authorities());
    changes.extend([
        settings(daemon.values(driver)),
        Change::Link { path: DOCKER.into(), target: format!("{rootfs}/cri/docker") },
        file(UNIT_FILE.into(), 0o644, &daemon.unit(&rootfs, &context.path())),
        Change::Unit { name: UNIT.into(), running: true },
    ]);
    Ok(changes)
}

/// Programs that the rootfs has to have.
const PROGRAMS: [&str; 2] = ["dockerd", "docker"];

async fn has_programs(on: &On<'_, Delivery>, rootfs: &str) -> Result<(), Error> {
    let list = on.context.command("ls", &["-1", &format!("{rootfs}/cri")]);
    let found = on.agent()?.command(&list, |_| ()).await?.successful()?.output;
    let missing = PROGRAMS.iter().find(|program| !found.lines().any(|name| name == **program));
    missing.map_or(Ok(()), |program| {
        Err(Error::UnfitRuntime {
            reason: format!(
                "host {} has no docker of its own, and image {} brings no cri/{program}",
                on.address(),
                on.context.bundle.name
            ),
        })
    })
}

/// What the docker of the host's owner is told, without beginning anew.
pub(super) fn told(on: &On<'_, Delivery>) -> Vec<Change> {
    let daemon = daemon(on);
    let mut changes = vec![folder(OF_KUBELET), folder(NETWORKS)];
    changes.extend(daemon.authorities());
    changes.extend([settings(daemon.values_of_owners()), Change::Reload { name: UNIT.into() }]);
    changes
}

/// What it begins anew with.
pub(super) fn restarted(on: &On<'_, Delivery>) -> Vec<Change> {
    vec![daemon(on).drop_in()]
}

/// How long a daemon may take to read its settings, and between two looks.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(200);

/// Waits until the daemon has taken in that containers live on: only then it may begin anew.
pub(super) async fn await_live_restore(on: &On<'_, Delivery>) -> Result<(), Error> {
    let ask = on.context.command("docker", &["info", "--format", "{{.LiveRestoreEnabled}}"]);
    let started = Instant::now();
    loop {
        let answer = on.agent()?.command(&ask, |_| ()).await?;
        match answer.successful() {
            Ok(said) if said.output.trim() == "true" => return Ok(()),
            _ if started.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            _ => {
                let reason = format!(
                    "docker on host {} does not take up live-restore of {DAEMON}; its containers would end when it begins anew",
                    on.address()
                );
                return Err(Error::UnfitRuntime { reason });
            }
        }
    }
}

/// What the kubelet has to be told of docker: the image of pods' sandboxes, and the cgroup driver where the daemon has one of its own.
pub(super) fn register(registration: &mut NodeRegistration, sandbox_image: &Reference, facts: &Facts) {
    let flags = &mut registration.kubelet_extra_args;
    flags.set("pod-infra-container-image", sandbox_image.to_string());
    if facts.surroundings.has_own_docker() {
        flags.set("cgroup-driver", facts.surroundings.docker.cgroup_driver.clone());
    }
}

/// Whether the docker of a host is one of ours.
pub(super) async fn is_ours<C: AsRef<Fleet>>(on: &On<'_, C>) -> Result<bool, Error> {
    let unit = on.agent()?.read_file(UNIT_FILE).await?;
    Ok(unit.is_some_and(|text| String::from_utf8_lossy(&text).contains(DESCRIPTION)))
}

/// What the kubelet marks each of its containers with.
const OF_KUBERNETES: &str = "label=io.kubernetes.docker.type";

/// Removes containers: all of a docker of ours, else those that the kubelet has made.
pub(super) async fn remove_containers<C: AsRef<Fleet>>(on: &On<'_, C>, ours: bool) -> Result<(), Error> {
    let filter: &[&str] = if ours { &[] } else { &["--filter", OF_KUBERNETES] };
    let list = command(on.cluster(), "docker", &[&["ps", "--all", "--quiet", "--no-trunc"], filter].concat());
    let found = match on.agent()?.command(&list, |_| ()).await.and_then(Finished::successful) {
        Ok(said) => said.output,
        // a delivery that broke off early has not brought docker
        Err(sealer_host::Error::NoProgram { .. }) => return Ok(()),
        // a daemon of ours that does not run has no container that lives, and what it had goes with its folder
        Err(sealer_host::Error::CommandFailed { .. }) if ours => return Ok(()),
        Err(error @ sealer_host::Error::CommandFailed { .. }) => {
            on.fleet().listener.warn(format!("containers of Kubernetes may be left in docker: {error}"));
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let containers: Vec<&str> = found.split_whitespace().collect();
    for some in containers.chunks(AT_ONCE) {
        let remove = command(on.cluster(), "docker", &[&["rm", "--force", "--volumes"], some].concat());
        on.fleet().run_silently(on.address(), &remove).await?;
    }
    Ok(())
}

/// A command line holds so many names with ease.
const AT_ONCE: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelet_takes_the_driver_that_an_owners_daemon_has() {
        let mut site = crate::checks::Site::well();
        let registered = |facts: &Facts| {
            let mut registration = NodeRegistration::default();
            register(&mut registration, &"k8s.gcr.io/pause:3.2".parse().unwrap(), facts);
            serde_json::to_value(&registration).unwrap()["kubeletExtraArgs"].to_string()
        };
        let ours = registered(site.node());
        assert!(ours.contains("pause:3.2") && !ours.contains("cgroup-driver"), "{ours}");
        let docker = &mut site.node().surroundings.docker;
        (docker.version, docker.cgroup_driver) = ("20.10.24".into(), "systemd".into());
        let owners = registered(site.node());
        assert!(owners.contains("cgroup-driver") && owners.contains("systemd"), "{owners}");
    }
}
