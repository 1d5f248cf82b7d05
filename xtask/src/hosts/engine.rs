//! The docker daemon that the stand-in hosts run under: ours alone, started by hand with its own folders, socket and pid file,
//! stopped by its pid. It sets no firewall rules and makes no default bridge.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// Debian's own programs, by path: another docker may come first on PATH.
const DAEMON: &str = "/usr/sbin/dockerd";
const CLIENT: &str = "/usr/bin/docker";

/// How long the daemon may take to answer, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Our docker daemon, running or not.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    folder: PathBuf,
}

impl Engine {
    /// The daemon that belongs to this cache.
    pub(crate) fn new(folders: &Folders) -> Self {
        Self { folder: folders.cache.join("engine") }
    }

    /// Starts the daemon unless it runs, and waits until it answers.
    pub(crate) fn start(&self) -> Result<()> {
        if self.answers() {
            return Ok(());
        }
        folders::create(&self.folder)?;
        folders::remove(&self.pid_file())?;
        let log = self.folder.join("dockerd.log");
        folders::write(&self.configuration(), "{}")?;
        let daemon = self.spawn(&log)?;
        if wait(PATIENCE, || self.answers() || daemon.is_finished()) && self.answers() {
            return Ok(());
        }
        let text = folders::read(&log)?;
        let tail: Vec<&str> = text.lines().rev().take(10).collect();
        let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n    ");
        Err(Error::unmet(format!("dockerd does not answer; the end of {}:\n    {tail}", log.display())))
    }

    /// `setsid` replaces itself with the daemon, so the child's end is the daemon's. A thread waits for that end: a child that nobody
    /// waits for stays in `/proc` after its end, and `stop` in this same process would wait for ever.
    fn spawn(&self, log: &Path) -> Result<JoinHandle<()>> {
        let output = std::fs::File::create(log).map_err(Error::file("create", log))?;
        let errors = output.try_clone().map_err(Error::file("open", log))?;
        let program = Program::new("setsid").argument(DAEMON).arguments(self.daemon_arguments());
        let mut command = program.command();
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let mut child = command.spawn().map_err(|source| program.cannot_start(source))?;
        Ok(std::thread::spawn(move || {
            // how it ended is in its log
            let _ = child.wait();
        }))
    }

    fn daemon_arguments(&self) -> [String; 11] {
        let path = |name: &str| self.folder.join(name).display().to_string();
        [
            format!("--data-root={}", path("data")),
            format!("--exec-root={}", path("exec")),
            format!("--pidfile={}", path("pid")),
            format!("--host=unix://{}", path("socket")),
            // an empty configuration: /etc/docker/daemon.json belongs to the machine's own docker
            format!("--config-file={}", self.configuration().display()),
            "--bridge=none".to_owned(),
            "--iptables=false".to_owned(),
            "--ip6tables=false".to_owned(),
            "--ip-forward=false".to_owned(),
            "--ip-masq=false".to_owned(),
            "--userland-proxy=false".to_owned(),
        ]
    }

    /// Whether the daemon runs and answers.
    pub(crate) fn answers(&self) -> bool {
        let socket = self.folder.join("socket");
        socket.exists()
            && self
                .docker(&["version", "--format", "{{.Server.Version}}"])
                .attempt()
                .is_ok_and(|outcome| outcome.success())
    }

    /// A call of the client against our daemon.
    pub(crate) fn docker(&self, arguments: &[&str]) -> Program {
        let socket = format!("unix://{}", self.folder.join("socket").display());
        // a private configuration folder: the user's own contexts and credentials are not ours to use
        let program = Program::new(CLIENT).variable("DOCKER_CONFIG", self.folder.join("client"));
        program.arguments(["--host", &socket]).arguments(arguments)
    }

    /// Ends the daemon by its pid, waits for it, and removes everything it kept.
    pub(crate) fn stop(&self) -> Result<()> {
        if let Some(pid) = self.pid() {
            Program::new("kill").arguments(["-TERM", &pid.to_string()]).attempt()?;
            let process = PathBuf::from(format!("/proc/{pid}"));
            if !wait(PATIENCE, || !process.exists()) {
                return Err(Error::unmet(format!("dockerd (pid {pid}) does not end")));
            }
        }
        self.unmount()?;
        folders::remove(&self.folder)
    }

    /// What the daemon left mounted below its folder, innermost first.
    fn unmount(&self) -> Result<()> {
        let mounts = folders::read(Path::new("/proc/self/mounts"))?;
        let inside = |point: &&str| Path::new(point).starts_with(&self.folder);
        let points: Vec<&str> = mounts.lines().filter_map(|line| line.split(' ').nth(1)).filter(inside).collect();
        for point in points.iter().rev() {
            Program::new("umount").arguments(["--lazy", point]).output()?;
        }
        Ok(())
    }

    /// The pid in the pid file, when that process is a dockerd.
    fn pid(&self) -> Option<u32> {
        let pid: u32 = std::fs::read_to_string(self.pid_file()).ok()?.trim().parse().ok()?;
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        (name.trim() == "dockerd").then_some(pid)
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("daemon.json")
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("pid")
    }
}

/// Asks again and again until the answer is yes or the time is over.
pub(crate) fn wait(patience: Duration, mut ready: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if ready() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
