//! Looks for what uses API versions that the next version of Kubernetes does not have: manifests of the image, which would fail when they
//! are launched, objects that were applied with them, and whoever asks the API servers for them.

use crate::checks::Ignore;
use crate::{Error, Fleet, kubectl};
use sealer_model::bundle::{Bundle, RootfsFiles};
use sealer_model::checks::{Finding, Severity};
use sealer_model::cluster::{Cluster, Secrets};
use sealer_model::image::Extension;
use sealer_model::launch;
use sealer_model::removed_api::{Removal, in_documents, in_metrics, in_object, removals};
use serde_json::Value;

/// The name by which it can be ignored.
pub(crate) const ID: &str = "removed-api";

/// How many objects are asked for at once.
const PAGE: usize = 250;

/// What uses API versions that are gone in the image's Kubernetes, when the cluster runs `minor` now.
pub(crate) async fn findings(
    fleet: &Fleet,
    (bundle, manifests): (&Bundle, &RootfsFiles),
    minor: u32,
    ignore: &Ignore,
) -> Result<Vec<Finding>, Error> {
    let wanted = bundle.kubernetes_version()?.minor;
    let mut findings = in_image(&fleet.cluster, &bundle.extension, manifests, wanted)?;
    findings.extend(in_cluster(fleet, minor, wanted).await?);
    ignore.mark(&mut findings);
    Ok(findings)
}

/// The image's own manifests, and what its charts become. What is launched would fail; what else lies there may never be used.
fn in_image(
    cluster: &Cluster,
    extension: &Extension,
    manifests: &RootfsFiles,
    minor: u32,
) -> Result<Vec<Finding>, Error> {
    let mut launched = launch::plugins(cluster, extension, &Secrets::default())?;
    launched.extend(launch::applications(cluster, extension, &Secrets::default())?);
    let folders: Vec<String> =
        launched.iter().filter_map(|it| Some(format!("application/apps/{}/", it.application.as_ref()?))).collect();
    let mut findings = Vec::new();
    for (path, file) in manifests {
        let is_launched = folders.iter().any(|folder| path.starts_with(folder));
        let severity = if is_launched { Severity::Error } else { Severity::Warning };
        for it in in_documents(&String::from_utf8_lossy(&file.bytes), minor) {
            let found = format!("{} {} is written as {}", it.removal.kind, it.name, it.removal);
            findings.push(finding(severity, format!("image, {path}"), found, it.removal));
        }
    }
    Ok(findings)
}

/// Whether a file of an image may hold objects for Kubernetes as they are.
#[must_use]
pub fn is_manifest(path: &str) -> bool {
    let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
    yaml && (path.starts_with("manifests/") || path.starts_with("application/apps/")) && !path.contains("/templates/")
}

/// What the cluster itself tells: the count of its API servers first, because looking at objects may add to it.
async fn in_cluster(fleet: &Fleet, minor: u32, wanted: u32) -> Result<Vec<Finding>, Error> {
    let gone: Vec<Removal> = removals(wanted).filter(|it| it.minor > minor).collect();
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    for master in fleet.cluster.masters() {
        // one that is half-way to the new version need not answer, and must not keep it from going on
        let Some(metrics) = answered(fleet, kubectl::raw(fleet, master.address, "/metrics").await) else { continue };
        let asked = in_metrics(&metrics, wanted).into_iter().filter(|it| gone.contains(it) && it.instead.is_some());
        findings.extend(asked.map(|removal| {
            let found = format!("somebody asked it for {removal}");
            finding(Severity::Warning, format!("API server on {}", master.address), found, removal)
        }));
    }
    let first = fleet.cluster.first_master()?.address;
    for removal in gone {
        for object in answered(fleet, objects(fleet, first, removal).await).unwrap_or_default() {
            if let Some(it) = in_object(&object, removal) {
                let subject = format!("{} {}", removal.kind, it.name);
                findings.push(finding(Severity::Warning, subject, format!("it was applied as {removal}"), removal));
            }
        }
    }
    Ok(findings)
}

/// What could not be asked is told.
fn answered<T>(fleet: &Fleet, asked: Result<T, Error>) -> Option<T> {
    let tell = |error: &Error| fleet.listener.warn(format!("removed APIs are not looked for here: {}", error.chain()));
    asked.inspect_err(tell).ok()
}

