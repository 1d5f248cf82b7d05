//! Runs of containers: a container that is started again is another run, with a log of its own.

use super::{LogLine, LogRequest};
use serde_json::Value;

/// One run of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) namespace: String,
    pub(super) pod: String,
    uid: String,
    pub(super) container: String,
    restarts: u64,
    /// Whether it has begun, so that it may have said something.
    has_begun: bool,
    /// Why it has not.
    pub(super) waits_for: Option<String>,
}

impl Run {
    /// The runs of a pod's containers, those first that come first.
    pub(super) fn of_pod(pod: &Value, namespace: &str) -> Vec<Self> {
        let word = |path: &str| pod.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, uid) = (word("/metadata/name"), word("/metadata/uid"));
        let statuses = |kind: &str| pod.pointer(kind).and_then(Value::as_array).into_iter().flatten();
        let all = statuses("/status/initContainerStatuses").chain(statuses("/status/containerStatuses"));
        let run = |status: &Value| Self {
            namespace: namespace.to_owned(),
            pod: name.clone(),
            uid: uid.clone(),
            container: status["name"].as_str().unwrap_or_default().to_owned(),
            restarts: status["restartCount"].as_u64().unwrap_or(0),
            has_begun: status.pointer("/lastState/terminated").is_some()
                || (status.get("state").is_some() && status.pointer("/state/waiting").is_none()),
            waits_for: status.pointer("/state/waiting/reason").and_then(Value::as_str).map(str::to_owned),
        };
        all.map(run).collect()
    }

    /// Whether there is a log of this run, or of the one before it.
    pub(super) fn is_told(&self, previous: bool) -> bool {
        if previous { self.restarts > 0 } else { self.has_begun }
    }

    /// While a container waits to be started again, its log is still that of its last run.
    pub(super) fn key(&self) -> (String, String, u64) {
        (self.uid.clone(), self.container.clone(), self.restarts)
    }

    pub(super) fn title(&self) -> String {
        format!("pod {}/{}, container {}", self.namespace, self.pod, self.container)
    }

    pub(super) fn line(&self, text: String) -> LogLine {
        LogLine { pod: self.pod.clone(), container: self.container.clone(), text }
    }

    pub(super) fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/pods/{}/log", self.namespace, self.pod)
    }

    pub(super) fn query(&self, request: &LogRequest, follows: bool) -> Vec<(&'static str, String)> {
        let mut query = vec![("container", self.container.clone())];
        query.extend(follows.then(|| ("follow", "true".to_owned())));
        query.extend(request.previous.then(|| ("previous", "true".to_owned())));
        query.extend(request.tail.map(|lines| ("tailLines", lines.to_string())));
        query.extend(request.since_seconds.map(|seconds| ("sinceSeconds", seconds.to_string())));
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_container_that_was_started_again_is_another_run() {
        let pod = |restarts: u64, state: Value| {
            let status = json!({"name": "web", "restartCount": restarts, "state": state});
            json!({"metadata": {"name": "a", "uid": "1"}, "status": {"containerStatuses": [status],
                "initContainerStatuses": [{"name": "first", "restartCount": 0, "state": {"terminated": {}}}]}})
        };
        let runs = Run::of_pod(&pod(0, json!({"running": {}})), "shop");
        assert_eq!(runs.iter().map(|run| run.container.as_str()).collect::<Vec<_>>(), ["first", "web"]);
        assert!(runs[0].is_told(false) && !runs[1].is_told(true));
        let again = Run::of_pod(&pod(1, json!({"running": {}})), "shop");
        assert_ne!(runs[1].key(), again[1].key());
        let waits = Run::of_pod(&pod(0, json!({"waiting": {"reason": "ErrImagePull"}})), "shop");
        assert_eq!((waits[1].is_told(false), waits[1].waits_for.as_deref()), (false, Some("ErrImagePull")));
        let request = LogRequest { tail: Some(5), ..LogRequest::default() };
        let expected = [("container", "web".to_owned()), ("follow", "true".to_owned()), ("tailLines", "5".to_owned())];
        assert_eq!(runs[1].query(&request, true), expected);
    }
}
