//! Verbs that change hosts, as far as they go without hosts: what is planned, and what is refused before any host is touched.

use crate::fixtures::built;
use crate::surroundings::{Surroundings, same};
use serde_json::Value;
use std::process::Stdio;

#[test]
fn a_plan_asks_the_hosts_and_leaves_no_trace_of_a_cluster() {
    let here = Surroundings::new().with("SEALER_PASSWD", "hunter2");
    built(&here, "web:v1");
    let nobody = here.sealer(&["plan", "web:v1", "-m", "127.0.0.1", "--port", "1"]).ended(1);
    assert!(nobody.stderr.contains("127.0.0.1"), "{}", nobody.stderr);
    assert!(!here.root().join("clusters/my-cluster").exists());
}

#[test]
fn the_form_of_a_plan_is_refused_where_none_is_printed() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let refused = here.sealer(&["run", "web:v1", "-m", "127.0.0.1", "--output", "json"]).ended(2);
    assert!(refused.stderr.contains("--dry-run"), "{}", refused.stderr);
}

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
    let grow = ["scale-up", "--nodes", "192.0.2.9"];
    let shrink = ["delete", "--nodes", "192.0.2.9", "--yes"];
    for words in [&["delete", "--all", "--yes"][..], &["check"], &grow, &["join", "-m", "192.0.2.9"], &shrink] {
        here.sealer(words).fails(
            1,
            "error: cluster my-cluster is not known here: $HERE/root/clusters/my-cluster/cluster.json does not exist\n\
             hint: name the cluster with --cluster-name, and use the --root that it was made with\n",
        );
    }
}

/// A cluster as `run` leaves its record, on hosts that do not exist.
pub(crate) fn recorded(here: &Surroundings) {
    built(here, "web:v1");
    let images: Value = serde_json::from_str(&here.sealer(&["images", "--json"]).done()).unwrap();
    let digest = images[0]["digest"].as_str().unwrap_or_else(|| panic!("{images}"));
    let member = |address: &str, role: &str| serde_json::json!({"address": address, "sshPort": 1, "role": role});
    let cluster = serde_json::json!({
        "name": "my-cluster", "image": "docker.io/library/web:v1", "imageDigest": digest,
        "members": [member("127.0.0.1", "master"), member("127.0.0.2", "node")],
        "registry": {"domain": "sea.hub", "port": 5000}, "dataRoot": "/var/lib/sealer/data",
    });
    let folder = here.root().join("clusters/my-cluster");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("cluster.json"), cluster.to_string()).unwrap();
    let ended = r#"{"at":"2026-01-01T00:00:00Z","record":"ended","verb":"run","outcome":"done"}"#;
    std::fs::write(folder.join("journal.ndjson"), format!("{ended}\n")).unwrap();
}

#[test]
fn hosts_that_cannot_join_or_leave_are_named_before_any_host_is_asked() {
    let here = Surroundings::new();
    recorded(&here);
    let first = "error: the cluster's hosts cannot be changed as asked\n  1: ";
    let refused = |words: &[&str], code: i32, text: &str| {
        let ended = here.sealer(words).ended(code);
        assert!(ended.stderr.contains(text), "{words:?}: {}", ended.stderr);
    };
    refused(
        &["scale-up", "-m", "127.0.0.2"],
        1,
        &format!("{first}host 127.0.0.2 is in the cluster already, as a node"),
    );
    refused(&["delete", "-m", "127.0.0.1", "-y"], 1, &format!("{first}no master would be left"));
    refused(
        &["delete", "-n", "127.0.0.9", "-y"],
        1,
        &format!("{first}host 127.0.0.9 is not in the cluster; it has 127.0.0.1, 127.0.0.2"),
    );
    refused(&["delete", "-m", "127.0.0.2", "-y"], 2, "127.0.0.2 has the other role");
    refused(&["delete", "-a", "-n", "127.0.0.2"], 2, "cannot be used with");
    refused(&["delete", "-n", "127.0.0.2"], 2, "no terminal to ask at");
}

#[test]
fn a_host_that_leaves_must_answer_or_be_forced_out() {
    let here = Surroundings::new();
    recorded(&here);
    let ended = here.sealer(&["delete", "-n", "127.0.0.2", "--yes"]).ended(1);
    assert!(ended.stderr.contains("1 of 1 hosts cannot be used: 127.0.0.2"), "{}", ended.stderr);
    let before = std::fs::read(here.root().join("clusters/my-cluster/cluster.json")).unwrap();
    // the masters that stay are needed in any case
    let forced = here.sealer(&["delete", "-n", "127.0.0.2", "--force"]).ended(1);
    assert!(forced.stderr.contains("1 of 1 hosts cannot be used: 127.0.0.1"), "{}", forced.stderr);
    assert_eq!(std::fs::read(here.root().join("clusters/my-cluster/cluster.json")).unwrap(), before);
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

#[test]
fn a_check_that_does_not_exist_cannot_be_ignored() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    for words in [&["check", "--pre", "web:v1"][..], &["run", "web:v1"]] {
        let words = [words, &["-m", "127.0.0.1", "--port", "1", "--ignore", "swpa,disk"]].concat();
        let ended = here.sealer(&words).ended(2);
        let text =
            "error: there is no check \"swpa\", did you mean swap?\nhint: `sealer check --list` names them all\n";
        same(text, &ended.stderr);
    }
}

#[test]
fn a_report_is_made_of_what_is_kept_and_asks_no_host() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    // a run that reaches no host leaves the cluster known, with nothing done
    let _ = here.sealer(&["run", "web:v1", "-m", "127.0.0.1", "--port", "1"]).ended(1);
    let text = here.sealer(&["report"]).done();
    assert!(text.contains("docker.io/library/web:v1") && text.contains("none recorded"), "{text}");
    assert!(here.sealer(&["report", "--lang", "zh"]).done().starts_with("交付报告"));
    let json: Value = serde_json::from_str(&here.sealer(&["report", "--output", "json"]).done()).unwrap();
    assert_eq!(json["cluster"], "my-cluster");
    same("", &here.sealer(&["report", "--output", "html", "-o", "report.html"]).done());
    assert!(std::fs::read_to_string(here.work().join("report.html")).unwrap().starts_with("<!DOCTYPE html>"));
    let _ = here.sealer(&["report", "--cluster-name", "other"]).ended(1);
}
