//! The agent in this process, working on a system in a temporary folder, at the other end of a pipe in memory.

use sealer_agent::Place;
use sealer_host::Agent;
use sealer_host::process::{Exit, Process, Tail};
use tempfile::TempDir;
use tokio::io::DuplexStream;
use tokio::sync::oneshot;

/// An agent and the system that it works on.
pub(crate) async fn agent() -> (TempDir, Agent) {
    let system = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(system.path().join("var/lib")).unwrap();
    let agent = agent_on(system.path()).await;
    (system, agent)
}

/// An agent that works on a system that is there already.
pub(crate) async fn agent_on(system: &std::path::Path) -> Agent {
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let (ended, exit) = oneshot::channel();
    let errors = Tail::default();
    let (said, place) = (errors.clone(), Place::below(system.to_owned()));
    tokio::spawn(async move {
        if let Err(error) = sealer_agent::serve(theirs, place).await {
            said.push(error.chain().as_bytes());
        }
        let _unwatched = ended.send(Exit::Status(0));
    });
    Agent::over("192.0.2.1".into(), process(ours, errors, exit)).await.unwrap()
}

/// One end of a pipe as a program on a host.
pub(crate) fn process(pipe: DuplexStream, errors: Tail, exit: oneshot::Receiver<Exit>) -> Process {
    let (output, input) = tokio::io::split(pipe);
    Process { input: Box::pin(input), output: Box::pin(output), errors, exit }
}
