//! Everything that goes over SSH, against OpenSSH's own server on a port of its own.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "ssh/program.rs"]
mod program;
#[path = "ssh/sshd.rs"]
mod sshd;

use sealer_host::{Agent, AgentBinary, Credentials, Error, Host, HostAddress, Jump, OpensshConfig, Questions, Secret};
use sealer_model::agent::Command;
use sshd::Sshd;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Starts a server, or says what is left out and returns from the test.
macro_rules! sshd {
    () => {
        match Sshd::start() {
            Ok(sshd) => sshd,
            Err(reason) => {
                eprintln!("left out, because {reason}");
                return;
            }
        }
    };
}

#[tokio::test]
async fn every_kind_of_key_opens_the_door() {
    let sshd = sshd!();
    for (kind, passphrase) in [("ed25519", ""), ("ecdsa", ""), ("rsa", "secret words")] {
        let key = sshd.new_client_key(kind, passphrase);
        let passphrase = Some(passphrase).filter(|text| !text.is_empty()).map(Secret::new);
        let credentials = Credentials::of(sshd::user()).with_key(key, passphrase);
        let host = Host::connect(sshd.address(), &credentials, &sshd.known_hosts()).await.unwrap();
        let answer = host.run_script("echo $1; cat /dev/null; exit 4", &["a-b"], LIMIT).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer.output), "a-b\n", "with {kind}");
        assert_eq!(answer.exit, sealer_host::process::Exit::Status(4));
    }
}

const LIMIT: Duration = Duration::from_secs(30);

/// OpenSSH's own agent, ended with the test.
struct KeyAgent {
    folder: tempfile::TempDir,
    process: std::process::Child,
}

impl KeyAgent {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = std::process::Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(folder.path().join("socket"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let agent = Self { folder, process };
        while !agent.socket().exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        agent
    }

    fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("socket")
    }

    fn add(&self, key: &Path) {
        let add = std::process::Command::new("ssh-add").arg("-q").arg(key).env("SSH_AUTH_SOCK", self.socket()).status();
        assert!(add.unwrap().success());
    }
}

impl Drop for KeyAgent {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}

#[tokio::test]
async fn a_host_is_reached_through_another_and_both_are_verified() {
    let (bastion, mut sshd) = (sshd!(), sshd!());
    let jump = Jump { address: bastion.address(), credentials: bastion.credentials() };
    let credentials = sshd.credentials().through(jump);
    let host = Host::connect(sshd.address(), &credentials, &sshd.known_hosts()).await.unwrap();
    let answer = host.run_script("echo through", &[], LIMIT).await.unwrap();
    assert_eq!(answer.output, b"through\n");
    let pinned = std::fs::read_to_string(sshd.pins()).unwrap();
    for address in [bastion.address(), sshd.address()] {
        assert!(pinned.contains(&format!("[127.0.0.1]:{} ", address.port)), "{pinned}");
    }
    drop(host);
    sshd.stop();
    let error = sshd.connect_error(&credentials).await;
    assert!(matches!(error, Error::Jump { .. }), "{error:?}");
    assert!(error.to_string().contains(&bastion.address().to_string()), "{error}");
}

#[tokio::test]
async fn the_users_own_configuration_leads_to_a_host() {
    let (bastion, sshd) = (sshd!(), sshd!());
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    let text = format!(
        "Host bastion\n  HostName 127.0.0.1\n  Port {}\n  IdentityFile {}\nHost 127.0.0.*\n  Port {}\n  IdentityFile {}\n  ProxyJump bastion\n",
        bastion.address().port,
        bastion.path("ed25519").display(),
        sshd.address().port,
        sshd.path("ed25519").display(),
    );
    std::fs::write(home.path().join(".ssh/config"), text).unwrap();
    let config = OpensshConfig::read(home.path()).unwrap();
    let nobody_chose = Credentials::of(sshd::user()).left_open(true, true, None);
    let (address, credentials) = config.way(HostAddress::new(sshd.address().ip), &nobody_chose).await.unwrap();
    let host = Host::connect(address, &credentials, &sshd.known_hosts()).await.unwrap();
    assert_eq!(host.run_script("echo through", &[], LIMIT).await.unwrap().output, b"through\n");
    let pinned = std::fs::read_to_string(sshd.pins()).unwrap();
    assert!(pinned.contains(&format!("[127.0.0.1]:{} ", bastion.address().port)), "through the bastion: {pinned}");
}

