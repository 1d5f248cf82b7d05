//! Debian's `docker-registry` with a password on this machine, where the hosts reach it, for as long as a scenario runs.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders;
use crate::hosts::engine::wait;
use crate::hosts::host::Host;

/// The domain that its images are known by on the site.
pub(super) const DOMAIN: &str = "apps.site-b.example";
/// Its only user.
pub(super) const USER: &str = "engineer";
/// The user's password.
pub(super) const PASSWORD: &str = "s3cret";
/// The same as htpasswd writes it.
const USERS: &str = "engineer:$2y$05$QDq/X6jOSK5yWvOHCWBwJepfXmLeB1cLY3OeVTzL2i6mpTSF0HPxi\n";

/// A registry that ends with its scenario.
pub(super) struct Upstream {
    process: Child,
    /// Where it is.
    pub(super) address: String,
}

impl Upstream {
    /// One that keeps its things in `folder`.
    pub(super) fn start(folder: &Path, host: &Host) -> Result<Self> {
        let address = free_address(host)?;
        let (users, data) = (folder.join("users"), folder.join("data"));
        folders::write(&users, USERS)?;
        let configuration = folder.join("upstream.yml");
        let text = format!(
            "version: 0.1\nhttp:\n  addr: {address}\nstorage:\n  filesystem:\n    rootdirectory: {}\n\
             auth:\n  htpasswd:\n    realm: upstream\n    path: {}\n",
            data.display(),
            users.display()
        );
        folders::write(&configuration, text)?;
        let program = Program::new("docker-registry").argument("serve").argument(&configuration);
        let mut command = program.command();
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let upstream = Self { process: started.map_err(|source| program.cannot_start(source))?, address };
        match wait(Duration::from_secs(30), || TcpStream::connect(&upstream.address).is_ok()) {
            true => Ok(upstream),
            false => Err(Error::unmet(format!("docker-registry does not listen on {}", upstream.address))),
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}

/// A free port of this machine's address in the hosts' network, which is the network's first.
fn free_address(host: &Host) -> Result<String> {
    let network = host.address.rsplit_once('.').map(|(network, _)| network).unwrap_or_default();
    let listener = TcpListener::bind(format!("{network}.1:0"));
    let address = listener.and_then(|listener| listener.local_addr());
    let address = address.map_err(|error| Error::unmet(format!("this machine has no address {network}.1: {error}")))?;
    Ok(address.to_string())
}
