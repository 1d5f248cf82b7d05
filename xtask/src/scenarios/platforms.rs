//! Hosts of two platforms. The master is this machine's; the nodes say that they are arm64, and sealer's agent on them is a real program for
//! arm64, which the kernel runs by an emulator. Nothing else is: their other programs are this machine's own, and `uname` is replaced by one
//! that says aarch64. So the image is brought to them and unpacked (`--mode loadImage`), which only the agent does; no cluster is made of it.

mod image;

use std::path::PathBuf;

use serde_json::Value;

use crate::delivery::{CLUSTER, Delivery};
use crate::dist;
use crate::error::{Error, Result};
use crate::folders::Folders;
use crate::hosts::emulation::Emulation;
use crate::hosts::host::Host;
use crate::scenarios::Scenario;
use crate::scenarios::expect::{fails_and_says, holds};
use crate::scenarios::interrupted::records;
use image::{ARM64_BYTES, IMAGE};

/// Where the kernel's name of the processor is asked for first.
const UNAME: &str = "/usr/local/bin/uname";
const SAYS_ARM64: &str = "#!/bin/sh\n[ \"$*\" = -m ] && exec echo aarch64\nexec /usr/bin/uname \"$@\"\n";

/// What a node may get besides the program and its rootfs.
const SLACK: u64 = 8 << 20;

/// Deliver to hosts of two platforms.
#[derive(Debug)]
pub(crate) struct Platforms;

impl Scenario for Platforms {
    fn title(&self) -> &'static str {
        "hosts of two platforms each get their own rootfs and their own program, which travels in the image"
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let folders = Folders::find()?;
        let program = dist::other_binary(&folders)?;
        let _emulation = Emulation::start(&folders, &program)?;
        let site = Site::of(delivery, program)?;
        site.nodes.iter().try_for_each(|node| site.pretend(node))?;
        site.nothing_is_touched_without_a_program()?;
        site.each_host_gets_its_own()?;
        site.a_verb_without_an_image_finds_the_program()?;
        delivery.delete()?;
        delivery.show(&["rmi", IMAGE])?;
        site.nodes.iter().try_for_each(|node| site.on(node, &["rm", UNAME]).map(drop))
    }
}

struct Site<'a> {
    delivery: &'a Delivery,
    nodes: Vec<&'a Host>,
    program: PathBuf,
    program_bytes: u64,
}

impl<'a> Site<'a> {
    fn of(delivery: &'a Delivery, program: PathBuf) -> Result<Self> {
        let program_bytes = std::fs::metadata(&program).map_err(Error::file("read", &program))?.len();
        Ok(Self { delivery, nodes: delivery.hosts.iter().skip(1).collect(), program, program_bytes })
    }

    fn on(&self, host: &Host, arguments: &[&str]) -> Result<String> {
        host.run(&self.delivery.fleet.engine, arguments)
    }

    fn pretend(&self, node: &Host) -> Result<()> {
        let write = format!("cat >{UNAME} <<'END'\n{SAYS_ARM64}END\nchmod 755 {UNAME}");
        self.on(node, &["sh", "-euc", &write])?;
        holds("the node says that it is arm64", self.on(node, &["sh", "-c", "uname -m"])?.trim() == "aarch64")
    }

    /// What a kubelet would miss does not count, because there is none.
    fn load(&self) -> Vec<String> {
        let ignored = ["--ignore", "disk-eviction", "--ignore", "resolver-missing"];
        let mode = ["--mode", "loadImage"].into_iter().chain(ignored).map(str::to_owned);
        self.delivery.run_arguments(IMAGE).into_iter().chain(mode).collect()
    }

    /// All hosts that lack a program are named, and what to do, and none of any platform has anything of sealer's.
    fn nothing_is_touched_without_a_program(&self) -> Result<()> {
        image::build(self.delivery, None)?;
        let refused = self.delivery.attempt(&self.load())?;
        let mut words = vec!["linux/arm64", "carries no program of sealer", "--program"];
        words.extend(self.nodes.iter().map(|node| node.address.as_str()));
        fails_and_says("an image without the program", &refused, &words)?;
        for host in &self.delivery.hosts {
            self.on(host, &["sh", "-c", "! test -e /var/lib/sealer"])?;
        }
        self.delivery.forget()
    }

