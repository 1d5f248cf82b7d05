//! Debian's `docker-registry`, for as long as a test runs, and what it was asked.

use crate::registry::PASSWORD;
use sealer_model::Reference;
use std::fs::File;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const REGISTRY: &str = "/usr/bin/docker-registry";

/// The user `engineer` with the password of all tests, as htpasswd writes it.
const USERS: &str = "engineer:$2y$05$QDq/X6jOSK5yWvOHCWBwJepfXmLeB1cLY3OeVTzL2i6mpTSF0HPxi\n";

/// Where it notes every request.
const NOTES: &str = "requests";

/// A registry process that ends with its test.
pub(crate) struct Peer {
    process: Child,
    pub(crate) address: String,
    folder: TempDir,
}

impl Peer {
    /// One that lets everybody in. Nothing where the program is not installed, and then it says so.
    pub(crate) fn start() -> Option<Self> {
        Self::with("")
    }

    /// One that lets in who has the password of all tests.
    pub(crate) fn guarded() -> Option<Self> {
        assert_eq!(PASSWORD, "s3cret", "the hash is of another password");
        Self::with("auth:\n  htpasswd:\n    realm: test\n    path: USERS\n")
    }

    fn with(more: &str) -> Option<Self> {
        if !Path::new(REGISTRY).exists() {
            left_out(REGISTRY, "docker-registry");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let configuration = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nhttp:\n  addr: {address}\nstorage:\n  filesystem:\n    rootdirectory: {}\n",
            folder.path().join("data").display()
        );
        let users = folder.path().join("users");
        std::fs::write(&users, USERS).unwrap();
        let text = text + &more.replace("USERS", users.to_str().unwrap());
        std::fs::write(&configuration, text).unwrap();
        let notes = File::create(folder.path().join(NOTES)).unwrap();
        let mut command = Command::new(REGISTRY);
        let command = command.arg("serve").arg(&configuration);
        let process = command.stdout(notes).stderr(Stdio::null()).spawn().unwrap();
        let peer = Self { process, address, folder };
        peer.wait();
        Some(peer)
    }

    fn wait(&self) {
        let began = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "{REGISTRY} does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn name(&self, rest: &str) -> Reference {
        format!("{}/{rest}", self.address).parse().unwrap()
    }
}

/// What the registry was asked about blobs since the last time it was looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Uploads {
    /// Blobs that were taken from another repository.
    pub(crate) borrowed: usize,
    /// Uploads that were begun.
    pub(crate) begun: usize,
    /// Uploads that were ended with a blob.
    pub(crate) ended: usize,
}

impl Peer {
    /// What it was asked about the blobs of a repository.
    pub(crate) fn uploads(&self, repository: &str) -> Uploads {
        let notes = std::fs::read_to_string(self.folder.path().join(NOTES)).unwrap();
        let place = format!(" /v2/{repository}/blobs/uploads/");
        let count = |method: &str, status: &str| {
            let is_one = |line: &&str| line.contains(&format!("\"{method}{place}")) && line.contains(status);
            notes.lines().filter(is_one).count()
        };
        Uploads {
            borrowed: count("POST", "HTTP/1.1\" 201"),
            begun: count("POST", "HTTP/1.1\" 202"),
            ended: count("PUT", "HTTP/1.1\" 201"),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Written past the test harness, which hides what a passing test prints.
pub(crate) fn left_out(program: &str, package: &str) {
    let text = format!("LEFT OUT: {program} is not installed (apt-get install {package})\n");
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

fn free_address() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().to_string()
}
