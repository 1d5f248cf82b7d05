//! OpenSSH's server with keys, configuration and port of its own.

use sealer_host::{Credentials, Error, Host, HostAddress, KnownHosts};
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = "/usr/sbin/sshd";

/// A server that lives as long as this value.
pub(crate) struct Sshd {
    folder: TempDir,
    port: u16,
    server: Option<Child>,
    /// More lines of configuration.
    extra: String,
}

/// Who runs this test.
pub(crate) fn user() -> String {
    run("id", &["-un"])
}

impl Sshd {
    /// Starts one, or says why it cannot be.
    pub(crate) fn start() -> Result<Self, String> {
        if !Path::new(PROGRAM).exists() {
            return Err(format!("there is no {PROGRAM}"));
        }
        if user() != "root" {
            return Err("a private SSH server needs root".to_owned());
        }
        fs::create_dir_all("/run/sshd").map_err(|error| error.to_string())?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut sshd = Self { folder, port, server: None, extra: String::new() };
        sshd.new_client_key("ed25519", "");
        sshd.restart_with_another_key();
        Ok(sshd)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn address(&self) -> HostAddress {
        HostAddress { ip: Ipv4Addr::LOCALHOST.into(), port: self.port }
    }

    pub(crate) fn pins(&self) -> PathBuf {
        self.path("state/known_hosts")
    }

    pub(crate) fn known_hosts(&self) -> KnownHosts {
        KnownHosts::new(Vec::new(), self.pins())
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::of(user()).with_key(self.path("ed25519"), None)
    }

    pub(crate) async fn connect(&self) -> Host {
        Host::connect(self.address(), &self.credentials(), &self.known_hosts()).await.unwrap()
    }

    pub(crate) async fn connect_error(&self, credentials: &Credentials) -> Error {
        match Host::connect(self.address(), credentials, &self.known_hosts()).await {
            Ok(_) => panic!("the connection was accepted"),
            Err(error) => error,
        }
    }

    /// A key that the server accepts.
    pub(crate) fn new_client_key(&self, kind: &str, passphrase: &str) -> PathBuf {
        let name = if passphrase.is_empty() { kind.to_owned() } else { format!("{kind}-locked") };
        let path = self.path(&name);
        if !path.exists() {
            generate(&path, kind, passphrase);
            let public = fs::read_to_string(path.with_extension("pub")).unwrap();
            let all = fs::read_to_string(self.path("authorized")).unwrap_or_default();
            fs::write(self.path("authorized"), all + &public).unwrap();
        }
        path
    }

    /// A key that the server does not know.
    pub(crate) fn strange_key(&self) -> PathBuf {
        let path = self.path("strange");
        generate(&path, "ed25519", "");
        path
    }

    /// The fingerprint of the server's present key.
    pub(crate) fn fingerprint(&self) -> String {
        let line = run("ssh-keygen", &["-l", "-f", self.path("host").to_str().unwrap()]);
        line.split_whitespace().nth(1).unwrap().to_owned()
    }

    /// What `ssh-keyscan -H` and `ssh` write into a user's file.
    pub(crate) fn hashed_known_hosts(&self) -> PathBuf {
        let path = self.path("users_known_hosts");
        let public = fs::read_to_string(self.path("host.pub")).unwrap();
        fs::write(&path, format!("[127.0.0.1]:{} {public}", self.port)).unwrap();
        run("ssh-keygen", &["-q", "-H", "-f", path.to_str().unwrap()]);
        assert!(fs::read_to_string(&path).unwrap().starts_with("|1|"));
        path
    }

    pub(crate) fn restart_with_another_key(&mut self) {
        self.stop();
        let _first_time = fs::remove_file(self.path("host"));
        generate(&self.path("host"), "ed25519", "");
        let configuration = format!(
            "ListenAddress 127.0.0.1\nPort {}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nMaxStartups 100\n{}",
            self.port,
            self.path("host").display(),
            self.path("authorized").display(),
            self.extra
        );
        fs::write(self.path("configuration"), configuration).unwrap();
        let log = fs::File::create(self.path("log")).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["-D", "-e", "-f"]).arg(self.path("configuration"));
        self.server = Some(command.stdin(Stdio::null()).stderr(log).spawn().unwrap());
        self.wait_for_it();
    }

    /// Lets sessions believe that they are not root, and gives them a `sudo` that keeps to the real one's contract: `-n` never
    /// asks, `-k -S` always reads one line from its input.
    pub(crate) fn pretend_sudo(&mut self, password: &str) {
        let folder = self.path("programs");
        fs::create_dir(&folder).unwrap();
        let free = self.path("no-password");
        program(&folder.join("id"), "[ \"$PRETEND_ROOT\" ] && echo 0 || echo 1000");
        let sudo = format!(
            "case $1 in\n\
             -n) [ -e {} ] || {{ echo 'sudo: a password is required' >&2; exit 1; }}; shift ;;\n\
             -k) read -r line; [ \"$line\" = {password} ] || {{ echo 'sudo: incorrect password' >&2; exit 1; }}; shift 4 ;;\n\
             esac\n\
             PRETEND_ROOT=1 exec \"$@\"",
            free.display()
        );
        program(&folder.join("sudo"), &sudo);
        self.extra = format!("SetEnv PATH={}:/usr/bin:/bin\n", folder.display());
        self.restart_with_another_key();
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    fn wait_for_it(&self) {
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            let log = fs::read_to_string(self.path("log")).unwrap();
            assert!(begun.elapsed() < Duration::from_secs(20), "sshd does not listen: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

fn program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn generate(path: &Path, kind: &str, passphrase: &str) {
    run("ssh-keygen", &["-q", "-t", kind, "-N", passphrase, "-f", path.to_str().unwrap()]);
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
