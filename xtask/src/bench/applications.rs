//! `bench applications`: an image of the size that a company delivers, 300 small workloads and 20 charts on top of Kubernetes, brought to one
//! master and two nodes. Each workload is an application of its own: a configuration, a service and a deployment. Every tenth of them and every
//! fourth chart runs a pod, the others have no replicas: two processors would not carry 300 pods, and what is measured is what launching them
//! costs.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use serde::Deserialize;

use crate::bench::Figure;
use crate::delivery::{CLUSTER, Delivery};
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::hosts::{self, fleet::Fleet};
use crate::parts::KUBERNETES_VERSION;
use crate::{dist, parts, prepare};

const WORKLOADS: usize = 300;
const CHARTS: usize = 20;
const IMAGE: &str = "company:v1";
/// Every base image carries it, and it costs next to nothing to run.
const CONTAINER_IMAGE: &str = "k8s.gcr.io/pause:3.2";

/// Seconds that one application may add on two processors that do everything else besides.
const EACH: f64 = 1.0;
/// Seconds that a run with nothing to do may take.
const AGAIN: f64 = 20.0;

/// Delivers it twice, and removes the hosts.
pub(super) fn measure(folders: &Folders) -> Result<Vec<Figure>> {
    prepare::run()?;
    let _turn = hosts::turn(folders)?;
    parts::ensure(folders, KUBERNETES_VERSION)?;
    let binary = dist::binary(folders)?;
    let (fleet, root) = (Fleet::new(folders, "bench-apps"), folders.cache.join("bench-applications"));
    let figures = fleet.up(3).and_then(|hosts| {
        let delivery = Delivery::new(&binary, &root, &fleet, &hosts)?;
        build(folders, &delivery)?;
        figures(&delivery)
    });
    fleet.down()?;
    folders::remove(&root)?;
    figures
}

fn build(folders: &Folders, delivery: &Delivery) -> Result<()> {
    let base = format!("kubernetes:{KUBERNETES_VERSION}");
    delivery.show(&["build", "-t", &base, &folders.example("kubernetes").display().to_string()])?;
    let context = delivery.folder().join("company");
    let mut kubefile = format!("FROM {base}\n");
    for number in 1..=WORKLOADS {
        let name = format!("component-{number:03}");
        folders::create(&context.join("components"))?;
        let replicas = usize::from(number % 10 == 0);
        folders::write(&context.join(format!("components/{name}.yaml")), objects(&name, &replicas.to_string()))?;
        kubefile += &format!("APP {name} local://components/{name}.yaml\n");
    }
    for number in 1..=CHARTS {
        let name = format!("middleware-{number:02}");
        chart(&context.join(&name), &name, usize::from(number % 4 == 0))?;
        kubefile += &format!("APP {name} local://{name}\n");
    }
    kubefile += &format!("LAUNCH {}\n", names().join(" "));
    folders::write(&context.join("Kubefile"), kubefile)?;
    delivery.show(&["build", "-t", IMAGE, &context.display().to_string()])
}

fn names() -> Vec<String> {
    let components = (1..=WORKLOADS).map(|number| format!("component-{number:03}"));
    components.chain((1..=CHARTS).map(|number| format!("middleware-{number:02}"))).collect()
}

