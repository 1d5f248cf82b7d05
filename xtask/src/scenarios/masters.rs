//! Three masters: the first is lost the way a machine loses its power, another is cut off without a word, and each time the API answers on
//! the node, work is scheduled and images are pulled. When they return, all is as before.

use std::time::{Duration, Instant};

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::http;
use crate::proof;
use crate::scenarios::Scenario;
use crate::scenarios::expect::await_that;
use crate::scenarios::load::Load;

/// How long the cluster may take to go on, or to be whole again.
const PATIENCE: Duration = Duration::from_secs(240);

/// An image that the site's registry has; it is pulled anew each time.
const IMAGE: &str = "docker.io/library/redis:7";

/// Lose masters.
#[derive(Debug)]
pub(crate) struct Masters;

impl Scenario for Masters {
    fn title(&self) -> &'static str {
        "three masters: any one may be lost, and the cluster goes on"
    }

    fn hosts(&self) -> (usize, usize) {
        (3, 2)
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        delivery.run()?;
        proof::prove(delivery)?;
        let [first, second, _, node, _] = delivery.hosts.as_slice() else {
            return Err(Error::unmet("the scenario needs five hosts"));
        };
        without_etcd(delivery, second)?;
        lose(delivery, &Loss { what: "lost its power", by: "kill", back: "start", host: first }, second, node)?;
        lose(delivery, &Loss { what: "cut off", by: "pause", back: "unpause", host: second }, first, node)?;
        proof::prove(delivery)?;
        delivery.delete()
    }
}

/// A member of etcd that does not run is told of its master, and nothing is when it does again.
fn without_etcd(delivery: &Delivery, master: &Host) -> Result<()> {
    const MANIFEST: &str = "/etc/kubernetes/manifests/etcd.yaml";
    let engine = &delivery.fleet.engine;
    master.run(engine, &["mv", MANIFEST, "/run/etcd.yaml"])?;
    let told = await_that("the loss of a member of etcd is told", PATIENCE, || {
        let found = delivery.attempt(&["check", "--output", "json"])?.stdout;
        let silent = found.contains("etcd does not answer on port 2381");
        Ok(silent && found.contains("it runs no etcd") && found.contains(&format!("Node {}", master.name)))
    });
    master.run(engine, &["mv", "/run/etcd.yaml", MANIFEST])?;
    told?;
    println!("    {}: a member of etcd that does not run is told", master.name);
    await_that("etcd is whole again", PATIENCE, || Ok(delivery.attempt(&["check"])?.success()))
}

/// One way to lose a host and to get it back, in docker's words.
struct Loss<'a> {
    what: &'a str,
    by: &'a str,
    back: &'a str,
    host: &'a Host,
}

fn lose(delivery: &Delivery, loss: &Loss<'_>, other: &Host, node: &Host) -> Result<()> {
    let engine = &delivery.fleet.engine;
    let (page, api) = load(delivery, node);
    engine.docker(&[loss.by, &loss.host.name]).output()?;
    let lost = Instant::now();
    await_that("the API answers on the node", PATIENCE, || api_answers(delivery, node))?;
    println!("    {} {}: the API answers on the node after {:.1?}", loss.host.name, loss.what, lost.elapsed());
    await_that("a pod is scheduled and its image pulled", PATIENCE, || starts_a_pod(delivery, other, loss.by))?;
    println!("    a pod was scheduled, its image pulled and started {:.1?} after the loss", lost.elapsed());
    page.end()?;
    api.end()?;
    engine.docker(&[loss.back, &loss.host.name]).output()?;
    let back = Instant::now();
    await_that("everything is ready again", PATIENCE, || Ok(delivery.attempt(&["check"])?.success()))?;
    println!("    all is as before {:.1?} after {} came back", back.elapsed(), loss.host.name);
    Ok(())
}

/// Visitors of the page, and somebody on the node who asks the API, while a master is lost.
fn load(delivery: &Delivery, node: &Host) -> (Load, Load) {
    let address = format!("{}:30080", node.address);
    let page = Load::start("the page", move |_| http::get(&address, "/").is_ok());
    let (delivery, node) = (delivery.clone(), node.clone());
    let api = Load::start("the API on a node", move |_| api_answers(&delivery, &node).unwrap_or(false));
    (page, api)
}

/// Asked the way the node's own kubelet asks: by the API's name, through the balancer on the node.
fn api_answers(delivery: &Delivery, node: &Host) -> Result<bool> {
    let mut question = kubectl("/etc/kubernetes/kubelet.conf");
    question.extend(["--request-timeout=3s", "get", "--raw", "/readyz"]);
    Ok(node.attempt(&delivery.fleet.engine, &question)?.success())
}

/// Whether the pod runs; it is made the first time.
fn starts_a_pod(delivery: &Delivery, master: &Host, name: &str) -> Result<bool> {
    let engine = &delivery.fleet.engine;
    let mut make = kubectl("/etc/kubernetes/admin.conf");
    let (pod, image) = (format!("after-{name}"), format!("--image={IMAGE}"));
    make.extend(["--request-timeout=5s", "run", &pod, &image, "--image-pull-policy=Always", "--restart=Never"]);
    // that it is there already is no failure, and any other shows in the answer below
    master.attempt(engine, &make)?;
    let mut ask = kubectl("/etc/kubernetes/admin.conf");
    ask.extend(["--request-timeout=5s", "get", "pod", &pod, "--output=jsonpath={.status.phase}"]);
    Ok(master.attempt(engine, &ask)?.stdout == "Running")
}

fn kubectl(configuration: &'static str) -> Vec<&'static str> {
    vec!["/usr/local/bin/kubectl", "--cache-dir=/tmp/kubectl", "--kubeconfig", configuration]
}