    fn each_host_gets_its_own(&self) -> Result<()> {
        image::build(self.delivery, Some(&self.program))?;
        let before = self.nodes.iter().map(|node| self.received(node)).collect::<Result<Vec<u64>>>()?;
        self.delivery.show(&self.load())?;
        for (host, platform) in self.delivery.hosts.iter().zip(["amd64", "arm64", "arm64"]) {
            let marker = self.on(host, &["cat", &format!("{}/etc/platform", rootfs())])?;
            holds(&format!("{} has the rootfs for {platform}, not {marker}", host.name), marker.trim() == platform)?;
            holds(&format!("{}: its agent is for {platform}", host.name), self.agent(host)? == machine(platform))?;
        }
        for (node, before) in self.nodes.iter().zip(before) {
            let received = self.received(node)? - before;
            println!("    {} received {received} bytes", node.name);
            let most = self.program_bytes + ARM64_BYTES + SLACK;
            holds(&format!("{} received {received} of at most {most} bytes", node.name), received < most)?;
        }
        self.programs_left_once()
    }

    /// Of the program of each platform one copy left this machine; the second node has it of the first.
    fn programs_left_once(&self) -> Result<()> {
        let records = records(&self.delivery.journal());
        let parsed = records.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let agents: Vec<Value> = parsed.filter(|it| it["step"] == "agent" && it["bytes"].is_u64()).collect();
        let to = |host: &Host| agents.iter().filter(|it| it["host"] == host.address.as_str()).count();
        let to_nodes: usize = self.nodes.iter().map(|node| to(node)).sum();
        let master = to(self.delivery.master()?);
        holds(&format!("one program for each platform left this machine: {agents:?}"), (master, to_nodes) == (1, 1))?;
        let of_arm64 = agents.iter().filter(|it| it["bytes"] == self.program_bytes).count();
        holds(&format!("one of them is that for arm64: {agents:?}"), of_arm64 == 1)
    }

    /// The state names the image, and the store has it. Without it the reason is told, and what to do.
    fn a_verb_without_an_image_finds_the_program(&self) -> Result<()> {
        let path = format!("{}/etc/platform", rootfs());
        let exec = ["exec", "--roles", "node", "--", "cat", &path];
        let told = self.delivery.attempt(&exec)?;
        let lines = told.stdout.lines().filter(|line| line.ends_with(": arm64")).count();
        holds(&format!("the agents answer: {}{}", told.stdout, told.stderr), told.success() && lines == 2)?;
        self.delivery.show(&["rmi", IMAGE])?;
        let refused = self.delivery.attempt(&exec)?;
        let first = self.nodes.first().map_or("", |node| node.address.as_str());
        fails_and_says("a verb without the image", &refused, &[first, "linux/arm64", "is not on this machine"])?;
        image::build(self.delivery, Some(&self.program))
    }

    /// Bytes that a host has got from others.
    fn received(&self, host: &Host) -> Result<u64> {
        let text = self.on(host, &["sh", "-c", "cat /sys/class/net/eth0/statistics/rx_bytes"])?;
        text.trim().parse().map_err(|_| Error::unmet(format!("{}: \"{text}\" is no number", host.name)))
    }

    /// The machine in ELF's header of the one agent that is on a host.
    fn agent(&self, host: &Host) -> Result<String> {
        let read = "set -- /var/lib/sealer/bin/sealer-*; [ $# = 1 ] && od -A n -t u1 -j 18 -N 2 \"$1\"";
        Ok(self.on(host, &["sh", "-euc", read])?.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

fn rootfs() -> String {
    format!("/var/lib/sealer/data/{CLUSTER}/rootfs")
}

/// ELF's machine of a platform, as two bytes.
fn machine(platform: &str) -> &'static str {
    match platform {
        "arm64" => "183 0",
        _ => "62 0",
    }
}
