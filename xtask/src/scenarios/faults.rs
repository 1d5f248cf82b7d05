//! Faults, one after the other, in what brings an image to hosts: the deliverer dies after each record of its journal in turn, an agent
//! dies, a host is cut off and comes back, hosts do not reach one another, a disk fills up, a blob is damaged at its source and on a host, a
//! port is taken once, two deliverers meet. After each of them the same command again leads to the same end: files are compared one by one.

mod apart;

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use crate::command::Program;
use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::folders;
use crate::hosts::host::Host;
use crate::hosts::network::Network;
use crate::scenarios::Scenario;
use crate::scenarios::expect::{fails_and_says, holds, same_lines};
use crate::scenarios::interrupted::{kill, records, wait_for_step};
use apart::hosts_apart;

/// Break what brings an image to hosts, in every way.
#[derive(Debug)]
pub(crate) struct Faults;

/// A fault, and how it is made while the image is brought.
struct Fault {
    title: &'static str,
    make: fn(&Case<'_>) -> Result<()>,
}

const FAULTS: [Fault; 9] = [
    Fault { title: "an agent is killed", make: agent_killed },
    Fault { title: "a host is cut off and comes back", make: host_cut_off },
    Fault { title: "hosts do not get through to one another", make: hosts_apart },
    Fault { title: "the registry's disk fills up", make: disk_full },
    Fault { title: "a blob is damaged at its source", make: damaged_at_source },
    Fault { title: "a blob is damaged on the registry's host", make: damaged_at_rest },
    Fault { title: "a step fails once", make: fails_once },
    Fault { title: "two deliverers at once", make: two_deliverers },
    Fault { title: "the deliverer is killed after each record of its journal", make: killed_after_each_record },
];

/// The registry's store on the first master.
const STORE: &str = "/var/lib/sealer/registry";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(300);

impl Scenario for Faults {
    fn title(&self) -> &'static str {
        "whatever breaks while an image is brought to hosts, the same command again leads to the same end"
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let logs = tempfile::tempdir().map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
        let case = Case { delivery, logs: logs.path() };
        case.deliver()?;
        let undisturbed = case.ends()?;
        case.clean()?;
        let mut outcomes = Vec::new();
        for fault in &FAULTS {
            let started = Instant::now();
            (fault.make)(&case)?;
            case.deliver()?;
            for (host, (before, after)) in delivery.hosts.iter().zip(undisturbed.iter().zip(case.ends()?)) {
                same_lines(&format!("{}: files of {}", fault.title, host.name), before, &after)?;
            }
            case.clean()?;
            outcomes.push(format!("    {:62} same end, in {:.0} s", fault.title, started.elapsed().as_secs_f64()));
        }
        outcomes.iter().for_each(|outcome| println!("{outcome}"));
        Ok(())
    }
}

/// What every fault works with.
struct Case<'a> {
    delivery: &'a Delivery,
    logs: &'a Path,
}

