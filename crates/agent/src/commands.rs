//! Programs run for the delivering machine: no shell, a process group of their own, every line sent on as it is printed, and
//! nothing left behind when they take too long or nobody listens any more.

mod group;
mod pieces;

use crate::claim::Claimed;
use crate::error::{Error, Result};
use group::Group;
use sealer_model::agent::{Command, Output, Text};
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Where programs are looked for.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How long output is waited for after the end of a program: a daemon that it left behind may hold the pipe forever.
const DRAIN: Duration = Duration::from_secs(2);

/// Messages that may wait for the delivering machine.
const QUEUE: usize = 256;

/// Starts a program. What it says, and how it ends, comes out of the receiver; dropping that ends the program.
pub(crate) fn start(command: Command, claimed: &Claimed) -> Result<mpsc::Receiver<Output>> {
    let child = spawn(&command)?;
    child.id().into_iter().for_each(|leader| claimed.started(leader));
    let (messages, receiver) = mpsc::channel(QUEUE);
    tokio::spawn(follow(child, command, messages));
    Ok(receiver)
}

fn spawn(command: &Command) -> Result<Child> {
    let mut program = tokio::process::Command::new(&command.program);
    program.args(&command.arguments).env("PATH", SEARCH_PATH).envs(&command.environment);
    if let Some(directory) = &command.directory {
        program.current_dir(directory);
    }
    let input = if command.input.is_some() { Stdio::piped() } else { Stdio::null() };
    program.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
    program.process_group(0).spawn().map_err(|source| not_started(command, source))
}

/// That a program is not there is told apart from all else: a folder to start in that is gone, or an interpreter, says "not found", too.
fn not_started(command: &Command, source: io::Error) -> Error {
    let program = command.program.clone();
    if source.kind() == io::ErrorKind::NotFound && !is_there(command) {
        return Error::NoProgram { program };
    }
    Error::Start { program, source }
}

/// Whether the file of a program is there, where programs are looked for. A link that leads nowhere is there.
fn is_there(command: &Command) -> bool {
    let folders = command.environment.get("PATH").map_or(SEARCH_PATH, String::as_str);
    let is_file = |path: &Path| path.symlink_metadata().is_ok();
    let program = Path::new(&command.program);
    if command.program.contains('/') {
        return is_file(program);
    }
    std::env::split_paths(folders).any(|folder| is_file(&folder.join(program)))
}

async fn follow(mut child: Child, command: Command, messages: mpsc::Sender<Output>) {
    let group = Group::of(&child);
    let limit = Duration::from_secs(command.timeout_seconds);
    let last = tokio::select! {
        ended = timeout(limit, hear(&mut child, command.input, &messages)) => {
            ended.unwrap_or(Output::TimedOut)
        }
        () = messages.closed() => Output::TimedOut,
    };
    match last {
        Output::Exit(_) => group.leave(),
        _ => group.end(&mut child).await,
    }
    // Nobody may be listening any more, which is no reason to do anything else.
    let _unheard = messages.send(last).await;
}

/// Passes on what a program says until it ends, and a little longer.
async fn hear(child: &mut Child, text: Option<Text>, messages: &mpsc::Sender<Output>) -> Output {
    let input = feed(child.stdin.take(), text);
    let output = pass(child.stdout.take(), messages, Output::Stdout);
    let errors = pass(child.stderr.take(), messages, Output::Stderr);
    let mut streams = std::pin::pin!(async { tokio::join!(output, errors, input) });
    let status = tokio::select! {
        _ = &mut streams => child.wait().await,
        status = child.wait() => {
            let _daemons_may_hold_on = timeout(DRAIN, &mut streams).await;
            status
        }
    };
    status.map_or(Output::Exit(-1), |status| Output::Exit(number(status)))
}

/// A program that does not want its input is no error.
async fn feed(input: Option<ChildStdin>, text: Option<Text>) {
    if let (Some(mut input), Some(text)) = (input, text) {
        let _unread = input.write_all(text.0.as_bytes()).await;
    }
}

async fn pass(stream: Option<impl AsyncRead + Unpin>, messages: &mpsc::Sender<Output>, kind: fn(String) -> Output) {
    let Some(stream) = stream else {
        return;
    };
    let mut pieces = pieces::Pieces::of(stream);
    while let Some(piece) = pieces.next().await {
        if messages.send(kind(piece)).await.is_err() {
            return;
        }
    }
}

/// As shells say it: 128 and the signal, where a signal ended the program.
fn number(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    fn command(program: &str, path: &Path) -> Command {
        Command {
            program: program.into(),
            arguments: Vec::new(),
            environment: [("PATH".to_owned(), path.display().to_string())].into(),
            input: None,
            directory: None,
            timeout_seconds: 1,
        }
    }

    fn script(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[tokio::test]
    async fn only_a_program_that_is_not_there_is_no_program() {
        let folder = tempfile::tempdir().unwrap();
        script(&folder.path().join("closed"), "#!/bin/sh\n", 0o644);
        script(&folder.path().join("torn"), "#!/no/such/interpreter\n", 0o755);
        let failed = |command: &Command| spawn(command).unwrap_err();
        let absent = command("iptables-save", folder.path());
        assert!(matches!(failed(&absent), Error::NoProgram { .. }));
        let absolute = folder.path().join("absent").display().to_string();
        assert!(matches!(failed(&command(&absolute, folder.path())), Error::NoProgram { .. }));
        for there in ["closed", "torn"] {
            let error = failed(&command(there, folder.path()));
            assert!(matches!(error, Error::Start { .. }), "{there}: {error}");
        }
        script(&folder.path().join("whole"), "#!/bin/sh\n", 0o755);
        let nowhere = Command { directory: Some("/no/such/folder".into()), ..command("whole", folder.path()) };
        assert!(matches!(failed(&nowhere), Error::Start { .. }));
    }
}
