//! `check --pre` over many hosts: one real sshd that is reached by many loopback addresses of this machine, so that every host is logged in
//! to, asked and judged. All of them share this machine's processors, which real hosts do not.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::bench::Figure;
use crate::command::Program;
use crate::dist;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

const HOSTS: usize = 100;
const PORT: &str = "22822";
/// On Debian it is there only while sshd runs.
const PRIVILEGES: &str = "/run/sshd";
/// What a person waits for without doing something else meanwhile.
const BOUND: f64 = 60.0;

/// Checks many hosts and one.
pub(super) fn measure(folders: &Folders) -> Result<Vec<Figure>> {
    let place = tempfile::tempdir_in("/tmp").map_err(Error::file("create a folder in", Path::new("/tmp")))?;
    let binary = dist::binary(folders)?;
    let bench = Bench { folder: place.path(), binary: &binary };
    bench.image()?;
    let mut server = bench.server()?;
    let measured = [1, HOSTS].map(|hosts| bench.check(hosts));
    server.kill().and_then(|()| server.wait()).map_err(Error::file("end the sshd in", place.path()))?;
    measured.into_iter().collect()
}

struct Bench<'a> {
    folder: &'a Path,
    binary: &'a Path,
}

impl Bench<'_> {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn sealer(&self) -> Program {
        Program::new(self.binary).variable("SEALER_ROOT", self.folder.join("root")).variable("HOME", self.folder)
    }

    /// Something to be delivered; what it is makes no difference to the checks.
    fn image(&self) -> Result<()> {
        folders::write(&self.folder.join("Kubefile"), "FROM scratch\nCOPY file etc/file\n")?;
        folders::write(&self.folder.join("file"), "nothing\n")?;
        self.sealer().arguments(["build", "--tag", "checked:v1", &self.path("")]).output().map(drop)
    }

    /// Its sessions have a home of their own: a developer's start-up files are read by every one of them, and some wait for one another.
    fn server(&self) -> Result<Child> {
        folders::create(&self.folder.join("home"))?;
        for key in ["host", "user"] {
            let path = self.path(key);
            Program::new("ssh-keygen").arguments(["-q", "-t", "ed25519", "-N", "", "-f", &path]).output()?;
        }
        folders::create(Path::new(PRIVILEGES))?;
        let configuration = format!(
            "ListenAddress 0.0.0.0:{PORT}\nPasswordAuthentication no\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nPidFile none\nPermitRootLogin yes\n\
             MaxStartups 200\nSetEnv HOME={}\n",
            self.path("host"),
            self.path("user.pub"),
            self.path("home")
        );
        folders::write(&self.folder.join("sshd_config"), configuration)?;
        let program = Program::new("/usr/sbin/sshd").arguments(["-D", "-f", &self.path("sshd_config")]);
        let mut server = program.command().spawn().map_err(|source| program.cannot_start(source))?;
        let begun = Instant::now();
        while std::net::TcpStream::connect(format!("127.0.1.{HOSTS}:{PORT}")).is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                server.kill().map_err(Error::file("end the sshd in", self.folder))?;
                return Err(Error::unmet("the sshd does not listen"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    fn check(&self, hosts: usize) -> Result<Figure> {
        let key = self.path("user");
        let mut arguments =
            vec!["check", "--pre", "checked:v1", "--masters", "127.0.1.1", "--port", PORT, "--pk", &key];
        let nodes = format!("127.0.1.2-127.0.1.{hosts}");
        if hosts > 1 {
            arguments.extend(["--nodes", &nodes]);
        }
        arguments.extend(["--output", "json"]);
        let begun = Instant::now();
        let outcome = self.sealer().arguments(arguments).attempt()?;
        let took = begun.elapsed().as_secs_f64();
        // these hosts are one machine, which is an error to a check; what counts is that every one was reached
        if outcome.stdout.contains("host-unreached") || !outcome.stdout.starts_with('[') {
            return Err(Error::unmet(format!("not every host was asked: {}{}", outcome.stdout, outcome.stderr)));
        }
        let case = format!("check --pre, {hosts} hosts");
        Ok(Figure { case, ours: took, peer: None, ratio: None, bound: format!("< {BOUND} s"), holds: took < BOUND })
    }
}
