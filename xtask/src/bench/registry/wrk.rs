//! Load by wrk: so many connections that ask for one path as fast as they can.

use super::number_after;
use crate::command::Program;
use crate::error::{Error, Result};

/// How long one load lasts, in seconds.
const SECONDS: u32 = 4;

/// What is asked for, by how many.
pub(super) struct Load<'a> {
    connections: u32,
    address: &'a str,
    path: &'a str,
}

impl<'a> Load<'a> {
    pub(super) fn new(connections: u32, address: &'a str, path: &'a str) -> Self {
        Self { connections, address, path }
    }

    /// Answers per second. An answer other than 2xx is a failure: a fast refusal is no speed.
    pub(super) fn per_second(&self) -> Result<f64> {
        let scheme = if self.address.contains("://") { "" } else { "http://" };
        let url = format!("{scheme}{}{}", self.address, self.path);
        let program = Program::new("wrk").arguments(["--threads", "2", "--timeout", "30s"]);
        let program = program.arguments(["--connections", &self.connections.to_string()]);
        // docker-registry gives OCI manifests only to those who ask for them
        let program = program.arguments(["--header", "Accept: application/vnd.oci.image.manifest.v1+json"]);
        let said = program.arguments(["--duration", &format!("{SECONDS}s"), "--latency", &url]).output()?;
        if said.contains("Non-2xx") || said.contains("Socket errors: connect") {
            return Err(Error::unmet(format!("{url} was not always answered:\n{said}")));
        }
        number_after(&said, "Requests/sec:")
    }
}
