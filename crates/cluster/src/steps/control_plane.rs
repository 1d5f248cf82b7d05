//! Parts of the control plane on one master: the kubelet runs each from a file, and starts it anew when its container has ended.

use crate::delivery::command;
use crate::step::On;
use crate::{Error, Fleet};
use sealer_model::agent::Command;
use std::time::{Duration, Instant};

/// All of them, in the order in which they may be restarted.
pub(super) const PARTS: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// How long a part may take to come back; the kubelet waits ten seconds before it starts a container that ended at once, and doubles that.
const PATIENCE: Duration = Duration::from_secs(240);

const PAUSE: Duration = Duration::from_secs(1);

/// Ends the containers of these parts on this host, one part after the other, and waits until each runs again and the API answers.
pub(super) async fn restart<C: AsRef<Fleet>>(on: &On<'_, C>, step: &str, parts: &[&str]) -> Result<(), Error> {
    for part in parts {
        let before = containers(on, part).await?;
        for container in &before {
            let end = ["--namespace", "k8s.io", "tasks", "kill", "--signal", "SIGTERM", container];
            on.fleet().run(on.address(), step, command(on.cluster(), "ctr", &end)).await?;
        }
        if !before.is_empty() {
            await_another(on, part, &before).await?;
        }
    }
    Ok(())
}

/// Ends the containers of all parts on a host whose kubelet is stopped, and waits until none is left.
pub(super) async fn stop<C: AsRef<Fleet>>(on: &On<'_, C>, step: &str) -> Result<(), Error> {
    for part in PARTS.iter().rev() {
        for container in containers(on, part).await? {
            let kill = ["--namespace", "k8s.io", "tasks", "kill", "--signal", "SIGTERM", &container];
            on.fleet().run(on.address(), step, command(on.cluster(), "ctr", &kill)).await?;
        }
        await_none(on, part).await?;
    }
    Ok(())
}

async fn await_none<C: AsRef<Fleet>>(on: &On<'_, C>, part: &str) -> Result<(), Error> {
    let started = Instant::now();
    while !containers(on, part).await?.is_empty() {
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

/// The containers of a part that run.
async fn containers<C: AsRef<Fleet>>(on: &On<'_, C>, part: &str) -> Result<Vec<String>, Error> {
    let label = format!("labels.\"io.kubernetes.container.name\"=={part}");
    let list = ["--namespace", "k8s.io", "containers", "list", "--quiet", &label];
    let all = on.fleet().run_silently(on.address(), &command(on.cluster(), "ctr", &list)).await?;
    let tasks = ["--namespace", "k8s.io", "tasks", "list"];
    let tasks = on.fleet().run_silently(on.address(), &command(on.cluster(), "ctr", &tasks)).await?;
    Ok(running(&all, &tasks))
}

/// Of the containers listed those whose task runs: lines of identifier, process, state.
fn running(containers: &str, tasks: &str) -> Vec<String> {
    let runs = |container: &str| {
        tasks.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(container) && words.nth(1) == Some("RUNNING")
        })
    };
    containers.lines().map(str::trim).filter(|container| runs(container)).map(str::to_owned).collect()
}

async fn await_another<C: AsRef<Fleet>>(on: &On<'_, C>, part: &str, before: &[String]) -> Result<(), Error> {
    let started = Instant::now();
    let ready = readiness(on);
    loop {
        let now = containers(on, part).await?;
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
    fn only_containers_that_run_count() {
        let tasks = "TASK    PID    STATUS\naaa    12    RUNNING\nbbb    0     STOPPED\n";
        assert_eq!(running("aaa\nbbb\nccc\n", tasks), ["aaa"]);
        assert!(running("", tasks).is_empty());
    }
}
