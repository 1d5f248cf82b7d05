//! The registry that the container images come from: Debian's docker-registry, on this machine only, ended with its owner.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders;

/// The longest time until it listens.
const START: Duration = Duration::from_secs(20);

/// A running registry.
pub(in crate::bench) struct Registry {
    process: Child,
    log: PathBuf,
    /// `127.0.0.1:PORT`.
    pub(in crate::bench) address: String,
}

impl Registry {
    /// Starts one that keeps its things in a folder.
    pub(in crate::bench) fn start(folder: &Path) -> Result<Self> {
        Self::begin(folder, false, "")
    }

    /// Starts one that writes down what it is asked for.
    pub(in crate::bench) fn start_logging(folder: &Path) -> Result<Self> {
        Self::begin(folder, true, "")
    }

    /// Starts one that fetches what it lacks from another one.
    pub(in crate::bench) fn start_proxy(folder: &Path, upstream: &str) -> Result<Self> {
        Self::begin(folder, false, &format!("proxy:\n  remoteurl: http://{upstream}\n"))
    }

    /// What it was asked for so far, a line each in Apache's form.
    pub(in crate::bench) fn log(&self) -> Result<String> {
        folders::read(&self.log)
    }

    fn begin(folder: &Path, logging: bool, more: &str) -> Result<Self> {
        folders::create(folder)?;
        let address = free_address()?;
        let (configuration, log) = (folder.join("config.yml"), folder.join("access.log"));
        let text = format!(
            "version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: {}\nhttp:\n  addr: {address}\nstorage:\n  \
             cache:\n    blobdescriptor: inmemory\n  filesystem:\n    rootdirectory: {}\n{more}",
            !logging,
            folder.join("data").display()
        );
        folders::write(&configuration, text)?;
        let program = Program::new("docker-registry").argument("serve").argument(&configuration);
        let mut command = program.command();
        let said = File::create(&log).map_err(Error::file("create", &log))?;
        command.stdin(Stdio::null()).stdout(said).stderr(Stdio::null());
        let process = command.spawn().map_err(|source| program.cannot_start(source))?;
        let mut registry = Self { process, log, address };
        registry.wait()?;
        Ok(registry)
    }

    fn wait(&mut self) -> Result<()> {
        let began = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            let ended = self.process.try_wait().is_ok_and(|status| status.is_some());
            if ended || began.elapsed() > START {
                return Err(Error::unmet(format!("docker-registry does not listen on {}", self.address)));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // one that has ended already cannot be ended
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(in crate::bench) fn free_address() -> Result<String> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound.map(|address| address.to_string()).map_err(|error| Error::unmet(format!("no port is free: {error}")))
}
