//! What can go wrong between the delivering machine and one host. Every error names the host.

use crate::process::Exit;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// The result of reaching a host.
pub type Result<T> = std::result::Result<T, Error>;

/// A host could not be reached, did not accept us, or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A jump host does not let us through.
    #[error("host {host} cannot be reached through {jump}")]
    Jump {
        /// The host.
        host: String,
        /// The host that should let us through.
        jump: String,
        /// Why.
        source: Box<russh::Error>,
    },
    /// The user's own configuration of SSH cannot be followed.
    #[error("{} cannot be followed: {reason}", path.display())]
    OpensshConfig {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No TCP connection.
    #[error("cannot connect to {host}")]
    Connect {
        /// The host.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// No answer in time.
    #[error("{host} did not {what} within {} s", limit.as_secs())]
    Timeout {
        /// The host.
        host: String,
        /// `accept a connection`.
        what: String,
        /// The time it had.
        limit: Duration,
    },
    /// A script did not end in time. Before it begins, the user's shell reads its start-up files.
    #[error(
        "{host} did not finish a script within {} s; if `ssh` with the command `true` is slow there, too, a start-up file of the user's \
         shell waits for something, ~/.bashrc for instance",
        limit.as_secs()
    )]
    SlowScript {
        /// The host.
        host: String,
        /// The time it had.
        limit: Duration,
    },
    /// The SSH protocol failed.
    #[error("the SSH connection to {host} failed")]
    Ssh {
        /// The host.
        host: String,
        /// Why.
        source: Box<russh::Error>,
    },
    /// Every way to prove who we are was refused.
    #[error("{host} refused user {user}: {refused}; the server accepts {accepted}")]
    Refused {
        /// The host.
        host: String,
        /// The user.
        user: String,
        /// What was tried and what became of it.
        refused: String,
        /// The methods that the server still offers.
        accepted: String,
    },
    /// A private key cannot be used.
    #[error("cannot read the private key {} for {host}", path.display())]
    Key {
        /// The host.
        host: String,
        /// The key's file.
        path: PathBuf,
        /// Why.
        source: Box<russh::keys::Error>,
    },
    /// The host shows another key than it did before.
    #[error(
        "the host key of {host} has changed: {} line {line} pins {pinned}, the host now offers {offered}; if the host was \
         reinstalled, remove that line and try again, otherwise somebody may be in between",
        file.display()
    )]
    HostKeyChanged {
        /// The host.
        host: String,
        /// Fingerprint of the key that was pinned.
        pinned: String,
        /// Fingerprint of the key that was offered.
        offered: String,
        /// The file that pins it.
        file: PathBuf,
        /// The line in that file.
        line: usize,
    },
    /// A file of known host keys cannot be read or written.
    #[error("cannot use the known host keys in {} for {host}", file.display())]
    KnownHosts {
        /// The host.
        host: String,
        /// The file.
        file: PathBuf,
        /// Why.
        source: Box<russh::keys::Error>,
    },
    /// The user is neither root nor may become root.
    #[error("user {user} on {host} is not root and sudo does not let it become root: {reason}")]
    NotRoot {
        /// The host.
        host: String,
        /// The user.
        user: String,
        /// What sudo said.
        reason: String,
    },
    /// A program could not be started.
    #[error("cannot start a program on {host}")]
    Start {
        /// The host.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// Reading or writing a running program's streams failed.
    #[error("lost the connection to {host} while it was running {what}")]
    Lost {
        /// The host.
        host: String,
        /// What was running.
        what: String,
        /// Why.
        source: Option<io::Error>,
    },
    /// A fixed script of ours failed.
    #[error("{what} on {host} ended with {exit}: {errors}")]
    Script {
        /// The host.
        host: String,
        /// What the script does.
        what: String,
        /// How it ended.
        exit: Exit,
        /// The end of its standard error.
        errors: String,
    },
    /// An argument that could mean something to a shell.
    #[error("\"{argument}\" cannot be passed to a script on {host}: only letters, digits and ._-/:,+@% are")]
    Argument {
        /// The host.
        host: String,
        /// The argument.
        argument: String,
    },
    /// The host printed something else than was agreed.
    #[error("{host} sent an unexpected answer to {what}: {reason}")]
    Answer {
        /// The host.
        host: String,
        /// The question.
        what: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The agent's program on the delivering machine cannot be read.
    #[error("cannot read the agent {}", path.display())]
    Binary {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The agent is gone.
    #[error("the agent on {host} ended during {what}: {errors}")]
    AgentGone {
        /// The host.
        host: String,
        /// The request.
        what: String,
        /// The end of its standard error.
        errors: String,
        /// What the protocol noticed.
        source: Option<hyper::Error>,
    },
    /// The agent answered with an error.
    #[error("{what} failed on {host}: {message}")]
    Agent {
        /// The host.
        host: String,
        /// The request.
        what: String,
        /// The agent's whole chain of causes.
        message: String,
    },
    /// The host cannot reach whoever has what it wants.
    #[error("{what} failed on {host}, which does not get through to where that is: {message}")]
    OutOfReach {
        /// The host.
        host: String,
        /// The request.
        what: String,
        /// The agent's whole chain of causes.
        message: String,
    },
    /// What is being sent to a host cannot be read.
    #[error("cannot read {what} while sending it to {host}")]
    Content {
        /// The host.
        host: String,
        /// What is sent.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// A program is not on the host.
    #[error("there is no program {program} on {host}")]
    NoProgram {
        /// The host.
        host: String,
        /// The program.
        program: String,
    },
    /// A program on the host did not end in time.
    #[error("{program} on {host} did not end within {seconds} s: {tail}")]
    CommandTimeout {
        /// The host.
        host: String,
        /// The program and the first of its arguments.
        program: String,
        /// The time it had.
        seconds: u64,
        /// The end of what it printed.
        tail: String,
    },
    /// A program on the host failed.
    #[error("{program} on {host} ended with exit status {exit}: {tail}")]
    CommandFailed {
        /// The host.
        host: String,
        /// The program and the first of its arguments.
        program: String,
        /// Its exit status.
        exit: i32,
        /// The end of what it printed.
        tail: String,
    },
    /// A program printed more than is kept.
    #[error("{program} on {host} printed more than {limit} bytes")]
    TooMuchOutput {
        /// The host.
        host: String,
        /// The program and the first of its arguments.
        program: String,
        /// The most that is kept.
        limit: usize,
    },
}
