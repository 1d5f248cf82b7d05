//! One host, reached over SSH or this machine itself, and the three things done there without an agent: run a fixed script,
//! put the agent on it, start the agent.

use crate::address::HostAddress;
use crate::credentials::Credentials;
use crate::elevation::Elevation;
use crate::error::{Error, Result};
use crate::known_hosts::KnownHosts;
use crate::process::{Exit, Process};
use crate::ssh::Connection;
use crate::{arguments, local};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

/// The most that a fixed script may print.
const MOST_OUTPUT: u64 = 4 * 1024 * 1024;

/// A host on which programs can be started as root. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    transport: Transport,
    elevation: Elevation,
}

/// The way to a host.
#[derive(Clone)]
pub(crate) enum Transport {
    /// Over SSH.
    Ssh(HostAddress, Connection),
    /// None needed.
    Local,
}

/// What a fixed script printed and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptOutput {
    /// Standard output.
    pub output: Vec<u8>,
    /// The end of standard error.
    pub errors: String,
    /// How it ended.
    pub exit: Exit,
}

impl Host {
    /// Connects over SSH, verifies the host's key, proves who we are and makes sure that we can act as root.
    ///
    /// # Errors
    /// When any of this fails or takes too long.
    pub async fn connect(address: HostAddress, credentials: &Credentials, hosts: &KnownHosts) -> Result<Self> {
        let connection = Connection::open(address, credentials, hosts).await?;
        let transport = Transport::Ssh(address, connection);
        let elevation = Elevation::find(&transport, credentials).await?;
        Ok(Self { transport, elevation })
    }

    /// This machine, as the user who runs this program.
    #[must_use]
    pub fn local() -> Self {
        Self { transport: Transport::Local, elevation: Elevation::None }
    }

    /// How the host is called in messages: its address, or `this machine`.
    #[must_use]
    pub fn name(&self) -> String {
        self.transport.name()
    }

    /// Runs a script with `sh` as root. The script is fixed text; what varies is passed in arguments, which may hold only
    /// characters that mean nothing to any shell.
    ///
    /// # Errors
    /// When an argument is not allowed, the host is lost, the script takes too long or prints more than 4 MiB. A script that
    /// fails is no error here: see [`ScriptOutput::exit`].
    pub async fn run_script(&self, script: &str, arguments: &[&str], limit: Duration) -> Result<ScriptOutput> {
        run(&self.transport, &self.elevation, script, arguments, limit).await
    }

    /// Starts a program as root. The command line is fixed text or made of allowed characters.
    pub(crate) async fn start(&self, command: &str) -> Result<Process> {
        start(&self.transport, &self.elevation, command).await
    }
}

impl Transport {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Ssh(address, _) => address.to_string(),
            Self::Local => local::NAME.to_owned(),
        }
    }

    async fn start(&self, command: &str) -> Result<Process> {
        match self {
            Self::Ssh(_, connection) => connection.start(command).await,
            Self::Local => local::start(command),
        }
    }
}

async fn start(transport: &Transport, elevation: &Elevation, command: &str) -> Result<Process> {
    let mut process = transport.start(&elevation.command(command)).await?;
    let greeting = elevation.greeting();
    if !greeting.is_empty() {
        let sent = process.input.write_all(greeting.as_bytes()).await;
        sent.map_err(|source| Error::Start { host: transport.name(), source })?;
    }
    Ok(process)
}

pub(crate) async fn run(
    transport: &Transport,
    elevation: &Elevation,
    script: &str,
    arguments: &[&str],
    limit: Duration,
) -> Result<ScriptOutput> {
    let host = transport.name();
    let command = format!("sh -s --{}", arguments::join(&host, arguments)?);
    let work = async {
        let process = start(transport, elevation, &command).await?;
        finish(&host, process, script).await
    };
    let late = |_| Error::SlowScript { host: host.clone(), limit };
    timeout(limit, work).await.map_err(late)?
}

/// Sends the script and collects what it prints, both at once, for neither side may wait for the other.
async fn finish(host: &str, process: Process, script: &str) -> Result<ScriptOutput> {
    let Process { mut input, output, errors, exit } = process;
    // The input is moved in, because for a pipe on this machine only dropping it is the end of file.
    let send = async move {
        // A script that ends early leaves the rest of itself unread; its exit status says why.
        let _unread = input.write_all(script.as_bytes()).await;
        let _closed = input.shutdown().await;
    };
    let mut printed = Vec::new();
    let mut bounded = output.take(MOST_OUTPUT + 1);
    let ((), read) = tokio::join!(send, bounded.read_to_end(&mut printed));
    let lost = |source| Error::Lost { host: host.to_owned(), what: "a script".into(), source };
    read.map_err(|source| lost(Some(source)))?;
    if printed.len() as u64 > MOST_OUTPUT {
        let reason = format!("it is longer than {MOST_OUTPUT} bytes");
        return Err(Error::Answer { host: host.to_owned(), what: "a script".into(), reason });
    }
    let exit = exit.await.map_err(|_| lost(None))?;
    Ok(ScriptOutput { output: printed, errors: errors.text(), exit })
}
