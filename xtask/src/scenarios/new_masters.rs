//! The only master is lost for good, and another host takes its place with what a backup holds: the nodes stay, what runs on them is not
//! started anew, and the former master may come back as a host like any other. The deliverer is killed on the way.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::proof;
use crate::scenarios::Scenario;
use crate::scenarios::expect::{fails_and_says, holds, same_lines};
use crate::scenarios::interrupted::{kill, records, wait_for_step};
use crate::scenarios::scale::{etcd_members, of};

/// The step in which the deliverer is killed, and how far into it.
const KILLED_IN: (&str, Duration) = ("init", Duration::from_secs(3));

/// Lose all masters and go on with another.
#[derive(Debug)]
pub(crate) struct NewMasters;

impl Scenario for NewMasters {
    fn title(&self) -> &'static str {
        "a backup begins anew on another master, and the nodes go on"
    }

    fn hosts(&self) -> (usize, usize) {
        (2, 2)
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let [lost, new, node, other] = delivery.hosts.as_slice() else {
            return Err(Error::unmet("the scenario needs four hosts"));
        };
        let (before, after) = (of(delivery, &[lost, node, other], 1), of(delivery, &[new, node, other], 1));
        before.run()?;
        let file = delivery.folder().join("anew.backup").display().to_string();
        before.kubectl(&["create", "configmap", "before-the-backup"])?;
        before.show(&["backup", "--output", &file])?;
        before.kubectl(&["create", "configmap", "after-the-backup"])?;
        let words = ["restore", &file, "--masters", &new.address, "--yes"];
        let refused = delivery.attempt(&words)?;
        fails_and_says("the former master still runs", &refused, &[&lost.address, "still is a master"])?;
        let pods = pods_of_nodes(&before, &[node, other])?;
        delivery.fleet.engine.docker(&["kill", &lost.name]).output()?;
        begins_anew(delivery, &words)?;
        is_whole(&after, &pods, &[node, other])?;
        returns(delivery, lost, &of(delivery, &[new, lost, node, other], 2))?;
        crate::folders::remove(Path::new(&file))?;
        delivery.delete()
    }
}

fn begins_anew(delivery: &Delivery, words: &[&str]) -> Result<()> {
    let log = delivery.folder().join("restore.log");
    let before = records(&delivery.journal()).len();
    let mut child = delivery.start_verb(words, &log)?;
    let ended = wait_for_step(&mut child, &delivery.journal(), before, KILLED_IN.0);
    std::thread::sleep(KILLED_IN.1);
    kill(&mut child)?;
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    holds(&format!("the restoration reaches the step {}; it said:\n{said}", KILLED_IN.0), !ended?)?;
    println!("    killed {:?} into the step {}", KILLED_IN.1, KILLED_IN.0);
    let began = Instant::now();
    delivery.show(words)?;
    println!("    the cluster is whole again {:.0?} after the command was given again", began.elapsed());
    Ok(())
}

fn is_whole(delivery: &Delivery, pods: &[String], nodes: &[&Host]) -> Result<()> {
    delivery.kubectl(&["get", "configmap", "before-the-backup"])?;
    let names = delivery.kubectl(&["get", "configmaps", "--output=name"])?;
    holds("what was written after the backup is gone", !names.contains("after-the-backup"))?;
    proof::prove(delivery)?;
    same_lines("pods of the nodes, with their restarts", pods, &pods_of_nodes(delivery, nodes)?)?;
    let members = etcd_members(delivery)?;
    holds(&format!("etcd has one member, found {members}"), members == 1)?;
    let again = delivery.attempt(&delivery.run_arguments(IMAGE))?;
    let nothing = again.success() && again.stdout.contains("nothing was changed");
    holds(&format!("nothing is left to do, found {}{}", again.stdout, again.stderr), nothing)
}

/// What runs on these nodes, but for daemons, which have to listen to the API anew.
fn pods_of_nodes(delivery: &Delivery, nodes: &[&Host]) -> Result<Vec<String>> {
    let text = delivery.kubectl(&["get", "pods", "--all-namespaces", "--output=json"])?;
    let all: Value = serde_json::from_str(&text).map_err(Error::json("what kubectl printed"))?;
    let is_daemon = |pod: &Value| pod["metadata"]["ownerReferences"][0]["kind"] == "DaemonSet";
    let on_node =
        |pod: &&Value| !is_daemon(pod) && nodes.iter().any(|node| pod["spec"]["nodeName"] == node.name.as_str());
    let line = |pod: &Value| {
        let restarts: Vec<String> = pod["status"]["containerStatuses"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| it["restartCount"].to_string())
            .collect();
        format!("{} {} restarts {}", pod["metadata"]["name"], pod["metadata"]["uid"], restarts.join(","))
    };
    let pods = all["items"].as_array().into_iter().flatten().filter(on_node).map(line);
    let mut pods: Vec<String> = pods.collect();
    pods.sort();
    holds("something runs on the nodes", !pods.is_empty())?;
    Ok(pods)
}

/// The former master has all that it had, and becomes one again.
fn returns(delivery: &Delivery, lost: &Host, all: &Delivery) -> Result<()> {
    let engine = &delivery.fleet.engine;
    engine.docker(&["start", &lost.name]).output()?;
    lost.settle(engine, &delivery.fleet.password()?)?;
    delivery.show(&["scale-up", "--masters", &lost.address])?;
    proof::prove(all)?;
    let members = etcd_members(all)?;
    holds(&format!("etcd has two members, found {members}"), members == 2)
}
