//! Puts the agent on a host: the very binary that the engineer runs, or the same for the host's processor, under a name made from its
//! digest, sent only if it is not there already, and never executable before the host has verified it.

use crate::error::{Error, Result};
use crate::host::Host;
use crate::process::{Exit, Process};
use crate::{agent::Agent, arguments};
use sealer_model::agent::OfferedProgram;
use sealer_model::digest::{Digest, Hasher};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::time::timeout;

/// The folder on hosts under which everything of sealer lies.
pub const FOLDER: &str = "/var/lib/sealer";

const SCRIPT: &str = include_str!("install.sh");
const PIECE: usize = 256 * 1024;
const SCRIPT_LIMIT: Duration = Duration::from_secs(60);
const SEND_LIMIT: Duration = Duration::from_secs(600);

/// The agent's program for one kind of processor, on this machine.
#[derive(Clone, Debug)]
pub struct AgentBinary {
    path: PathBuf,
    digest: Digest,
    size: u64,
}

/// An agent that lies on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its path there.
    pub path: String,
    /// Whether it had to be sent.
    pub sent: bool,
}

impl AgentBinary {
    /// Reads the program once, to know its digest. Blocks.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |source| Error::Binary { path: path.to_owned(), source };
        let mut file = std::fs::File::open(path).map_err(unreadable)?;
        let mut hasher = Hasher::default();
        let mut piece = vec![0; PIECE];
        let mut size = 0;
        loop {
            match file.read(&mut piece).map_err(unreadable)? {
                0 => {
                    return Ok(Self { path: path.to_owned(), digest: hasher.finish(), size });
                }
                length => {
                    hasher.update(&piece[..length]);
                    size += length as u64;
                }
            }
        }
    }

    /// A program of which digest and length in bytes are known. That it has them is seen by the host that gets it.
    #[must_use]
    pub fn known(path: PathBuf, digest: Digest, size: u64) -> Self {
        Self { path, digest, size }
    }

    /// The program that is running now. Blocks.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn own() -> Result<Self> {
        Self::open(Path::new("/proc/self/exe"))
    }

    /// The program's digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The program's length in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// A word that no other attempt has: one that was cut off may still be writing on the host.
fn attempt() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", std::process::id(), since.as_nanos())
}

impl Host {
    /// The agent's path under `folder` (usually [`FOLDER`]), if it lies there and is exactly this one. Changes nothing.
    ///
    /// # Errors
    /// When the host is lost or lacks the tools to look.
    pub async fn find_agent(&self, binary: &AgentBinary, folder: &str) -> Result<Option<String>> {
        let hex = binary.digest.hex();
        let found = self.install_script(&[folder, hex, "check"], SCRIPT_LIMIT).await? == "present";
        Ok(found.then(|| format!("{folder}/bin/sealer-{}", &hex[..16])))
    }

    /// Makes sure that the agent lies under `folder` and is exactly this one.
    ///
    /// # Errors
    /// When the host is lost, is full, or got other bytes than were sent.
    pub async fn install_agent(&self, binary: &AgentBinary, folder: &str) -> Result<Installed> {
        if let Some(path) = self.find_agent(binary, folder).await? {
            return Ok(Installed { path, sent: false });
        }
        let (hex, attempt) = (binary.digest.hex(), attempt());
        let path = format!("{folder}/bin/sealer-{}", &hex[..16]);
        self.install_script(&[folder, hex, "prepare", &attempt], SCRIPT_LIMIT).await?;
        let part = format!("{folder}/bin/.part-{attempt}");
        let sending = self.send(binary, &part);
        let late = |_| Error::Timeout { host: self.name(), what: "take the agent".to_owned(), limit: SEND_LIMIT };
        timeout(SEND_LIMIT, sending).await.map_err(late)??;
        self.install_script(&[folder, hex, "place", &attempt], SCRIPT_LIMIT).await?;
        Ok(Installed { path, sent: true })
    }

    /// Makes the host fetch the agent from another host that offers it. What came is verified by the digest that this machine knows.
    ///
    /// # Errors
    /// When the host has nothing to fetch with, does not reach the other one, or got other bytes than this machine's.
    pub async fn fetch_agent(&self, binary: &AgentBinary, folder: &str, offered: &OfferedProgram) -> Result<()> {
        let (hex, attempt) = (binary.digest.hex(), attempt());
        let (address, port) = (offered.address.to_string(), offered.port.to_string());
        self.install_script(&[folder, hex, "prepare", &attempt], SCRIPT_LIMIT).await?;
        self.install_script(&[folder, hex, "fetch", &attempt, &address, &port, &offered.name], SEND_LIMIT).await?;
        self.install_script(&[folder, hex, "place", &attempt], SCRIPT_LIMIT).await.map(drop)
    }

    /// Starts an agent that lies on the host.
    ///
    /// # Errors
    /// When it does not start or does not speak as expected.
    pub async fn start_agent(&self, path: &str) -> Result<Agent> {
        let command = format!("{path} agent");
        arguments::join(&self.name(), &[path])?;
        Agent::over(self.name(), self.start(&command).await?).await
    }

    async fn install_script(&self, words: &[&str], limit: Duration) -> Result<String> {
        let answer = self.run_script(SCRIPT, words, limit).await?;
        match answer.exit {
            Exit::Status(0) => Ok(String::from_utf8_lossy(&answer.output).trim().to_owned()),
            exit => Err(self.failed(exit, answer.errors)),
        }
    }

    /// `cat` is the fastest way over SSH: nothing but the bytes.
    async fn send(&self, binary: &AgentBinary, part: &str) -> Result<()> {
        let part = arguments::join(&self.name(), &[part])?;
        let process = self.start(&format!("sh -c 'umask 077; cat >{part}'")).await?;
        let Process { mut input, output: _output, errors, exit } = process;
        let unreadable = |source| Error::Binary { path: binary.path.clone(), source };
        let file = tokio::fs::File::open(&binary.path).await.map_err(unreadable)?;
        let mut file = BufReader::with_capacity(PIECE, file);
        let copied = tokio::io::copy_buf(&mut file, &mut input).await;
        let closed = input.shutdown().await;
        // For a pipe on this machine only this is the end of file.
        drop(input);
        match exit.await {
            Ok(Exit::Status(0)) => copied.and(closed).map_err(|source| self.lost(Some(source))),
            Ok(exit) => Err(self.failed(exit, errors.text())),
            Err(_) => Err(self.lost(copied.err())),
        }
    }

    fn lost(&self, source: Option<std::io::Error>) -> Error {
        Error::Lost { host: self.name(), what: "the sending of the agent".to_owned(), source }
    }

    fn failed(&self, exit: Exit, errors: String) -> Error {
        Error::Script { host: self.name(), what: "installing the agent".to_owned(), exit, errors }
    }
}
