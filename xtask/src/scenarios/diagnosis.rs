//! The checks after a delivery, on a real cluster: workloads and whole clusters that are broken in different ways are each told with their
//! first cause, and when it is gone, nothing is.

mod bundle;
mod certificate;
mod wrecks;

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::scenarios::expect::holds;
use crate::scenarios::{Scenario, State};

/// Break workloads and look.
#[derive(Debug)]
pub(crate) struct Diagnosis;

const BROKEN: &str = include_str!("diagnosis/broken.yaml");

/// How long Kubernetes may take to notice.
const PATIENCE: Duration = Duration::from_secs(180);

/// A check, what it has to be about, and a word of the cause that it has to tell.
const EXPECTED: [(&str, &str, &str); 10] = [
    ("pod-crashing", "Pod default/crashing", "exit code 3"),
    ("pod-crashing", "Pod default/crashing", "cannot reach the database"),
    ("pod-image", "Pod default/no-image", "nobody"),
    ("pod-unschedulable", "Pod default/too-large", "Insufficient memory"),
    ("pod-probe", "Pod default/unready", "the index is missing"),
    ("pod-not-ready", "Pod default/no-secret", "\"nowhere\" not found"),
    ("service-without-backend", "Service default/nobody", "no ready pod"),
    ("claim-pending", "PersistentVolumeClaim default/data", "fast"),
    ("job", "Job default/migrate", "failed"),
    ("image-not-carried", "Pod default/no-image", "nobody:v9"),
];

#[derive(Debug, Deserialize)]
struct Finding {
    id: String,
    severity: String,
    subject: String,
    found: String,
}

impl Scenario for Diagnosis {
    fn title(&self) -> &'static str {
        "checks tell what is broken in a cluster with its first cause"
    }

    fn needs(&self) -> State {
        State::Delivered
    }

    fn leaves(&self) -> State {
        State::Delivered
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        kubectl(delivery, &["apply", "--filename=-"], BROKEN)?;
        let found = wait(delivery, |found| missed(found).is_empty());
        let bundle = bundle::collect(delivery);
        let registry = without_balancer(delivery);
        kubectl(delivery, &["delete", "--wait=false", "--filename=-"], BROKEN)?;
        let found = found?;
        for (check, subject, word) in EXPECTED {
            let finding = found.iter().find(|finding| tells(finding, check, subject, word));
            let finding =
                finding.ok_or_else(|| Error::unmet(format!("missed: {:?} among {found:#?}", missed(&found))))?;
            println!("    {check:24} {subject:36} {:8} {}", finding.severity, finding.found);
        }
        bundle?;
        registry?;
        bundle::image_check(delivery)?;
        await_well(delivery, "workloads")?;
        wrecks::show(delivery)
    }
}

/// Nothing is an error any more.
fn await_well(delivery: &Delivery, what: &str) -> Result<()> {
    let well = wait(delivery, |found| found.iter().all(|finding| finding.severity != "error"))?;
    let errors: Vec<&Finding> = well.iter().filter(|finding| finding.severity == "error").collect();
    holds(&format!("{what}: no error when all is mended, found {errors:#?}"), errors.is_empty())
}

/// A node whose way to the registry is gone.
fn without_balancer(delivery: &Delivery) -> Result<()> {
    let (engine, node) = (&delivery.fleet.engine, node(delivery)?);
    node.run(engine, &["systemctl", "stop", "sealer-balancer.service"])?;
    let found = check(delivery);
    node.run(engine, &["systemctl", "start", "sealer-balancer.service"])?;
    let found = found?;
    let finding = found.iter().find(|finding| finding.id == "registry" && finding.subject == node.address);
    let finding = finding.ok_or_else(|| Error::unmet(format!("the registry's loss is told, found {found:#?}")))?;
    println!("    {:24} {:36} {:8} {}", finding.id, finding.subject, finding.severity, finding.found);
    Ok(())
}

fn node(delivery: &Delivery) -> Result<&Host> {
    delivery.hosts.last().ok_or_else(|| Error::unmet("the delivery has no hosts"))
}

fn tells(finding: &Finding, check: &str, subject: &str, word: &str) -> bool {
    finding.id == check && finding.subject == subject && finding.found.contains(word)
}

fn missed(found: &[Finding]) -> Vec<&'static str> {
    let told = |check: &str, subject: &str, word: &str| found.iter().any(|it| tells(it, check, subject, word));
    EXPECTED.iter().filter(|(check, subject, word)| !told(check, subject, word)).map(|(check, ..)| *check).collect()
}

/// Checks again and again until what was found is enough, or the time is over.
fn wait(delivery: &Delivery, enough: impl Fn(&[Finding]) -> bool) -> Result<Vec<Finding>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = check(delivery)?;
        if enough(&found) || Instant::now() > deadline {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_secs(2));
    }
}

fn check(delivery: &Delivery) -> Result<Vec<Finding>> {
    let outcome = delivery.attempt(&["check", "--output", "json"])?;
    let parsed: std::result::Result<Vec<Finding>, _> = serde_json::from_str(&outcome.stdout);
    parsed.map_err(|error| Error::unmet(format!("{error}: {}{}", outcome.stdout, outcome.stderr)))
}

/// kubectl on the master with objects as its input.
fn kubectl(delivery: &Delivery, arguments: &[&str], objects: &str) -> Result<()> {
    let master = delivery.master()?;
    let exec = ["exec", "--interactive", &master.name, "/usr/bin/env", "KUBECONFIG=/etc/kubernetes/admin.conf"];
    let exec = delivery.fleet.engine.docker(&exec).arguments(["/usr/local/bin/kubectl", "--cache-dir=/tmp/kubectl"]);
    exec.arguments(arguments).input(objects).output().map(drop)
}
