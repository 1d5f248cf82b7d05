//! The client of the agent against the real agent, over a pipe in memory: what one side sends is what the other understands.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "agent/peer.rs"]
mod peer;

use peer::agent;
use sealer_host::process::{Exit, Tail};
use sealer_host::{Agent, Error};
use sealer_model::agent::{Batch, Change, Changed, Command, Content, Remove, Text};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

fn command(program: &str, arguments: &[&str]) -> Command {
    Command {
        program: program.into(),
        arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        environment: BTreeMap::new(),
        input: None,
        directory: None,
        timeout_seconds: 30,
    }
}

fn shell(script: &str) -> Command {
    command("sh", &["-c", script])
}

#[tokio::test]
async fn changes_are_made_read_back_and_undone() {
    let (system, agent) = agent().await;
    let content = Content::Text(Text("hello".into()));
    let change = Change::File { path: "/etc/sealer/x".into(), mode: 0o600, content };
    let batch = Batch { cluster: "c".into(), dry_run: false, changes: vec![change] };
    assert_eq!(agent.changes(&batch).await.unwrap(), [Changed::Yes]);
    assert_eq!(agent.changes(&batch).await.unwrap(), [Changed::No]);
    assert_eq!(agent.read_file("/etc/sealer/x").await.unwrap().unwrap(), b"hello");
    assert_eq!(agent.read_file("/etc/sealer/none").await.unwrap(), None);
    let remove = Remove { cluster: "c".into() };
    assert_eq!(agent.remove(&remove, |_| ()).await.unwrap(), Changed::Yes);
    assert!(!system.path().join("etc").exists());
}

#[tokio::test]
async fn an_error_names_the_host_the_request_and_the_cause() {
    let (_system, agent) = agent().await;
    let change = Change::Directory { path: "relative".into(), mode: 0o755 };
    let batch = Batch { cluster: "c".into(), dry_run: false, changes: vec![change] };
    let text = agent.changes(&batch).await.unwrap_err().to_string();
    let expected = "changing the host failed on 192.0.2.1: \"relative\" is not an absolute path without . and ..";
    assert_eq!(text, expected);
}

#[tokio::test]
async fn a_commands_output_arrives_whole_and_line_by_line() {
    let (_system, agent) = agent().await;
    let mut lines = Vec::new();
    let script = "echo one; printf two; read line; echo $line >&2; echo $HOME-$EXTRA; exit 3";
    let mut command = shell(script);
    command.input = Some(Text("from stdin\n".into()));
    command.environment.insert("EXTRA".into(), "more".into());
    command.environment.insert("HOME".into(), "/h".into());
    let finished = agent.command(&command, |line| lines.push(line.to_owned())).await.unwrap();
    assert_eq!(finished.output, "one\ntwo/h-more\n");
    assert_eq!(finished.errors, "from stdin");
    assert_eq!(finished.exit, 3);
    lines.sort();
    assert_eq!(lines, ["from stdin", "one", "two/h-more"]);
    let text = finished.successful().unwrap_err().to_string();
    assert_eq!(text, "sh on 192.0.2.1 ended with exit status 3: from stdin");
}

#[tokio::test]
async fn a_signal_is_told_as_shells_tell_it() {
    let (_system, agent) = agent().await;
    let finished = agent.command(&shell("kill -9 $$"), |_| ()).await.unwrap();
    assert_eq!(finished.exit, 137);
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_an_error() {
    let (_system, agent) = agent().await;
    let error = agent.command(&command("no-such-program", &[]), |_| ()).await.unwrap_err();
    assert!(matches!(error, sealer_host::Error::NoProgram { .. }), "{error}");
    assert_eq!(error.to_string(), "there is no program no-such-program on 192.0.2.1");
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_ended_with_its_children() {
    let (system, agent) = agent().await;
    let pids = system.path().join("pids");
    let script = format!("sleep 600 & echo $! $$ > {}; echo waiting; wait", pids.display());
    let slow = Command { timeout_seconds: 1, ..shell(&script) };
    let text = agent.command(&slow, |_| ()).await.unwrap_err().to_string();
    assert_eq!(text, "sh on 192.0.2.1 did not end within 1 s: waiting");
    ended(&pids).await;
}

#[tokio::test]
async fn a_program_whose_reader_goes_away_is_ended_with_its_children() {
    let (system, agent) = agent().await;
    let pids = system.path().join("pids");
    let script = format!("sleep 600 & echo $! $$ > {}; echo waiting; wait", pids.display());
    let (heard, wait) = oneshot::channel();
    let running = tokio::spawn(async move {
        let mut heard = Some(heard);
        agent.command(&shell(&script), move |_| heard.take().unwrap().send(()).unwrap()).await
    });
    wait.await.unwrap();
    running.abort();
    ended(&pids).await;
}

/// Waits until no process of those whose numbers are in a file is alive.
async fn ended(pids: &std::path::Path) {
    let pids = std::fs::read_to_string(pids).unwrap();
    let alive = |pid: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    let begun = Instant::now();
    while pids.split_whitespace().any(alive) {
        assert!(begun.elapsed() < Duration::from_secs(20), "some of {pids} are still alive");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_daemon_that_holds_the_pipe_does_not_hold_the_answer() {
    let (_system, agent) = agent().await;
    let finished = agent.command(&shell("sleep 20 & echo $!"), |_| ()).await.unwrap();
    assert_eq!(finished.exit, 0);
    let daemon = finished.output.trim().to_owned();
    let ended = agent.command(&command("kill", &[&daemon]), |_| ()).await.unwrap();
    assert_eq!(ended.exit, 0, "the daemon was not left alone: {}", ended.errors);
}

#[tokio::test]
async fn many_requests_run_at_once() {
    let (_system, agent) = agent().await;
    let gate = tempfile::tempdir().unwrap();
    let fifo = gate.path().join("fifo");
    agent.command(&command("mkfifo", &[fifo.to_str().unwrap()]), |_| ()).await.unwrap();
    // Each of the two waits for the other: one after the other they would never end.
    let (read, write) = (shell(&format!("cat {}", fifo.display())), shell(&format!("echo met > {}", fifo.display())));
    let (read, write) = tokio::join!(agent.command(&read, |_| ()), agent.command(&write, |_| ()));
    assert_eq!((read.unwrap().output.as_str(), write.unwrap().exit), ("met\n", 0));
}

#[tokio::test]
async fn an_agent_that_dies_is_an_error_with_its_last_words() {
    let (ours, theirs) = tokio::io::duplex(1024);
    let (ended, exit) = oneshot::channel();
    let errors = Tail::default();
    errors.push(b"sh: cannot execute: no such file\n");
    ended.send(Exit::Status(127)).unwrap();
    drop(theirs);
    let process = peer::process(ours, errors, exit);
    let Err(error) = Agent::over("192.0.2.1".into(), process).await else {
        panic!("an agent that has gone was greeted");
    };
    assert!(matches!(error, Error::AgentGone { .. }), "{error:?}");
    assert!(error.to_string().contains("192.0.2.1"), "{error}");
    assert!(error.to_string().contains("cannot execute"), "{error}");
}
