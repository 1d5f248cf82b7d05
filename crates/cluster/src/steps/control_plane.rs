//! Parts of the control plane on one master: the kubelet runs each from a file, and starts it anew when its container has ended.

use crate::delivery::command;
use crate::step::On;
use crate::{Error, Fleet};
use sealer_model::agent::Command;
use sealer_model::cluster::{Cluster, ContainerRuntime};
use std::time::{Duration, Instant};

/// All of them, in the order in which they may be restarted.
pub(super) const PARTS: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// How long a part may take to come back; the kubelet waits ten seconds before it starts a container that ended at once, and doubles that.
const PATIENCE: Duration = Duration::from_secs(240);

const PAUSE: Duration = Duration::from_secs(1);

/// Ends the containers of these parts on this host, one part after the other, and waits until each runs again and the API answers. A part
/// that does not run, because it was ended in this moment by whoever was cut off then, is waited for all the same.
pub(super) async fn restart<C: AsRef<Fleet>>(on: &On<'_, C>, step: &str, parts: &[&str]) -> Result<(), Error> {
    for part in parts {
        let Containers { all, running: before } = containers(on, part).await?;
        for container in &before {
            end(on, step, part, container).await?;
        }
        if !all.is_empty() {
            await_another(on, part, &before).await?;
        }
    }
    Ok(())
}

/// Ends the containers of all parts on a host whose kubelet is stopped, and waits until none is left.
pub(super) async fn stop<C: AsRef<Fleet>>(on: &On<'_, C>, step: &str) -> Result<(), Error> {
    for part in PARTS.iter().rev() {
        for container in containers(on, part).await?.running {
            end(on, step, part, &container).await?;
        }
        await_none(on, part).await?;
    }
    Ok(())
}

/// Asks a container to end. One that has ended by itself meanwhile is as good.
async fn end<C: AsRef<Fleet>>(on: &On<'_, C>, step: &str, part: &str, container: &str) -> Result<(), Error> {
    let asked = on.fleet().run_whole(on.address(), step, kill(on.cluster(), container)).await?;
    if asked.exit != 0 && containers(on, part).await?.running.iter().any(|it| it == container) {
        asked.successful()?;
    }
    Ok(())
}

fn kill(cluster: &Cluster, container: &str) -> Command {
    match cluster.actual_runtime() {
        ContainerRuntime::Containerd => {
            let words = ["--namespace", "k8s.io", "tasks", "kill", "--signal", "SIGTERM", container];
            command(cluster, "ctr", &words)
        }
        ContainerRuntime::Docker => command(cluster, "docker", &["kill", "--signal", "SIGTERM", container]),
    }
}

async fn await_none<C: AsRef<Fleet>>(on: &On<'_, C>, part: &str) -> Result<(), Error> {
    let started = Instant::now();
    while !containers(on, part).await?.running.is_empty() {
        if started.elapsed() > PATIENCE {
            let (host, part, seconds) = (on.address(), part.to_owned(), PATIENCE.as_secs());
            return Err(Error::NotStopped { host, part, seconds });
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Waits until the API server of this host answers that it is ready.
pub(super) async fn await_ready<C: AsRef<Fleet>>(on: &On<'_, C>) -> Result<(), Error> {
    let (started, ready) = (Instant::now(), readiness(on));
    loop {
        match on.fleet().run_silently(on.address(), &ready).await {
            Ok(_) => return Ok(()),
            Err(error) if started.elapsed() > PATIENCE => return Err(error),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// The question to the API server of this host whether it is ready.
fn readiness<C: AsRef<Fleet>>(on: &On<'_, C>) -> Command {
    let local = format!("https://{}", std::net::SocketAddr::new(on.address(), 6443));
    command(on.cluster(), "kubectl", &["--server", &local, "get", "--raw", "/readyz"])
}

/// The containers of a part; where a host has no such part there are none.
struct Containers {
    all: Vec<String>,
    running: Vec<String>,
}

async fn containers<C: AsRef<Fleet>>(on: &On<'_, C>, part: &str) -> Result<Containers, Error> {
    if on.cluster().actual_runtime() == ContainerRuntime::Docker {
        return containers_of_docker(on, part).await;
    }
    let label = format!("labels.\"io.kubernetes.container.name\"=={part}");
    let list = ["--namespace", "k8s.io", "containers", "list", "--quiet", &label];
    let all = on.fleet().run_silently(on.address(), &command(on.cluster(), "ctr", &list)).await?;
    let tasks = ["--namespace", "k8s.io", "tasks", "list"];
    let tasks = on.fleet().run_silently(on.address(), &command(on.cluster(), "ctr", &tasks)).await?;
    Ok(sorted(&all, &tasks))
}

async fn containers_of_docker<C: AsRef<Fleet>>(on: &On<'_, C>, part: &str) -> Result<Containers, Error> {
    let label = format!("label=io.kubernetes.container.name={part}");
    let list = ["ps", "--quiet", "--no-trunc", "--filter", &label];
    let running = on.fleet().run_silently(on.address(), &command(on.cluster(), "docker", &list)).await?;
    let list = [&list[..], &["--all"]].concat();
    let all = on.fleet().run_silently(on.address(), &command(on.cluster(), "docker", &list)).await?;
    let names = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    Ok(Containers { all: names(&all), running: names(&running) })
}

/// The containers listed, and those of them whose task runs: lines of identifier, process, state.
fn sorted(containers: &str, tasks: &str) -> Containers {
    let runs = |container: &str| {
        tasks.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(container) && words.nth(1) == Some("RUNNING")
        })
    };
    let all: Vec<String> = containers.lines().map(|line| line.trim().to_owned()).collect();
    Containers { running: all.iter().filter(|container| runs(container)).cloned().collect(), all }
}

async fn await_another<C: AsRef<Fleet>>(on: &On<'_, C>, part: &str, before: &[String]) -> Result<(), Error> {
    let started = Instant::now();
    let ready = readiness(on);
    loop {
        let now = containers(on, part).await?.running;
        let another = now.iter().any(|container| !before.contains(container));
        let outcome = if another { Some(on.fleet().run_silently(on.address(), &ready).await) } else { None };
        match outcome {
            Some(Ok(_)) => return Ok(()),
            Some(Err(error)) if started.elapsed() > PATIENCE => return Err(error),
            None if started.elapsed() > PATIENCE => {
                return Err(Error::NotRestarted {
                    host: on.address(),
                    part: part.to_owned(),
                    seconds: PATIENCE.as_secs(),
                });
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_does_not_run_in_this_moment_is_told_from_one_that_is_not_there() {
        let tasks = "TASK    PID    STATUS\naaa    12    RUNNING\nbbb    0     STOPPED\n";
        let three = sorted("aaa\nbbb\nccc\n", tasks);
        assert_eq!((three.running, three.all.len()), (vec!["aaa".to_owned()], 3));
        assert!(sorted("", tasks).all.is_empty());
    }
}
