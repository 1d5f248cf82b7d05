//! Debian's `docker-registry` with a password on this machine, where the hosts reach it, for as long as a scenario runs.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders;
use crate::hosts::engine::wait;
use crate::hosts::host::Host;

/// Its first user.
pub(super) const USER: &str = "engineer";
/// The user's password.
pub(super) const PASSWORD: &str = "s3cret";
/// Another one.
pub(super) const OTHER_USER: &str = "robot";
/// That one's password.
pub(super) const OTHER_PASSWORD: &str = "velvet-harbour-crane";
/// Both as htpasswd writes them.
const USERS: &str = "engineer:$2y$05$QDq/X6jOSK5yWvOHCWBwJepfXmLeB1cLY3OeVTzL2i6mpTSF0HPxi\nrobot:$2b$05$QDq/X6jOSK5yWvOHCWBwJeVa9/YpJFobV9ojBf1veW6ktMe0fBW6.\n";

/// A registry that ends with its scenario.
pub(super) struct DockerRegistry {
    process: Child,
    /// Where it is.
    pub(super) address: String,
    /// The certificate that it shows, where it speaks TLS.
    pub(super) certificate: PathBuf,
    /// Where it notes every request.
    requests: PathBuf,
    users: PathBuf,
    configuration: PathBuf,
}

impl DockerRegistry {
    /// One that keeps its things in `folder` and speaks plain HTTP.
    pub(super) fn plain(folder: &Path, host: &Host) -> Result<Self> {
        Self::start(folder, host, |_| Ok(String::new()))
    }

    /// The same over TLS, with a certificate that nobody has signed.
    pub(super) fn secured(folder: &Path, host: &Host) -> Result<Self> {
        let (certificate, key) = (folder.join(CERTIFICATE), folder.join("registry.key"));
        Self::start(folder, host, |address| {
            let address = address.rsplit_once(':').map_or(address, |(address, _)| address);
            let program = Program::new("openssl").arguments(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]);
            let program = program.arguments(["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=site registry"]);
            let program = program.arguments(["-addext", &format!("subjectAltName=IP:{address}")]);
            // one that may sign others is no server's
            let program = program.arguments(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"]);
            program.argument(&key).argument("-out").argument(&certificate).output()?;
            Ok(format!("  tls:\n    certificate: {}\n    key: {}\n", certificate.display(), key.display()))
        })
    }

    fn start(folder: &Path, host: &Host, tls: impl FnOnce(&str) -> Result<String>) -> Result<Self> {
        let address = free_address(host)?;
        let tls = tls(&address)?;
        let (users, data) = (folder.join("users"), folder.join("data"));
        folders::write(&users, USERS)?;
        let configuration = folder.join("docker-registry.yml");
        let text = format!(
            "version: 0.1\nhttp:\n  addr: {address}\n{tls}storage:\n  filesystem:\n    rootdirectory: {}\n\
             auth:\n  htpasswd:\n    realm: site\n    path: {}\n",
            data.display(),
            users.display()
        );
        folders::write(&configuration, text)?;
        let requests = folder.join("requests");
        let process = serve(&configuration, &requests, &address)?;
        Ok(Self { process, address, certificate: folder.join(CERTIFICATE), requests, users, configuration })
    }

    /// From now on it knows this user alone: it reads its users when it starts.
    pub(super) fn know_only(&mut self, user: &str) -> Result<()> {
        let known = USERS.lines().find(|line| line.split(':').next() == Some(user)).unwrap_or_default();
        folders::write(&self.users, format!("{known}\n"))?;
        self.end();
        self.process = serve(&self.configuration, &self.requests, &self.address)?;
        Ok(())
    }

    fn end(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }

    /// How many requests it noted that hold all of these words.
    pub(super) fn requests(&self, words: &[&str]) -> Result<usize> {
        let notes = folders::read(&self.requests)?;
        Ok(notes.lines().filter(|line| words.iter().all(|word| line.contains(word))).count())
    }
}

const CERTIFICATE: &str = "registry.crt";

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts it, and waits until it listens.
fn serve(configuration: &Path, requests: &Path, address: &str) -> Result<Child> {
    let program = Program::new("docker-registry").argument("serve").argument(configuration);
    let mut command = program.command();
    let notes = std::fs::File::options().create(true).append(true).open(requests);
    let notes = notes.map_err(Error::file("open", requests))?;
    let remarks = notes.try_clone().map_err(Error::file("open", requests))?;
    let process = command.stdin(Stdio::null()).stdout(notes).stderr(remarks).spawn();
    let mut process = process.map_err(|source| program.cannot_start(source))?;
    if wait(Duration::from_secs(30), || TcpStream::connect(address).is_ok()) {
        return Ok(process);
    }
    let _ended = process.kill().and_then(|()| process.wait());
    Err(Error::unmet(format!("docker-registry does not listen on {address}")))
}

/// A free port of this machine's address in the hosts' network, which is the network's first.
fn free_address(host: &Host) -> Result<String> {
    let network = host.address.rsplit_once('.').map(|(network, _)| network).unwrap_or_default();
    let listener = TcpListener::bind(format!("{network}.1:0"));
    let address = listener.and_then(|listener| listener.local_addr());
    let address = address.map_err(|error| Error::unmet(format!("this machine has no address {network}.1: {error}")))?;
    Ok(address.to_string())
}