fn chart(folder: &Path, name: &str, replicas: usize) -> Result<()> {
    folders::create(&folder.join("templates"))?;
    folders::write(&folder.join("Chart.yaml"), format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n"))?;
    folders::write(&folder.join("values.yaml"), format!("replicas: {replicas}\n"))?;
    folders::write(&folder.join("templates/all.yaml"), objects("{{ .Release.Name }}", "{{ .Values.replicas }}"))
}

fn objects(name: &str, replicas: &str) -> String {
    format!(
        r#"apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}}}
data: {{level: info}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - {{name: main, image: '{CONTAINER_IMAGE}', envFrom: [{{configMapRef: {{name: {name}}}}}]}}
"#
    )
}

/// Who waits for nobody begins at once.
fn clusterfile(delivery: &Delivery) -> Result<String> {
    let nodes: Vec<&str> = delivery.hosts.iter().skip(1).map(|host| host.address.as_str()).collect();
    let (master, nodes) = (&delivery.master()?.address, nodes.join(", "));
    Ok(format!(
        "apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {{name: {CLUSTER}}}\nspec:\n  image: {IMAGE}\n  \
         ssh: {{user: root, passwdFrom: {{env: SEALER_PASSWD}}}}\n  hosts:\n    - {{ips: [{master}], roles: [master]}}\n    \
         - {{ips: [{nodes}], roles: [node]}}\n---\napiVersion: sealer.io/v2\nkind: Application\nspec:\n  parallel: true\n"
    ))
}

fn figures(delivery: &Delivery) -> Result<Vec<Figure>> {
    let file = delivery.folder().join("Clusterfile");
    folders::write(&file, clusterfile(delivery)?)?;
    let arguments = ["run", "-f", &file.display().to_string(), "--deadline", "60"].map(str::to_owned);
    let whole = timed(delivery, &arguments)?;
    let journal = folders::read(&delivery.journal())?;
    println!("{}", timeline(&journal)?);
    let launching = seconds_of(&journal, "applications")?;
    let again = timed(delivery, &arguments)?;
    let all = WORKLOADS + CHARTS;
    let figure = |case: String, ours: f64, most: f64| Figure {
        case,
        ours,
        peer: None,
        ratio: None,
        bound: format!("ours < {most} s"),
        holds: ours < most,
    };
    Ok(vec![
        figure(format!("{all} applications, from bare hosts to ready (s)"), whole, EACH * all as f64 + 120.0),
        figure("of these, launching them (s)".to_owned(), launching, EACH * all as f64),
        figure("each of them (s)".to_owned(), launching / all as f64, EACH),
        figure("again, nothing to do (s)".to_owned(), again, AGAIN),
    ])
}

fn timed(delivery: &Delivery, arguments: &[String]) -> Result<f64> {
    let started = Instant::now();
    delivery.show(arguments)?;
    Ok(started.elapsed().as_secs_f64())
}

/// A record of a step; other records lack the fields.
#[derive(Debug, Deserialize)]
struct Record {
    at: String,
    record: String,
    step: Option<String>,
}

/// Every step with its first beginning and its last end, in milliseconds since 1970, in the order in which they begin.
fn steps(journal: &str) -> Result<Vec<(String, i64, i64)>> {
    let mut steps: Vec<(String, i64, i64)> = Vec::new();
    for line in journal.lines() {
        let record: Record = serde_json::from_str(line).map_err(Error::json("a line of the journal"))?;
        let Some(step) = record.step.filter(|_| record.record.starts_with("step-")) else { continue };
        let at: std::result::Result<Timestamp, _> = record.at.parse();
        let at = at.map_err(|_| Error::unmet(format!("the journal's {} is no time", record.at)))?.as_millisecond();
        match steps.iter_mut().find(|(known, ..)| *known == step) {
            Some(known) => known.2 = at,
            None => steps.push((step, at, at)),
        }
    }
    Ok(steps)
}

fn seconds_of(journal: &str, step: &str) -> Result<f64> {
    let found = steps(journal)?.into_iter().find(|(known, ..)| known == step);
    let (_, begin, end) = found.ok_or_else(|| Error::unmet(format!("the journal has no step {step}")))?;
    Ok((end - begin) as f64 / 1000.0)
}

/// When each step began and how long it took, for people.
fn timeline(journal: &str) -> Result<String> {
    let steps = steps(journal)?;
    let first = steps.iter().map(|(_, begin, _)| *begin).min().unwrap_or_default();
    let second = |milliseconds: i64| milliseconds as f64 / 1000.0;
    let line = |(step, begin, end): &(String, i64, i64)| {
        format!("    {:>7.1} s  {:>7.1} s  {step}\n", second(begin - first), second(end - begin))
    };
    Ok(format!("    begins at  takes      step\n{}", steps.iter().map(line).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_takes_from_its_first_beginning_to_its_last_end() -> Result<()> {
        let journal = r#"{"at":"2026-01-01T00:00:00Z","record":"began","verb":"run"}
{"at":"2026-01-01T00:00:01Z","record":"step-started","step":"rootfs","host":"10.0.0.1"}
{"at":"2026-01-01T00:00:02Z","record":"step-started","step":"rootfs","host":"10.0.0.2"}
{"at":"2026-01-01T00:00:03.5Z","record":"step-ended","step":"rootfs","host":"10.0.0.1"}
{"at":"2026-01-01T00:00:05Z","record":"step-ended","step":"rootfs","host":"10.0.0.2"}
"#;
        assert_eq!(seconds_of(journal, "rootfs")?, 4.0);
        assert!(seconds_of(journal, "applications").is_err());
        assert!(timeline(journal)?.contains("0.0 s      4.0 s  rootfs"));
        Ok(())
    }
}
