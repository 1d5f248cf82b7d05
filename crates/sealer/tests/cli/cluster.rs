//! Verbs that change hosts, as far as they go without hosts: what is planned, and what is refused before any host is touched.

use crate::fixtures::built;
use crate::surroundings::{Surroundings, same};
use serde_json::Value;
use std::process::Stdio;

#[test]
fn a_plan_is_printed_for_people_and_for_programs_and_nothing_is_kept() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let words = ["run", "web:v1", "-m", "192.0.2.1", "-n", "192.0.2.2-192.0.2.3", "--dry-run"];
    let table = here.sealer(&words).done();
    assert!(table.starts_with("STAGE  STEP"), "{table}");
    assert!(table.contains("192.0.2.1,192.0.2.2,192.0.2.3"), "{table}");
    let json = here.sealer(&[&words[..], &["--output", "json"]].concat()).done();
    let plan: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(plan["cluster"], "my-cluster");
    assert!(!here.root().join("clusters").exists());
}

#[test]
fn hosts_that_contradict_each_other_are_refused() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    here.sealer(&["run", "web:v1", "-m", "192.0.2.1", "-n", "192.0.2.1", "--dry-run"])
        .fails(1, "error: the cluster cannot be made as asked\n  1: host 192.0.2.1 is named twice\n");
}

#[test]
fn an_image_that_is_nowhere_is_named() {
    let here = Surroundings::new();
    let ended = here.sealer(&["run", "127.0.0.1:1/demo/nowhere:v1", "-m", "192.0.2.1"]).ended(1);
    let first = "error: 127.0.0.1:1/demo/nowhere:v1 is not in the store, and it cannot be pulled\n";
    assert!(ended.stderr.starts_with(first), "{}", ended.stderr);
}

#[test]
fn a_host_that_does_not_answer_is_named() {
    let here = Surroundings::new().with("SEALER_PASSWD", "hunter2");
    built(&here, "web:v1");
    let words = ["run", "web:v1", "--masters", "127.0.0.1", "--port", "1"];
    let ended = here.sealer(&words).ended(1);
    assert!(ended.stderr.contains("127.0.0.1"), "{}", ended.stderr);
    assert!(ended.stderr.contains("refused"), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
}

#[test]
fn a_password_in_the_command_line_is_warned_of_and_not_repeated() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let words = ["run", "web:v1", "-m", "127.0.0.1", "--port", "1", "--passwd", "hunter2"];
    let ended = here.sealer(&words).ended(1);
    assert!(ended.stderr.contains("warning: the value of --passwd is visible"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
}

#[test]
fn a_password_cannot_be_asked_for_without_a_terminal() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let ended = here.sealer(&["run", "web:v1", "-m", "127.0.0.1", "-p", "-"]).ended(1);
    assert!(ended.stderr.contains("no terminal to ask for --passwd at"), "{}", ended.stderr);
    assert!(ended.stderr.contains("SEALER_PASSWD"), "{}", ended.stderr);
}

#[test]
fn a_cluster_that_is_not_known_here_is_named() {
    let here = Surroundings::new();
    for words in [&["delete", "--all", "--yes"][..], &["check"]] {
        here.sealer(words).fails(
            1,
            "error: cluster my-cluster is not known here: $HERE/root/clusters/my-cluster/cluster.json does not exist\n\
             hint: name the cluster with --cluster-name, and use the --root that it was made with\n",
        );
    }
}

#[test]
fn the_agent_ends_with_its_client() {
    let here = Surroundings::new();
    let mut agent = here.command(&["agent"]);
    let mut agent = agent.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    drop(agent.stdin.take());
    let _ = agent.wait().unwrap();
}

#[test]
fn the_agent_is_not_started_by_hand() {
    let help = Surroundings::new().sealer(&["--help"]).done();
    assert!(!help.contains("agent"), "{help}");
    same("", &Surroundings::new().sealer(&["--help"]).ended(0).stderr);
}
