//! What the API of a cluster says, for a support bundle: objects of the kinds that tell why something does not run, events, and logs of
//! pods that are not well. The data of secrets stays where it is: only their names are asked for.

use super::Collector;
use crate::checks::Ignore;
use crate::delivery::command;
use crate::{Error, Fleet, examination};
use std::net::IpAddr;

/// Kinds that are told whole.
const KINDS: [&str; 18] = [
    "nodes",
    "namespaces",
    "pods",
    "deployments.apps",
    "daemonsets.apps",
    "statefulsets.apps",
    "replicasets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "services",
    "endpoints",
    "ingresses",
    "configmaps",
    "persistentvolumeclaims",
    "persistentvolumes",
    "storageclasses",
    "networkpolicies",
    "events",
];

/// Questions whose answer is a text.
const TEXTS: [(&str, &str, &[&str]); 4] = [
    ("cluster/nodes.txt", "the nodes with their conditions", &["describe", "nodes"]),
    ("cluster/secrets.txt", "the names of secrets, without what they hold", &["get", "secrets", "--all-namespaces"]),
    ("cluster/readiness.txt", "what the API server says of itself", &["get", "--raw", "/readyz?verbose"]),
    ("cluster/version.txt", "the versions of both ends", &["version"]),
];

/// Pods whose logs are told, and the lines of each.
const PODS: usize = 20;
const LINES: &str = "--tail=500";
const SECONDS: u64 = 60;

/// Everything that the API says.
pub(super) async fn collect(fleet: &Fleet, collector: &Collector) {
    let Ok(master) = fleet.cluster.first_master().map(|master| master.address) else {
        let why = "no master can be reached".to_owned();
        return collector.text("cluster", "everything that the API says", Err(why)).await;
    };
    for (path, about, arguments) in TEXTS {
        let text = kubectl(fleet, master, arguments).await;
        collector.text(path, about, text).await;
    }
    for kind in KINDS {
        let text = kubectl(fleet, master, &["get", kind, "--all-namespaces", "--output", "json"]).await;
        collector.json(&format!("cluster/{kind}.json"), kind, text).await;
    }
    logs(fleet, master, collector).await;
}

async fn kubectl(fleet: &Fleet, master: IpAddr, arguments: &[&str]) -> Result<String, String> {
    let mut kubectl = command(&fleet.cluster, "kubectl", arguments);
    kubectl.timeout_seconds = SECONDS;
    fleet.run_silently(master, &kubectl).await.map_err(|error: Error| error.chain())
}

/// Logs of the pods that the checks find something wrong with.
async fn logs(fleet: &Fleet, master: IpAddr, collector: &Collector) {
    let findings = examination::of_api(fleet, &Ignore::default()).await;
    let mut pods: Vec<&str> = findings.iter().filter_map(|it| it.subject.strip_prefix("Pod ")).collect();
    pods.sort_unstable();
    pods.dedup();
    for pod in pods.into_iter().take(PODS) {
        let Some((namespace, name)) = pod.split_once('/') else { continue };
        for previous in [false, true] {
            let which = format!("--previous={previous}");
            let arguments =
                ["logs", LINES, "--all-containers", "--prefix", &which, "--namespace", namespace, "--", name];
            let text = kubectl(fleet, master, &arguments).await;
            if previous && text.is_err() {
                // most pods have no earlier container
                continue;
            }
            let earlier = if previous { "-before" } else { "" };
            collector.text(&format!("logs/{namespace}/{name}{earlier}.log"), "a pod that is not well", text).await;
        }
    }
}