/// All objects of a kind, in the first API version in which an API server has it.
async fn objects(fleet: &Fleet, master: std::net::IpAddr, removal: Removal) -> Result<Vec<Value>, Error> {
    for path in removal.paths() {
        if let Some(objects) = below(fleet, master, &path).await? {
            return Ok(objects);
        }
    }
    Ok(Vec::new())
}

/// All objects below a path, unless the API does not have it. Only what is looked at is kept of each.
async fn below(fleet: &Fleet, master: std::net::IpAddr, path: &str) -> Result<Option<Vec<Value>>, Error> {
    let mut all = Vec::new();
    let mut next = String::new();
    loop {
        let page = format!("{path}?limit={PAGE}&continue={next}");
        let text = match kubectl::raw(fleet, master, &page).await {
            Err(error) if error.chain().contains("could not find the requested resource") => return Ok(None),
            other => other?,
        };
        let mut list: Value = serde_json::from_str(&text).map_err(|source| Error::Kubectl { host: master, source })?;
        if let Value::Array(items) = list["items"].take() {
            all.extend(items.into_iter().map(|mut item| serde_json::json!({"metadata": item["metadata"].take()})));
        }
        match list["metadata"]["continue"].as_str() {
            Some(more) if !more.is_empty() => more.clone_into(&mut next),
            _ => return Ok(Some(all)),
        }
    }
}

fn finding(severity: Severity, subject: String, found: String, removal: Removal) -> Finding {
    Finding {
        id: ID.to_owned(),
        severity,
        subject,
        found,
        why: "Kubernetes refuses what is written in an API version that it does not have.".to_owned(),
        remedy: removal.remedy(),
        fixable: false,
        fixed: false,
        ignored: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::bundle::RootfsFile;
    use sealer_model::image::{Application, ApplicationType};

    #[test]
    fn manifests_of_launched_applications_count_more_than_what_lies_about() {
        let cluster = crate::step::tests::cluster(&["10.0.0.1"], &[]);
        let old = "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web}\n";
        let file = RootfsFile { bytes: old.into(), mode: 0o644 };
        let manifests = RootfsFiles::from([("manifests/ingress.yaml".to_owned(), file)]);
        let found = in_image(&cluster, &Extension::default(), &manifests, 22).unwrap();
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        let expected = "image, manifests/ingress.yaml: Ingress web is written as extensions/v1beta1 Ingress, which Kubernetes has no more since v1.22";
        assert_eq!(told, [expected]);
        assert_eq!(found[0].severity, Severity::Warning);
        assert_eq!(found[0].remedy, "write Ingress as networking.k8s.io/v1");
        assert_eq!(in_image(&cluster, &Extension::default(), &manifests, 21).unwrap(), []);
    }

    #[test]
    fn what_a_chart_becomes_counts_as_launched_where_it_is() {
        let chart = |name: &str| Application {
            name: name.into(),
            application_type: ApplicationType::Helm,
            ..Application::default()
        };
        let mut extension =
            Extension { applications: vec![chart("shop"), chart("cni"), chart("idle")], ..Extension::default() };
        extension.launch.application_names = vec!["shop".into()];
        extension.labels.insert("cluster.alpha.sealer.io/kube-cni-cni".into(), "true".into());
        let old = "---\napiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: tidy}\n";
        let file = |name: &str| {
            let file = RootfsFile { bytes: old.into(), mode: 0o600 };
            (format!("application/apps/{name}/templates/job.yaml"), file)
        };
        let manifests = RootfsFiles::from(["shop", "cni", "idle"].map(file));
        let cluster = crate::step::tests::cluster(&["10.0.0.1"], &[]);
        let found = in_image(&cluster, &extension, &manifests, 25).unwrap();
        let told: Vec<(&str, Severity)> = found.iter().map(|it| (it.subject.as_str(), it.severity)).collect();
        let expected = [
            ("image, application/apps/cni/templates/job.yaml", Severity::Error),
            ("image, application/apps/idle/templates/job.yaml", Severity::Warning),
            ("image, application/apps/shop/templates/job.yaml", Severity::Error),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn templates_are_no_manifests() {
        assert!(is_manifest("application/apps/shop/web.yaml") && is_manifest("manifests/a.yml"));
        assert!(!is_manifest("application/apps/shop/templates/web.yaml") && !is_manifest("etc/kubeadm.yml"));
    }
}
