//! Programs on this very machine, started the way SSH would: through a shell, with the same streams.

use crate::error::{Error, Result};
use crate::process::{Exit, Process, Tail};
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// How this machine is called in messages.
pub(crate) const NAME: &str = "this machine";

/// Starts a program through `sh`.
pub(crate) fn start(command: &str) -> Result<Process> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| Error::Start { host: NAME.to_owned(), source })?;
    let input = Box::pin(child.stdin.take().expect("standard input is a pipe"));
    let output = Box::pin(child.stdout.take().expect("standard output is a pipe"));
    let said = child.stderr.take().expect("standard error is a pipe");
    let errors = Tail::default();
    let (ended, exit) = oneshot::channel();
    tokio::spawn(watch(child, said, errors.clone(), ended));
    Ok(Process { input, output, errors, exit })
}

async fn watch(mut child: Child, said: impl AsyncRead + Unpin, errors: Tail, mut ended: oneshot::Sender<Exit>) {
    let work = async {
        collect(said, &errors).await;
        child.wait().await
    };
    let status = tokio::select! {
        status = work => status,
        // Nobody waits for the end any more: dropping the child ends it.
        () = ended.closed() => return,
    };
    if let Ok(status) = status {
        let _unwatched = ended.send(exit(status));
    }
}

async fn collect(mut said: impl AsyncRead + Unpin, errors: &Tail) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = said.read(&mut piece).await {
        errors.push(&piece[..length]);
    }
}

fn exit(status: ExitStatus) -> Exit {
    status.code().map_or(Exit::Signal, Exit::Status)
}
