//! A registry in a process of its own, which a test can kill as nothing that runs inside of the test can be.

use crate::client::Served;
use sealer_registry::Configuration;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Tells the other process where its store is, with its configuration and its note about its own address in it.
const FOLDER: &str = "SEALER_TEST_SERVE";

/// The user who owns nothing.
pub(crate) const NOBODY: u32 = 65534;

/// The process; it is killed with its test.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// No test: the registry that the tests start as a process of its own, to kill it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the registry that other tests kill"]
async fn serve_until_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let configuration = Configuration::read(&folder.join("configuration.yaml")).unwrap();
    let address = configuration.addr.unwrap_or_else(|| "127.0.0.1:0".parse().unwrap());
    let served = Served::at(address, folder, configuration).await;
    std::fs::write(folder.join("new"), served.address.to_string()).unwrap();
    std::fs::rename(folder.join("new"), folder.join("address")).unwrap();
    std::future::pending::<()>().await;
}

impl Process {
    /// Starts a registry over a folder and waits until it listens.
    pub(crate) async fn start(folder: &Path, configuration: &str) -> Self {
        Self::run(Command::new(std::env::current_exe().unwrap()), folder, configuration).await
    }

    async fn run(mut command: Command, folder: &Path, configuration: &str) -> Self {
        let noted = folder.join("address");
        let _none_yet = std::fs::remove_file(&noted);
        std::fs::write(folder.join("configuration.yaml"), configuration).unwrap();
        command.args(["--exact", "process::serve_until_killed", "--ignored"]).env(FOLDER, folder);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !noted.exists() {
            assert!(child.try_wait().unwrap().is_none(), "the registry has ended");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let address = std::fs::read_to_string(&noted).unwrap().parse().unwrap();
        Self { child, address }
    }

    /// As [`Process::start`], as a user who owns nothing but that folder.
    pub(crate) async fn start_as_nobody(folder: &Path, configuration: &str) -> Self {
        let program = folder.join("program");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let mut command = Command::new(program);
        command.uid(NOBODY).gid(NOBODY);
        Self::run(command, folder, configuration).await
    }

    /// Tells it something.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Kills it, so that it can do nothing more.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