impl Case<'_> {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = self.delivery.run_arguments(IMAGE);
        arguments.extend(["--mode", "loadImage"].map(str::to_owned));
        arguments
    }

    /// The same command again, undisturbed.
    fn deliver(&self) -> Result<()> {
        let outcome = self.delivery.attempt(&self.arguments())?;
        holds(&format!("the image is brought to the hosts: {}", outcome.stderr), outcome.success())
    }

    fn start(&self) -> Result<Child> {
        self.delivery.start_verb(&self.arguments(), &self.logs.join("log"))
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.logs.join("log")).unwrap_or_default()
    }

    /// Lets a command end that was disturbed. Whether it failed is its own business: it may have been quicker than the fault.
    fn wait(&self, child: &mut Child) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match child.try_wait().map_err(Error::file("wait for sealer, which writes", self.logs))? {
                Some(status) => {
                    let crashed = status.code().is_none_or(|code| code > 4);
                    return holds(&format!("a failure, not a crash ({status}): {}", self.said()), !crashed);
                }
                None if Instant::now() > deadline => {
                    kill(child)?;
                    return Err(Error::unmet(format!("sealer still ran after {PATIENCE:?}: {}", self.said())));
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Every file that was brought, with its digest, on every host. What two deliveries cannot have in common is left out: keys and
    /// certificates, the ledger with its times, the copy of the journal, the claim, what was verified when; and what a write that was cut off left under a
    /// temporary name, which nobody takes for the file.
    fn ends(&self) -> Result<Vec<Vec<String>>> {
        let of = |host: &Host| {
            let text = host.run(&self.delivery.fleet.engine, &["sh", "-c", FILES])?;
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            Ok(lines)
        };
        self.delivery.hosts.iter().map(of).collect()
    }

    /// Hosts as they were.
    fn clean(&self) -> Result<()> {
        let outcome = self.delivery.attempt(&["delete", "--all", "--force"])?;
        holds(&format!("the hosts are cleaned: {}", outcome.stderr), outcome.success())
    }

    fn master(&self) -> Result<&Host> {
        self.delivery.master()
    }

    fn on_master(&self, script: &str) -> Result<String> {
        self.master()?.run(&self.delivery.fleet.engine, &["sh", "-c", script])
    }

    /// Starts the command and waits until a step of it began.
    fn until(&self, step: &str) -> Result<Child> {
        let before = records(&self.delivery.journal()).len();
        let mut child = self.start()?;
        let ended = wait_for_step(&mut child, &self.delivery.journal(), before, step)?;
        holds(&format!("the step {step} begins: {}", self.said()), !ended)?;
        Ok(child)
    }
}

const FILES: &str = r"
cd / && find var/lib/sealer etc/systemd/system usr/local/bin -type f \
    ! -name '*.key' ! -name '*.crt' ! -name ledger.json ! -name journal.ndjson ! -name claim ! -name verified-blobs ! -name 'checked*' ! -name '.tmp*' ! -name '.part-*' \
    ! -path '*/registry/ingest/*' -print0 | xargs -0 sha256sum
";

fn killed_after_each_record(case: &Case<'_>) -> Result<()> {
    let journal = case.delivery.journal();
    for record in 1.. {
        let before = records(&journal).len();
        let mut child = case.start()?;
        let deadline = Instant::now() + PATIENCE;
        while records(&journal).len() < before + record {
            if child.try_wait().map_err(Error::file("wait for sealer, which writes", &journal))?.is_some() {
                println!("    the deliverer was killed {} times, once after each record", record - 1);
                return holds("it was killed more than ten times", record > 10);
            }
            holds("records come in time", Instant::now() < deadline)?;
            std::thread::sleep(Duration::from_micros(300));
        }
        kill(&mut child)?;
    }
    Ok(())
}

fn agent_killed(case: &Case<'_>) -> Result<()> {
    let mut child = case.until("send-image")?;
    case.on_master(
        "for p in /proc/[0-9]*; do case $(readlink $p/exe) in /var/lib/sealer/bin/*) kill -9 ${p#/proc/};; esac; done",
    )?;
    case.wait(&mut child)
}

/// Packets of and to the host vanish without a word, until sealer has noticed.
fn host_cut_off(case: &Case<'_>) -> Result<()> {
    let mut child = case.until("send-image")?;
    let network = Network::of(&case.delivery.fleet.engine, case.master()?)?;
    network.cut()?;
    let waited = case.wait(&mut child);
    network.mend()?;
    waited
}

/// The registry has a disk of its own, which somebody else fills while blobs come. It is gone afterwards, with all that came.
fn disk_full(case: &Case<'_>) -> Result<()> {
    case.on_master(&format!("mkdir -p {STORE} && mount -t tmpfs -o size=2g tmpfs {STORE}"))?;
    let mut child = case.until("send-image")?;
    let most = "$(($(df --output=avail -B1 . | tail -n 1) - 200000000))";
    let fill =
        format!("cd {STORE} && fallocate -l {most} most && {{ dd if=/dev/zero of=rest bs=1M 2>/dev/null || true; }}");
    case.on_master(&fill)?;
    let waited = case.wait(&mut child);
    case.on_master(&format!("umount --lazy {STORE}"))?;
    waited?;
    let said = case.said();
    let address = case.master()?.address.as_str();
    holds(
        &format!("the failure names the host and that its disk is full: {said}"),
        said.contains("No space left on device") && said.contains(address),
    )
}

/// A byte of a large blob in the deliverer's store, and back: whoever repairs it builds or loads the image once more.
fn damaged_at_source(case: &Case<'_>) -> Result<()> {
    let blob = largest(&case.delivery.folder().join("images/blobs/sha256"))?;
    let flip = |path: &Path| {
        let mut bytes = std::fs::read(path).map_err(Error::file("read", path))?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        folders::write(path, bytes)
    };
    flip(&blob)?;
    let outcome = case.delivery.attempt(&case.arguments());
    flip(&blob)?;
    let name = blob.file_name().unwrap_or_default().to_string_lossy().into_owned();
    fails_and_says("a blob damaged at its source", &outcome?, &[&name[..12]])
}

fn damaged_at_rest(case: &Case<'_>) -> Result<()> {
    case.deliver()?;
    let damage = format!(
        "blob=$(ls -S {STORE}/blobs/sha256/* | head -n 1) && printf X | dd of=$blob bs=1 seek=1000 conv=notrunc 2>/dev/null"
    );
    case.on_master(&damage).map(drop)
}

/// Somebody has the registry's port, once.
fn fails_once(case: &Case<'_>) -> Result<()> {
    let mut child = case.until("send-image")?;
    let listen = ["systemd-run", "--unit=squatter", "--socket-property=ListenStream=5000", "/bin/sleep", "infinity"];
    case.master()?.run(&case.delivery.fleet.engine, &listen)?;
    let waited = case.wait(&mut child);
    case.on_master("systemctl stop squatter.socket && { systemctl stop squatter.service 2>/dev/null || true; }")?;
    waited
}

/// While the first one stands still, a second one is told who it is; when it takes the hosts over, the first one can do nothing any more.
fn two_deliverers(case: &Case<'_>) -> Result<()> {
    let mut first = case.until("send-image")?;
    signal(&first, "STOP")?;
    let second = case.delivery.elsewhere(&case.logs.join("elsewhere"))?;
    let outcomes = compete(case, &second);
    signal(&first, "CONT")?;
    let status = first.wait().map_err(Error::file("wait for sealer, which writes", case.logs))?;
    outcomes?;
    fails_with(status.code(), &case.said())
}

fn compete(case: &Case<'_>, second: &Delivery) -> Result<()> {
    let same = case.delivery.attempt(&case.arguments())?;
    fails_and_says("a second deliverer with the same state", &same, &["another sealer works on cluster"])?;
    let refused = second.attempt(&case.arguments())?;
    let address = case.master()?.address.as_str();
    fails_and_says("a second deliverer from elsewhere", &refused, &["another sealer works on this host", address])?;
    let mut arguments = case.arguments();
    arguments.push("--take-over".to_owned());
    let taken = second.attempt(&arguments)?;
    holds(&format!("the second deliverer takes the hosts over: {}", taken.stderr), taken.success())
}

fn fails_with(code: Option<i32>, said: &str) -> Result<()> {
    holds(
        &format!("the first deliverer fails when it goes on; it ended with {code:?}: {said}"),
        matches!(code, Some(1..=4)),
    )
}

fn signal(child: &Child, name: &str) -> Result<()> {
    Program::new("kill").arguments([&format!("-{name}"), &child.id().to_string()]).output().map(drop)
}

fn largest(folder: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).map_err(Error::file("list", folder))?;
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::file("list", folder))?;
        let length = entry.metadata().map_err(Error::file("look at", &entry.path()))?.len();
        found.push((length, entry.path()));
    }
    found.into_iter().max().map(|(_, path)| path).ok_or_else(|| Error::unmet("the store has no blobs"))
}
