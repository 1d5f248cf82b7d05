//! Where the kinds of Kubernetes keep their PodSpecs, and where a PodSpec names images.

use serde_json::Value;

/// Lists may hold lists; nobody nests them deeper than this.
const DEEPEST: usize = 8;

/// Each image of one document with the place of its field.
pub(super) fn images(document: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    look(document, DEEPEST, &mut found);
    found
}

fn look(document: &Value, depth: usize, found: &mut Vec<(String, String)>) {
    let Some(kind) = document["kind"].as_str() else {
        return;
    };
    if let (Some(items), true, true) = (document["items"].as_array(), kind.ends_with("List"), depth > 0) {
        items.iter().for_each(|item| look(item, depth - 1, found));
        return;
    }
    let Some(path) = pod_spec(kind) else { return };
    let spec = path.iter().fold(document, |value, key| &value[*key]);
    let name = document["metadata"]["name"].as_str().or(document["metadata"]["generateName"].as_str());
    let place = format!("{kind}/{} {}", name.unwrap_or("?"), path.join("."));
    for (image, field) in of_pod_spec(spec) {
        found.push((image, format!("{place}.{field}")));
    }
}

/// The way from a document to its PodSpec.
fn pod_spec(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "Pod" => &["spec"],
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            &["spec", "template", "spec"]
        }
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "PodTemplate" => &["template", "spec"],
        _ => return None,
    })
}

fn of_pod_spec(spec: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (index, container) in spec[list].as_array().into_iter().flatten().enumerate() {
            if let Some(image) = container["image"].as_str() {
                found.push((image.to_owned(), format!("{list}[{index}].image")));
            }
        }
    }
    for (index, volume) in spec["volumes"].as_array().into_iter().flatten().enumerate() {
        if let Some(image) = volume["image"]["reference"].as_str() {
            found.push((image.to_owned(), format!("volumes[{index}].image.reference")));
        }
    }
    found
}
