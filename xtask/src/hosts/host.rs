//! One stand-in host: a container that boots systemd. Making one, finding one, and running a command on it the way somebody at its
//! console would.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::command::{Outcome, Program};
use crate::error::{Error, Result};
use crate::hosts::engine::{Engine, wait};
use crate::hosts::family::Family;

/// How long a host may take from its start until its sshd answers.
const BOOT: Duration = Duration::from_secs(60);

/// A running stand-in host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Host {
    /// The container's name and the host's own name.
    pub(crate) name: String,
    /// Its address on the hosts' network.
    pub(crate) address: String,
}

impl Host {
    /// Boots a host called `name` from `image` on a network; `label` marks everything of it.
    pub(crate) fn boot(
        engine: &Engine,
        name: &str,
        image: &str,
        (network, family): (&str, Family),
        label: &str,
    ) -> Result<Self> {
        let volume = format!("{name}-var");
        engine.docker(&["volume", "create", "--label", label, &volume]).output()?;
        let mount = format!("type=volume,source={volume},target=/var");
        let mut run = engine.docker(&["run", "--detach", "--name", name, "--hostname", name, "--label", label]);
        run = run.arguments(["--network", network, "--mount", &mount]);
        run.arguments(family.of_hosts()).arguments(MACHINE).argument(image).output()?;
        Self::find(engine, name, family)
    }

    /// The host of that name, which runs already.
    pub(crate) fn find(engine: &Engine, name: &str, family: Family) -> Result<Self> {
        let format = format!("{{{{range .NetworkSettings.Networks}}}}{{{{.{}}}}}{{{{end}}}}", family.address());
        let address = engine.docker(&["inspect", "--format", &format, name]).output()?.trim().to_owned();
        if address.is_empty() {
            return Err(Error::unmet(format!("the host {name} does not run")));
        }
        Ok(Self { name: name.to_owned(), address })
    }

    /// A port of it, `10.0.0.1:22` or `[fd00::1]:22`.
    pub(crate) fn at(&self, port: u16) -> String {
        match self.address.contains(':') {
            true => format!("[{}]:{port}", self.address),
            false => format!("{}:{port}", self.address),
        }
    }

    /// Waits until sshd answers, and sets root's password.
    pub(crate) fn settle(&self, engine: &Engine, password: &str) -> Result<()> {
        let address = self.at(22);
        if !wait(BOOT, || greets(&address)) {
            let journal = self.attempt(engine, &["journalctl", "--no-pager", "--lines=20"])?.stdout;
            return Err(Error::unmet(format!(
                "sshd on {} ({}) does not answer after {BOOT:?}:\n{journal}",
                self.name, self.address
            )));
        }
        let line = format!("root:{password}\n");
        engine.docker(&["exec", "--interactive", &self.name, "chpasswd"]).input(line).output()?;
        Ok(())
    }

    /// Runs a command on the host as root; fails unless it exits with zero.
    pub(crate) fn run(&self, engine: &Engine, arguments: &[&str]) -> Result<String> {
        self.program(engine, arguments).output()
    }

    /// Runs a command on the host as root and returns whatever happened.
    pub(crate) fn attempt(&self, engine: &Engine, arguments: &[&str]) -> Result<Outcome> {
        self.program(engine, arguments).attempt()
    }

    fn program(&self, engine: &Engine, arguments: &[&str]) -> Program {
        engine.docker(&["exec", &self.name]).arguments(arguments)
    }
}

/// The container options that make a machine: everything that is allowed, on its own control groups. `--privileged` would ask
/// for capabilities that the machine itself may lack.
const MACHINE: [&str; 15] = [
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--security-opt=systempaths=unconfined",
    "--device-cgroup-rule=a *:* rwm",
    "--device=/dev/kmsg",
    "--cgroupns=private",
    "--tmpfs=/run:exec,mode=755",
    "--tmpfs=/run/lock",
    "--tmpfs=/tmp:exec,mode=1777",
    "--stop-signal=SIGRTMIN+3",
    "--stop-timeout=5",
    "--restart=no",
    "--log-driver=none",
];

/// Whether an SSH server says who it is.
fn greets(address: &str) -> bool {
    use std::io::Read;
    let Ok(address) = address.parse() else {
        return false;
    };
    let Ok(mut stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
        return false;
    };
    let mut greeting = [0; 4];
    stream.set_read_timeout(Some(Duration::from_secs(2))).is_ok()
        && stream.read_exact(&mut greeting).is_ok()
        && &greeting == b"SSH-"
}