#[tokio::test]
async fn an_agent_signs_with_the_keys_that_it_has() {
    let sshd = sshd!();
    let agent = KeyAgent::start();
    agent.add(&sshd.strange_key());
    let credentials = Credentials::of(sshd::user()).with_agent(agent.socket());
    let error = sshd.connect_error(&credentials).await;
    assert!(error.to_string().contains("the agent's key"), "{error}");
    for kind in ["ed25519", "rsa"] {
        agent.add(&sshd.new_client_key(kind, ""));
        Host::connect(sshd.address(), &credentials, &sshd.known_hosts()).await.unwrap();
    }
}

#[tokio::test]
async fn an_agent_that_is_not_there_is_told_among_what_was_tried() {
    let sshd = sshd!();
    let credentials = Credentials::of(sshd::user()).with_agent("/no/such/socket");
    let error = sshd.connect_error(&credentials).await;
    assert!(error.to_string().contains("/no/such/socket"), "{error}");
}

#[tokio::test]
async fn a_wrong_key_is_refused_with_the_host_the_user_and_what_was_tried() {
    let sshd = sshd!();
    let wrong = sshd.strange_key();
    let credentials = Credentials::of(sshd::user()).with_key(&wrong, None);
    let error = sshd.connect_error(&credentials).await;
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    let text = error.to_string();
    let tried = format!("key {} was refused", wrong.display());
    for part in [&sshd.address().to_string(), &sshd::user(), &tried, "publickey"] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

#[tokio::test]
async fn a_password_that_the_server_does_not_take_is_not_even_sent() {
    let sshd = sshd!();
    let credentials = Credentials::of(sshd::user()).with_key(sshd.strange_key(), None);
    let error = sshd.connect_error(&credentials.with_password(Secret::new("hunter2"))).await;
    assert!(!error.to_string().contains("password was refused"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_locked_key_without_its_passphrase_is_named() {
    let sshd = sshd!();
    let key = sshd.new_client_key("ed25519", "secret words");
    let error = sshd.connect_error(&Credentials::of(sshd::user()).with_key(&key, None)).await;
    assert!(error.to_string().contains(key.to_str().unwrap()), "{error}");
}

#[tokio::test]
async fn a_host_is_pinned_at_first_sight_and_refused_when_its_key_changes() {
    let mut sshd = sshd!();
    sshd.connect().await;
    let pinned = std::fs::read_to_string(sshd.pins()).unwrap();
    assert!(pinned.starts_with(&format!("[127.0.0.1]:{} ssh-ed25519 ", sshd.address().port)));
    sshd.connect().await;
    assert_eq!(std::fs::read_to_string(sshd.pins()).unwrap(), pinned, "pinned twice");

    sshd.restart_with_another_key();
    let error = sshd.connect_error(&sshd.credentials()).await;
    assert!(matches!(error, Error::HostKeyChanged { line: 1, .. }), "{error:?}");
    let text = error.to_string();
    for part in [sshd.pins().to_str().unwrap(), &sshd.fingerprint(), &sshd.address().to_string()] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

#[tokio::test]
async fn a_hashed_entry_of_the_users_known_hosts_is_found() {
    let sshd = sshd!();
    let users = sshd.hashed_known_hosts();
    let hosts = sealer_host::KnownHosts::new(vec![users], sshd.pins());
    Host::connect(sshd.address(), &sshd.credentials(), &hosts).await.unwrap();
    assert!(!sshd.pins().exists(), "a known host was pinned");
}

#[tokio::test]
async fn nobody_at_the_door_is_told_at_once() {
    let mut sshd = sshd!();
    sshd.stop();
    let error = sshd.connect_error(&sshd.credentials()).await;
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains(&sshd.address().to_string()));
}

#[tokio::test]
async fn facts_are_those_of_the_host() {
    let sshd = sshd!();
    let host = sshd.connect().await;
    let questions = Questions {
        disks: vec!["/var/lib/not/there/yet".into()],
        leftovers: vec!["/etc/passwd".into(), "/etc/no-such-thing".into()],
        ..Questions::default()
    };
    let facts = host.facts(&questions).await.unwrap();
    assert!(facts.listening.contains(&sshd.address().port));
    assert!(facts.disks["/var/lib/not/there/yet"].free > 0);
    assert_eq!(facts.leftovers, ["/etc/passwd"]);
    assert_eq!(facts.user_id, 0);
    assert!(facts.memory > 0 && facts.processors > 0 && facts.clock > 1_700_000_000);
}

#[tokio::test]
async fn a_user_becomes_root_with_sudo_and_the_password_only_where_it_is_asked_for() {
    let mut sshd = sshd!();
    sshd.pretend_sudo("sesame");
    let credentials = sshd.credentials();
    let text = sshd.connect_error(&credentials).await.to_string();
    assert!(text.contains("is not root") && text.contains("a password is required"), "{text}");
    let wrong = credentials.clone().with_password(Secret::new("wrong"));
    let text = sshd.connect_error(&wrong).await.to_string();
    assert!(text.contains("incorrect password") && !text.contains("wrong"), "{text}");

    let right = credentials.clone().with_password(Secret::new("sesame"));
    let host = Host::connect(sshd.address(), &right, &sshd.known_hosts()).await.unwrap();
    let answer = host.run_script("id -u; cat", &[], LIMIT).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.output), "0\n");

    std::fs::write(sshd.path("no-password"), "").unwrap();
    let host = Host::connect(sshd.address(), &credentials, &sshd.known_hosts()).await.unwrap();
    assert_eq!(host.run_script("id -u", &[], LIMIT).await.unwrap().output, b"0\n");
}

#[tokio::test]
async fn a_script_that_takes_too_long_is_given_up() {
    let sshd = sshd!();
    let host = sshd.connect().await;
    let slow = host.run_script("sleep 600", &[], Duration::from_millis(300)).await;
    assert!(matches!(slow, Err(Error::SlowScript { .. })), "{slow:?}");
}

#[tokio::test]
async fn the_agent_is_sent_once_and_works_over_the_connection() {
    let sshd = sshd!();
    let Some(program) = program::agent() else {
        eprintln!("left out, because the example \"agent\" was not built");
        return;
    };
    let host = sshd.connect().await;
    let folder = sshd.path("sealer");
    let binary = AgentBinary::open(&program::wrapped(&program, &folder)).unwrap();
    let folder = folder.to_str().unwrap();

    assert_eq!(host.find_agent(&binary, folder).await.unwrap(), None);
    assert!(!sshd.path("sealer").exists(), "looking for the agent changed the host");
    let first = host.install_agent(&binary, folder).await.unwrap();
    assert!(first.sent);
    assert!(!host.install_agent(&binary, folder).await.unwrap().sent, "sent twice");
    assert_eq!(host.find_agent(&binary, folder).await.unwrap().as_ref(), Some(&first.path));
    std::fs::write(&first.path, "damaged").unwrap();
    assert!(host.install_agent(&binary, folder).await.unwrap().sent, "a damaged one was kept");

    let agent = host.start_agent(&first.path).await.unwrap();
    // The agent keeps the connection that it needs.
    drop(host);
    let command = command("seq", &["1", "100000"]);
    let finished = agent.command(&command, |_| ()).await.unwrap().successful().unwrap();
    assert_eq!(finished.output.lines().count(), 100_000);
    assert!(finished.output.ends_with("\n99999\n100000\n"));
}

fn command(program: &str, arguments: &[&str]) -> Command {
    Command {
        program: program.into(),
        arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        environment: BTreeMap::new(),
        input: None,
        directory: None,
        timeout_seconds: 60,
    }
}

/// An agent on the other side of a connection, if its program was built.
async fn agent(sshd: &Sshd) -> Option<Agent> {
    let program = program::agent()?;
    let folder = sshd.path("sealer");
    let binary = AgentBinary::open(&program::wrapped(&program, &folder)).unwrap();
    let host = sshd.connect().await;
    let installed = host.install_agent(&binary, folder.to_str().unwrap()).await.unwrap();
    Some(host.start_agent(&installed.path).await.unwrap())
}

/// The number of the process that runs commands for us.
async fn number(agent: &Agent) -> String {
    let parent = command("sh", &["-c", "echo $PPID"]);
    agent.command(&parent, |_| ()).await.unwrap().output.trim().to_owned()
}

#[tokio::test]
async fn an_agent_that_is_killed_is_an_error_and_not_a_wait() {
    let sshd = sshd!();
    let Some(agent) = agent(&sshd).await else {
        eprintln!("left out, because the example \"agent\" was not built");
        return;
    };
    let kill = command("kill", &["-9", &number(&agent).await]);
    let error = agent.command(&kill, |_| ()).await.unwrap_err();
    assert!(matches!(error, Error::AgentGone { .. }), "{error:?}");
    assert!(error.to_string().contains(&sshd.address().to_string()), "{error}");
}

#[tokio::test]
async fn an_agent_ends_with_its_connection() {
    let sshd = sshd!();
    let Some(agent) = agent(&sshd).await else {
        eprintln!("left out, because the example \"agent\" was not built");
        return;
    };
    let process = Path::new("/proc").join(number(&agent).await);
    assert!(process.exists());
    drop(agent);
    let begun = Instant::now();
    while process.exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the agent is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_agent_that_cannot_run_says_why() {
    let sshd = sshd!();
    let host = sshd.connect().await;
    let Err(error) = host.start_agent("/no/such/agent").await else {
        panic!("an agent that does not exist was started");
    };
    assert!(error.to_string().contains("/no/such/agent"), "{error}");
}
