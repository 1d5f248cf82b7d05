//! What keeps a pod from being well, in the words of whoever noticed: the scheduler, the puller of images, the volumes, the probe, or
//! the program itself, which has to be asked for its last lines.

use super::{Readiness, condition};
use serde_json::Value;

/// What is the matter with a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What is the matter.
    pub(crate) text: String,
    /// Whose last lines tell more.
    pub(crate) log: Option<Log>,
    /// Whether only events can tell more.
    pub(crate) ask_events: bool,
}

/// A container's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) container: String,
    /// That of the run before: this one has not said anything yet.
    pub(crate) previous: bool,
}

impl Trouble {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), log: None, ask_events: false }
    }
}

/// How a pod stands that shall go on.
pub(super) fn pod(object: &Value) -> Readiness {
    match object.pointer("/status/phase").and_then(Value::as_str).unwrap_or("Pending") {
        "Succeeded" => Readiness::Ready,
        "Failed" => Readiness::Failed(trouble(object).map_or_else(|| "failed".to_owned(), |trouble| trouble.text)),
        _ if condition(object, "Ready").is_some_and(|(status, _)| status == "True") => Readiness::Ready,
        phase => Readiness::waiting(trouble(object).map_or_else(|| format!("is {phase}"), |trouble| trouble.text)),
    }
}

/// How a pod stands that shall come to its end.
pub(super) fn run(object: &Value) -> Readiness {
    match object.pointer("/status/phase").and_then(Value::as_str) {
        Some("Succeeded") => Readiness::Ready,
        _ => match pod(object) {
            Readiness::Ready => Readiness::waiting("has not ended"),
            other => other,
        },
    }
}

/// The first thing that keeps a pod from being well; none where it is.
pub(crate) fn trouble(pod: &Value) -> Option<Trouble> {
    if let Some((_, text)) = condition(pod, "PodScheduled").filter(|(status, _)| status == "False") {
        return Some(Trouble::new(format!("cannot be scheduled: {}", text.trim_start_matches("Unschedulable: "))));
    }
    let statuses = |name: &str| pod.get("status").and_then(|status| status.get(name)).and_then(Value::as_array);
    let all = ["initContainerStatuses", "containerStatuses"].into_iter().filter_map(statuses).flatten();
    let found = all.filter_map(of_container).next();
    if found.is_some() {
        return found;
    }
    let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    match phase {
        "Pending" => Some(Trouble { ask_events: true, ..Trouble::new("its containers have not been made") }),
        "Failed" => {
            let message = pod.pointer("/status/message").and_then(Value::as_str).unwrap_or("no reason is given");
            Some(Trouble::new(format!("failed: {message}")))
        }
        _ => None,
    }
}

fn of_container(status: &Value) -> Option<Trouble> {
    let word = |path: &str| status.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let name = word("/name");
    let waiting = word("/state/waiting/reason");
    match waiting {
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" | "RegistryUnavailable" => {
            let text = format!(
                "the image {} of container {name} cannot be had: {}",
                word("/image"),
                word("/state/waiting/message")
            );
            return Some(Trouble::new(text));
        }
        "CrashLoopBackOff" => {
            let text = format!("container {name} crashes: {}", ended(status.pointer("/lastState/terminated")));
            return Some(Trouble {
                log: Some(Log { container: name.to_owned(), previous: true }),
                ..Trouble::new(text)
            });
        }
        "ContainerCreating" | "PodInitializing" => {
            return (waiting == "ContainerCreating")
                .then(|| Trouble { ask_events: true, ..Trouble::new(format!("container {name} is being made")) });
        }
        "" => {}
        other => return Some(Trouble::new(format!("container {name}: {other}: {}", word("/state/waiting/message")))),
    }
    let terminated = status.pointer("/state/terminated");
    if terminated.and_then(|state| state.get("exitCode")).and_then(Value::as_i64).is_some_and(|code| code != 0) {
        let text = format!("container {name} ended: {}", ended(terminated));
        return Some(Trouble { log: Some(Log { container: name.to_owned(), previous: false }), ..Trouble::new(text) });
    }
    let running = status.pointer("/state/running").is_some();
    let ready = status.get("ready").and_then(Value::as_bool) == Some(true);
    // A start-up container that runs is at work; nobody probes it.
    let trouble =
        Trouble { ask_events: true, ..Trouble::new(format!("container {name} runs, but its probe has not succeeded")) };
    (running && !ready).then_some(trouble)
}

/// `exit code 1 (Error)`
fn ended(terminated: Option<&Value>) -> String {
    let code = terminated.and_then(|state| state.get("exitCode")).and_then(Value::as_i64);
    let reason = terminated.and_then(|state| state.get("reason")).and_then(Value::as_str).unwrap_or("unknown");
    match code {
        Some(code) => format!("exit code {code} ({reason})"),
        None => format!("again and again ({reason})"),
    }
}
