//! The peers: scp, rsync and ansible, each as somebody who cares for speed would call it, with a key that the hosts know.

use std::path::{Path, PathBuf};

use super::payload::Payload;
use super::{PLACE, unmet};
use crate::command::Program;
use crate::error::Result;
use crate::folders;
use crate::hosts::fleet::Fleet;
use crate::hosts::host::Host;

/// The peers and the hosts that know them.
pub(super) struct Peers<'a> {
    fleet: &'a Fleet,
    hosts: &'a [Host],
    payload: &'a Payload,
    python: &'a Path,
    key: PathBuf,
    folder: PathBuf,
}

impl<'a> Peers<'a> {
    /// Makes a key and lets the hosts know it.
    pub(super) fn introduce(
        fleet: &'a Fleet,
        hosts: &'a [Host],
        payload: &'a Payload,
        python: &'a Path,
        root: &Path,
    ) -> Result<Self> {
        let folder = root.join("peers");
        folders::remove(&folder)?;
        folders::create(&folder)?;
        let key = folder.join("key");
        let make = Program::new("ssh-keygen").arguments(["-q", "-t", "ed25519", "-N", "", "-f"]);
        make.argument(&key).output()?;
        let public = folders::read(&key.with_extension("pub"))?;
        for host in hosts {
            let append = "mkdir -p -m 700 /root/.ssh && cat >>/root/.ssh/authorized_keys";
            let exec = fleet.engine.docker(&["exec", "--interactive", &host.name, "sh", "-c", append]);
            exec.input(public.clone()).output()?;
        }
        Ok(Self { fleet, hosts, payload, python, key, folder })
    }

    /// `scp -r` to every host at once.
    pub(super) fn scp(&self) -> Result<()> {
        self.at_once(|host| {
            let target = format!("root@{}:{PLACE}", host.address);
            Program::new("scp")
                .arguments(["-r", "-q"])
                .arguments(self.options())
                .argument(&self.payload.folder)
                .argument(target)
        })
    }

    /// `rsync -a` to every host at once.
    pub(super) fn rsync(&self) -> Result<()> {
        self.at_once(|host| {
            let target = format!("root@{}:{PLACE}", host.address);
            let ssh = format!("ssh {}", self.options().join(" "));
            let source = format!("{}/", self.payload.folder.display());
            Program::new("rsync").arguments(["--archive", "--rsh", &ssh, &source, &target])
        })
    }

    /// ansible's `unarchive` with as many forks as there are hosts.
    pub(super) fn ansible(&self, forks: usize) -> Result<()> {
        let inventory: String = self.hosts.iter().map(|host| format!("{}\n", host.address)).collect();
        folders::write(&self.folder.join("inventory"), inventory)?;
        folders::write(&self.folder.join("play.yaml"), self.play())?;
        folders::write(&self.folder.join("ansible.cfg"), CONFIGURATION)?;
        let command = self.python.with_file_name("ansible-playbook");
        let play = Program::new(command).arguments([
            "--inventory",
            "inventory",
            "--user",
            "root",
            "--forks",
            &forks.to_string(),
        ]);
        let play = play.argument("--private-key").argument(&self.key).argument("play.yaml");
        let play = play.variable("ANSIBLE_CONFIG", self.folder.join("ansible.cfg")).variable("HOME", &self.folder);
        play.folder(&self.folder).output().map(drop)
    }

    fn play(&self) -> String {
        let archive = self.payload.archive.display();
        format!(
            "- hosts: all\n  gather_facts: false\n  tasks:\n    - file: {{path: {PLACE}, state: directory}}\n    - unarchive: {{src: {archive}, dest: {PLACE}}}\n"
        )
    }

    /// Takes away what a peer brought, and makes sure that it had brought it. It goes aside and not away: for a minute after ext4 removed
    /// tens of thousands of files it looks at each of them before it makes another, and whoever comes next would pay for that.
    pub(super) fn clear(&self) -> Result<()> {
        for host in self.hosts {
            let look = format!("find {PLACE} -type f | wc -l; mv {PLACE} $(mktemp -d /srv/aside.XXXXXX)");
            let files = host.run(&self.fleet.engine, &["sh", "-c", &look])?;
            if files.trim() != "20010" {
                return Err(unmet(&format!("{} has {} files of 20010", host.name, files.trim())));
            }
        }
        Ok(())
    }

    /// The host keys are of containers that live for minutes.
    fn options(&self) -> Vec<String> {
        let key = self.key.display().to_string();
        let options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
        let options = options.iter().flat_map(|option| ["-o".to_owned(), (*option).to_owned()]);
        ["-i".to_owned(), key].into_iter().chain(options).collect()
    }

    fn at_once(&self, program: impl Fn(&Host) -> Program) -> Result<()> {
        let start = |host: &Host| {
            let program = program(host);
            let child = program.command().stdin(std::process::Stdio::null()).spawn();
            child.map(|child| (program.clone(), child)).map_err(|source| program.cannot_start(source))
        };
        let children = self.hosts.iter().map(start).collect::<Result<Vec<_>>>()?;
        for (program, mut child) in children {
            let status = child.wait().map_err(|source| program.cannot_start(source))?;
            if !status.success() {
                return Err(program.failed(&status.to_string(), ""));
            }
        }
        Ok(())
    }
}

const CONFIGURATION: &str = "[defaults]
host_key_checking = False
interpreter_python = /usr/bin/python3
[ssh_connection]
pipelining = True
ssh_args = -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null
";
