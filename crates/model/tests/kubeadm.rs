//! kubeadm's documents as they are written for each minor version of Kubernetes, from one model that says everything: files for the eye, and
//! every field of them compared with the published tables of its API version.
//!
//! `SEALER_WRITE=1 cargo test` writes the files anew; what has changed is then to be looked at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop where it fails")]

use sealer_model::kubeadm::{ApiVersion, ConfigurationFile, Documents, KubernetesVersion};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The versions that sealer knows how to configure.
const MINORS: std::ops::RangeInclusive<u32> = 18..=36;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubeadm")
}

fn image() -> Documents {
    Documents::read(&std::fs::read_to_string(folder().join("image.yml")).unwrap()).unwrap()
}

fn version(minor: u32) -> KubernetesVersion {
    KubernetesVersion { major: 1, minor, patch: 0 }
}

/// Both files and what is left out of them, as one text.
fn written(minor: u32) -> String {
    let mut documents = image();
    documents.cluster.kubernetes_version = version(minor).to_string();
    let mut left_out = Vec::new();
    let mut text = |file: ConfigurationFile| {
        left_out.extend(file.left_out.iter().map(|it| format!("# {it}\n")));
        file.text
    };
    let texts =
        [text(documents.init_file(version(minor)).unwrap()), text(documents.join_file(version(minor)).unwrap())];
    let phases = documents.skipped_phases().join(",");
    format!("# kubeadm init --skip-phases={phases}\n{}{}", left_out.concat(), texts.join("---\n"))
}

#[test]
fn every_minor_version_gets_what_it_knows() {
    let write = std::env::var_os("SEALER_WRITE").is_some();
    for minor in MINORS {
        let path = folder().join(format!("written/v1.{minor}.yml"));
        let found = written(minor);
        if write {
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, expected, "{} differs", path.display());
    }
}

#[test]
fn every_field_that_is_written_is_in_the_published_table_of_its_version() {
    for minor in MINORS {
        let api = ApiVersion::of(version(minor)).unwrap();
        let known = table(api);
        let documents: Vec<Value> = serde_saphyr::from_multiple(&written(minor)).unwrap();
        let mut seen = 0;
        for document in documents.iter().filter(|it| it["apiVersion"] == api.as_str()) {
            let kind = document["kind"].as_str().unwrap();
            for field in fields(document) {
                assert!(known.contains(&format!("{kind} {field}")), "v1.{minor}: {kind} has no field {field}");
                seen += 1;
            }
        }
        assert!(seen > 30, "v1.{minor}: only {seen} fields of {}", api.as_str());
    }
}

#[test]
fn nothing_that_a_version_could_say_is_left_out() {
    let kubeadm = |minor: u32| {
        let known = table(ApiVersion::of(version(minor)).unwrap());
        let newest = image();
        let file = newest.init_file(version(36)).unwrap().text;
        let all: Vec<Value> = serde_saphyr::from_multiple(&file).unwrap();
        let of = |kind: &str| all.iter().find(|it| it["kind"] == kind).map(fields).unwrap();
        let wanted: BTreeSet<String> = ["InitConfiguration", "ClusterConfiguration"]
            .iter()
            .flat_map(|kind| of(kind).into_iter().map(move |field| format!("{kind} {field}")))
            .filter(|field| known.contains(field))
            .collect();
        let found: Vec<Value> = serde_saphyr::from_multiple(&written(minor)).unwrap();
        let found: BTreeSet<String> = found
            .iter()
            .flat_map(|it| {
                let kind = it["kind"].as_str().unwrap().to_owned();
                fields(it).into_iter().map(move |field| format!("{kind} {field}"))
            })
            .collect();
        wanted.difference(&found).cloned().collect::<Vec<_>>()
    };
    for minor in MINORS {
        assert_eq!(kubeadm(minor), Vec::<String>::new(), "v1.{minor}");
    }
}

/// The published fields of an API version, each with its kind.
fn table(api: ApiVersion) -> BTreeSet<String> {
    let name = api.as_str().rsplit('/').next().unwrap();
    let text = std::fs::read_to_string(folder().join(format!("fields/{name}.txt"))).unwrap();
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// The ways to all values of a document, in the table's form.
fn fields(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in document.as_object().unwrap() {
        if name != "apiVersion" && name != "kind" {
            walk(value, name, &mut found);
        }
    }
    found
}

fn walk(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if is_map(path) => {
            if !fields.is_empty() {
                found.push(format!("{path}{{}}"));
            }
        }
        Value::Object(fields) => fields.iter().for_each(|(name, value)| walk(value, &format!("{path}.{name}"), found)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, &format!("{path}[]"), found)),
        _ => found.push(path.to_owned()),
    }
}

/// Fields whose names are anybody's.
fn is_map(path: &str) -> bool {
    ["extraArgs", "kubeletExtraArgs", "featureGates"].iter().any(|name| path.ends_with(name))
}
