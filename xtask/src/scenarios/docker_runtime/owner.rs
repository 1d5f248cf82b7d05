//! The owner of a host, who has a docker with settings of its own and a container that runs.

use std::path::Path;

use crate::command::Program;
use crate::error::Result;
use crate::folders;
use crate::hosts::engine::Engine;
use crate::hosts::host::Host;
use crate::scenarios::docker_runtime::programs;
use crate::scenarios::expect::holds;

/// Where a package puts programs and units.
const PROGRAMS: &str = "/usr/bin";
const UNITS: &str = "/usr/lib/systemd/system";

const CONTAINERD: &str = "[Service]\nExecStart=/usr/bin/containerd\nType=notify\nDelegate=yes\nKillMode=process\n\
                          Restart=always\n\n[Install]\nWantedBy=multi-user.target\n";
const DOCKER: &str = "[Unit]\nAfter=network-online.target containerd.service\nRequires=containerd.service\n\n[Service]\n\
                      Type=notify\nExecStart=/usr/bin/dockerd -H unix:///var/run/docker.sock \
                      --containerd=/run/containerd/containerd.sock\nExecReload=/bin/kill -s HUP $MAINPID\nDelegate=yes\n\
                      KillMode=process\nRestart=always\n\n[Install]\nWantedBy=multi-user.target\n";

/// Stand-in hosts have no packet filter; what else it says has to be there afterwards, byte for byte.
const DAEMON: &str =
    "{ \"iptables\": false, \"bridge\": \"none\",\n  \"exec-opts\": [\"native.cgroupdriver=cgroupfs\"] }\n";
const DAEMON_FILE: &str = "/etc/docker/daemon.json";

/// The owner's container and its image.
const CONTAINER: &str = "owners";
const IMAGE: &str = "owners/pause:1";

/// What tells whether it is the same process.
const STATE: &str = "{{.State.Running}} {{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}";

pub(super) struct Owner<'a> {
    engine: &'a Engine,
    host: &'a Host,
    container: String,
}

impl<'a> Owner<'a> {
    /// Installs docker on the host and starts the container.
    pub(super) fn settle(engine: &'a Engine, host: &'a Host, example: &Path, folder: &Path) -> Result<Self> {
        let (runtime, package) = (example.join("parts/cri"), folder.join("package"));
        folders::remove(&package)?;
        programs::place(&package, &runtime)?;
        for program in ["containerd", "containerd-shim-runc-v2"] {
            Program::new("cp").argument(runtime.join(program)).argument(&package).output()?;
        }
        let to = |path: &str| format!("{}:{path}", host.name);
        engine.docker(&["cp", &format!("{}/.", package.display()), &to(PROGRAMS)]).output()?;
        let install = format!(
            "mkdir -p /etc/docker {UNITS} && printf '%s' \"$0\" >{DAEMON_FILE} && printf '%s' \"$1\" >{UNITS}/containerd.service && \
             printf '%s' \"$2\" >{UNITS}/docker.service && systemctl daemon-reload && systemctl enable --now containerd docker"
        );
        host.run(engine, &["sh", "-c", &install, DAEMON, CONTAINERD, DOCKER])?;
        let archive = folder.join("pause.tar");
        folders::remove(&archive)?;
        let source = format!("oci:{}", example.join("parts/images/pause").display());
        let target = format!("docker-archive:{}:{IMAGE}", archive.display());
        Program::new("skopeo").arguments(["copy", "--quiet", &source, &target]).output()?;
        engine.docker(&["cp", &archive.display().to_string(), &to("/root/pause.tar")]).output()?;
        host.run(engine, &["docker", "load", "--quiet", "--input", "/root/pause.tar"])?;
        let run = [
            "docker",
            "run",
            "--detach",
            "--name",
            CONTAINER,
            "--network",
            "none",
            "--restart",
            "unless-stopped",
            IMAGE,
        ];
        host.run(engine, &run)?;
        let owner = Self { engine, host, container: String::new() };
        let container = owner.state()?;
        Ok(Self { container, ..owner })
    }

    fn state(&self) -> Result<String> {
        self.host.run(self.engine, &["docker", "inspect", "--format", STATE, CONTAINER])
    }

    /// It is the very process that was started.
    pub(super) fn container_lives(&self, when: &str) -> Result<()> {
        let (found, expected) = (self.state()?, &self.container);
        holds(&format!("the owner's container lives {when}: {expected:?}, not {found:?}"), found == *expected)
    }

    /// Its settings, its unit without ours, no container of Kubernetes.
    pub(super) fn finds_everything(&self) -> Result<()> {
        let found = self.host.run(self.engine, &["cat", DAEMON_FILE])?;
        holds(&format!("{DAEMON_FILE} is as the owner left it, not {found:?}"), found == DAEMON)?;
        let environment = ["systemctl", "show", "--property", "Environment,DropInPaths", "docker.service"];
        let environment = self.host.run(self.engine, &environment)?;
        holds(&format!("nothing of ours is beside its unit: {environment}"), !environment.contains("sealer"))?;
        let containers = self.host.run(self.engine, &["docker", "ps", "--all", "--format", "{{.Names}}"])?;
        holds(&format!("only the owner's container is there, not {containers}"), containers.trim() == CONTAINER)?;
        let ours = ["/etc/docker/certs.d", "/root/.docker", "/var/lib/dockershim", "/etc/cni", "/etc/sealer"];
        // the owner's containerd makes a folder for configurations of networks
        let but = ["-not", "-path", "/etc/cni", "-not", "-path", "/etc/cni/net.d", "-ls"];
        let look = [&["find"], &ours[..], &but].concat();
        let left = self.host.attempt(self.engine, &look)?.stdout;
        holds(&format!("nothing of ours is left: {left}"), left.is_empty())
    }

    /// Takes everything away again, so that the host is bare for whoever comes next.
    pub(super) fn leave(&self) -> Result<()> {
        let programs = "dockerd docker docker-init docker-proxy runc runc-itself containerd containerd-shim-runc-v2";
        let script = format!(
            "docker rm --force {CONTAINER} && systemctl disable --now docker containerd; cd {PROGRAMS} && rm {programs} && \
             rm {UNITS}/docker.service {UNITS}/containerd.service /root/pause.tar && systemctl daemon-reload && \
             cut -d ' ' -f 2 /proc/mounts | grep -e ^/run/docker/ -e ^/var/lib/docker/ -e ^/run/containerd/ | sort -r | \
             xargs --no-run-if-empty umount && rm -rf /etc/cni /etc/docker /var/lib/docker /var/lib/containerd /run/docker /run/containerd"
        );
        self.host.run(self.engine, &["sh", "-c", &script]).map(drop)
    }
}
