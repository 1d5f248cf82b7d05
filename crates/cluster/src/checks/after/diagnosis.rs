//! Why a pod is not well: the first cause, not the last consequence. A container that waits to be started again is told with how
//! it ended and what it last said; one that is not ready with what its probe was answered.

use super::After;
use super::objects::{ContainerStatus, MIRROR, Object, Reason};

/// What keeps a pod from being ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// An image cannot be had.
    Image,
    /// A container was ended for want of memory.
    Memory,
    /// A container ends again and again, or ended badly.
    Crash,
    /// No node takes it.
    Schedule,
    /// A container runs and does not say that it is ready.
    Probe,
    /// Anything else.
    Other,
}

/// What is wrong with a pod; nothing where it is ready, or done.
pub(super) fn trouble(pod: &Object, after: &After) -> Option<(Trouble, String)> {
    if pod.status.phase == "Succeeded" || pod.is("Ready") || is_running_mirror(pod) {
        return None;
    }
    // A job replaces its failed pods; whether the job failed is the job's to say.
    if pod.status.phase == "Failed" && !pod.metadata.owners.is_empty() {
        return None;
    }
    let containers = || pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    let unready = || containers().filter(|container| !container.ready);
    if let Some(trouble) = unready().find_map(|container| of_container(container, pod, after)) {
        return Some(trouble);
    }
    if let Some(scheduled) = pod.condition("PodScheduled").filter(|scheduled| scheduled.status != "True") {
        return Some((Trouble::Schedule, format!("{}: {}", scheduled.reason, scheduled.message)));
    }
    let running =
        pod.status.container_statuses.iter().find(|container| !container.ready && container.state.running.is_some());
    Some(match (running, event(pod, after, &["Unhealthy"])) {
        (Some(container), Some(probe)) => {
            (Trouble::Probe, format!("container {} is not ready: {probe}", container.name))
        }
        (Some(container), None) => (Trouble::Probe, format!("container {} runs and is not ready yet", container.name)),
        _ => (Trouble::Other, other(pod, after)),
    })
}

/// The kubelet tells the API that a pod of the control plane is ready up to a minute after it is; that the API answers and
/// that pods are scheduled says the same at once.
fn is_running_mirror(pod: &Object) -> bool {
    let containers = &pod.status.container_statuses;
    pod.metadata.annotations.contains_key(MIRROR)
        && !containers.is_empty()
        && containers.iter().all(|container| container.state.running.is_some())
}

const NO_IMAGE: [&str; 5] =
    ["ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"];
const USUAL: [&str; 4] = ["", "Completed", "ContainerCreating", "PodInitializing"];

fn of_container(container: &ContainerStatus, pod: &Object, after: &After) -> Option<(Trouble, String)> {
    let name = &container.name;
    let ended = container.state.terminated.as_ref().or(container.last_state.terminated.as_ref());
    let state = [&container.state.waiting, &container.state.terminated];
    let reason = state.into_iter().flatten().find(|reason| !USUAL.contains(&reason.reason.as_str()))?;
    let text = format!("container {name}: {}", said(reason));
    if NO_IMAGE.contains(&reason.reason.as_str()) {
        // the back-off only says that it waits; the event says for what
        let cause = event(pod, after, &["Failed"]).filter(|cause| !reason.message.contains(cause.as_str()));
        return Some((Trouble::Image, with(text, cause.as_ref())));
    }
    let Some(ended) = ended else { return Some((Trouble::Other, text)) };
    let restarts = container.restart_count;
    if ended.reason == "OOMKilled" {
        return Some((Trouble::Memory, format!("container {name} was ended for want of memory, {restarts} restarts")));
    }
    let key = (pod.metadata.namespace.clone(), pod.metadata.name.clone());
    let last = after.logs.get(&key).map(|line| format!("it last said: {line}"));
    let text = format!("container {name}: {}, exit code {}, {restarts} restarts", reason.reason, ended.exit_code);
    Some((Trouble::Crash, with(text, last.as_ref())))
}

fn said(reason: &Reason) -> String {
    format!("{} {}", reason.reason, reason.message).trim_end().to_owned()
}

fn with(text: String, more: Option<&String>) -> String {
    more.map_or(text.clone(), |more| format!("{text}; {more}"))
}

fn other(pod: &Object, after: &After) -> String {
    let hindrance = ["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "Evicted", "NodeNotReady"];
    let phase = &pod.status.phase;
    event(pod, after, &hindrance).unwrap_or_else(|| match pod.metadata.deletion_timestamp {
        Some(_) => "it is being deleted and does not end".into(),
        None => format!("phase {phase}, not ready"),
    })
}

/// The message of the pod's latest warning with one of these reasons.
fn event(pod: &Object, after: &After, reasons: &[&str]) -> Option<String> {
    let mine = after.warnings.iter().filter(|event| {
        let involved = &event.involved;
        involved.name == pod.metadata.name && involved.namespace == pod.metadata.namespace
    });
    let latest = mine.filter(|event| reasons.contains(&event.reason.as_str())).max_by_key(|event| event.seen())?;
    Some(latest.message.trim().to_owned())
}
