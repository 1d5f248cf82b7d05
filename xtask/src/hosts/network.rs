//! The network of one stand-in host, seen and cut from outside.

use crate::command::Program;
use crate::error::{Error, Result};
use crate::hosts::engine::Engine;
use crate::hosts::host::Host;

/// A host's network, seen with this machine's programs.
pub(crate) struct Network {
    process: String,
}

impl Network {
    /// The network of one host.
    pub(crate) fn of(engine: &Engine, host: &Host) -> Result<Self> {
        let process = engine.docker(&["inspect", "--format", "{{.State.Pid}}", &host.name]).output()?;
        Ok(Self { process: process.trim().to_owned() })
    }

    /// Runs one of this machine's programs in it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String> {
        if self.process.is_empty() {
            return Err(Error::unmet("the host does not run"));
        }
        Program::new("nsenter").arguments(["--target", &self.process, "--net"]).arguments(arguments).output()
    }

    /// Packets of and to the host vanish without a word.
    pub(crate) fn cut(&self) -> Result<()> {
        self.filter("--append")
    }

    /// They arrive again.
    pub(crate) fn mend(&self) -> Result<()> {
        self.filter("--delete")
    }

    fn filter(&self, verb: &str) -> Result<()> {
        let chains = ["INPUT", "OUTPUT"];
        chains.iter().try_for_each(|chain| self.run(&["iptables", verb, chain, "--jump", "DROP"]).map(drop))
    }
}
