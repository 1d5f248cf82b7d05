//! The checks before a delivery, on real hosts: nothing is an error where nothing is wrong, and each of many faults, made on one host
//! after the other and all at once, is named with the host that has it.

mod mending;

use std::time::Instant;

use serde::Deserialize;

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::scenarios::expect::holds;
use crate::scenarios::snapshot::Network;
use crate::scenarios::{Scenario, State};

/// Spoil hosts and check them.
#[derive(Debug)]
pub(crate) struct Checks;

/// A fault: the check that has to name it, the host that gets it, how it is made and how it is taken back.
struct Fault {
    check: &'static str,
    host: usize,
    make: &'static str,
    undo: &'static str,
}

const fn fault(check: &'static str, host: usize, make: &'static str, undo: &'static str) -> Fault {
    Fault { check, host, make, undo }
}

/// The socket exists as long as nobody stops it; the service only where somebody knocked at it.
const SEND_AWAY: &str = "systemctl stop squatter.socket && { systemctl stop squatter.service 2>/dev/null || true; }";

const FAULTS: [Fault; 16] = [
    fault(
        "port-in-use",
        0,
        "systemd-run --unit=squatter --socket-property=ListenStream=6443 /bin/sleep infinity",
        SEND_AWAY,
    ),
    fault(
        "node-port-in-use",
        1,
        "systemd-run --unit=squatter --socket-property=ListenStream=30080 /bin/sleep infinity",
        SEND_AWAY,
    ),
    fault("leftovers", 1, "mkdir -p /etc/kubernetes && touch /etc/kubernetes/admin.conf", "rm -r /etc/kubernetes"),
    fault(
        "leftovers-network",
        1,
        "mkdir -p /etc/cni/net.d && echo {} >/etc/cni/net.d/10-old.conflist",
        "rm -r /etc/cni",
    ),
    fault(
        "leftovers-mounts",
        1,
        "mkdir -p /var/lib/kubelet/pods/old && mount -t tmpfs tmpfs /var/lib/kubelet/pods/old",
        "umount /var/lib/kubelet/pods/old && rm -r /var/lib/kubelet",
    ),
    fault(
        "duplicate-machine-id",
        2,
        "cp /etc/machine-id /etc/machine-id.before && echo 0123456789abcdef0123456789abcdef >/etc/machine-id",
        "mv /etc/machine-id.before /etc/machine-id",
    ),
    fault("hosts-file-clash", 2, "echo '10.9.9.9 sea.hub' >>/etc/hosts", "sed -i '/ sea.hub$/d' /etc/hosts"),
    fault(
        "hosts-file-localhost",
        2,
        "echo '10.9.9.9 localhost' >>/etc/hosts",
        "sed -i '/^10.9.9.9 localhost$/d' /etc/hosts",
    ),
    fault(
        "disk",
        2,
        "mkdir -p /var/lib/sealer && mount -t tmpfs -o size=16m tmpfs /var/lib/sealer",
        "umount /var/lib/sealer && rmdir /var/lib/sealer",
    ),
    fault("disk-noexec", 1, "mount -t tmpfs -o noexec tmpfs /usr/local/bin", "umount /usr/local/bin"),
    fault("disk-temporary", 1, "mount -t tmpfs -o size=4m tmpfs /tmp", "umount /tmp"),
    fault(
        "proxy",
        1,
        "cp /etc/environment /etc/environment.before; echo HTTPS_PROXY=http://u:hunter2@10.9.9.9:3128 >>/etc/environment",
        "mv /etc/environment.before /etc/environment || rm /etc/environment",
    ),
    fault("hostname-not-kept", 2, "echo another >/etc/hostname", "hostname >/etc/hostname"),
    fault(
        "settings-reverted",
        1,
        "mkdir -p /etc/sysctl.d && echo net.ipv4.ip_forward=0 >/etc/sysctl.d/99-zz.conf",
        "rm /etc/sysctl.d/99-zz.conf",
    ),
    fault(
        "ssh-sessions",
        2,
        "cp /etc/ssh/sshd_config /etc/ssh/sshd_config.before && sed -i '1i MaxSessions 2' /etc/ssh/sshd_config",
        "mv /etc/ssh/sshd_config.before /etc/ssh/sshd_config",
    ),
    fault("time-zone", 2, "ln -sf /usr/share/zoneinfo/Asia/Shanghai /etc/localtime", "rm /etc/localtime"),
];

/// The other half of the duplicate: the first node gets the same identity.
const SAME_IDENTITY: &str =
    "cp /etc/machine-id /etc/machine-id.before && echo 0123456789abcdef0123456789abcdef >/etc/machine-id";

/// What is asked of a finding.
#[derive(Debug, Deserialize)]
struct Finding {
    id: String,
    severity: String,
    subject: String,
    found: String,
    fixable: bool,
    fixed: bool,
}

impl Scenario for Checks {
    fn title(&self) -> &'static str {
        "checks name what is wrong with hosts before a delivery, and find no error where nothing is"
    }

    fn needs(&self) -> State {
        State::Bare
    }

    fn leaves(&self) -> State {
        State::Bare
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        well(delivery, "bare hosts")?;
        spoil(delivery)?;
        let found = check(delivery);
        mend(delivery)?;
        let found = found?;
        table(delivery, &found)?;
        well(delivery, "mended hosts")?;
        mending::mend_and_delete(delivery)
    }
}

/// Nothing is an error.
fn well(delivery: &Delivery, what: &str) -> Result<()> {
    let found = check(delivery)?;
    let errors: Vec<&Finding> = found.iter().filter(|finding| finding.severity == "error").collect();
    holds(&format!("no error on {what}, found {errors:#?}"), errors.is_empty())?;
    println!("    {what}: no error, {} warnings", found.len());
    Ok(())
}

/// What a check of the delivery finds.
fn check(delivery: &Delivery) -> Result<Vec<Finding>> {
    let mut arguments = vec!["check".to_owned(), "--pre".to_owned()];
    arguments.extend(delivery.run_arguments(IMAGE).into_iter().skip(1));
    judge(delivery, &arguments)
}

/// What sealer says with these arguments.
fn judge(delivery: &Delivery, arguments: &[String]) -> Result<Vec<Finding>> {
    let arguments = [arguments, &["--output".to_owned(), "json".to_owned()]].concat();
    let started = Instant::now();
    let outcome = delivery.attempt(&arguments)?;
    println!("    checked {} hosts in {:.1?}: exit {:?}", delivery.hosts.len(), started.elapsed(), outcome.code);
    holds("no password of a proxy is told", !outcome.stdout.contains("hunter2"))?;
    let parsed: std::result::Result<Vec<Finding>, _> = serde_json::from_str(&outcome.stdout);
    let findings = parsed.map_err(|error| Error::unmet(format!("{error}: {}{}", outcome.stdout, outcome.stderr)))?;
    let blocks = findings.iter().any(|finding| finding.severity == "error" && !finding.fixed);
    holds("exit code 4 where an error is found, 0 elsewhere", outcome.code == Some(if blocks { 4 } else { 0 }))?;
    Ok(findings)
}

fn spoil(delivery: &Delivery) -> Result<()> {
    let engine = &delivery.fleet.engine;
    host(delivery, 1)?.run(engine, &["sh", "-c", SAME_IDENTITY])?;
    for fault in &FAULTS {
        host(delivery, fault.host)?.run(engine, &["sh", "-c", fault.make])?;
    }
    filter(delivery, "--append")
}

fn mend(delivery: &Delivery) -> Result<()> {
    let engine = &delivery.fleet.engine;
    let first = host(delivery, 1)?.run(engine, &["mv", "/etc/machine-id.before", "/etc/machine-id"]);
    let undone = FAULTS.iter().map(|fault| host(delivery, fault.host)?.run(engine, &["sh", "-c", fault.undo]));
    // one that cannot be taken back must not leave the others for the next scenario
    let all: Vec<Result<()>> =
        undone.chain([first]).map(|it| it.map(drop)).chain([filter(delivery, "--delete")]).collect();
    all.into_iter().collect()
}

/// A firewall that is silent about one port of the first node.
fn filter(delivery: &Delivery, verb: &str) -> Result<()> {
    let network = Network::of(&delivery.fleet.engine, host(delivery, 1)?)?;
    network.run(&["iptables", verb, "INPUT", "--protocol", "tcp", "--dport", "10250", "--jump", "DROP"]).map(drop)
}

fn host(delivery: &Delivery, position: usize) -> Result<&Host> {
    delivery.hosts.get(position).ok_or_else(|| Error::unmet("the scenario needs three hosts"))
}

/// Every fault with what was found of it; a fault that was not found is an error.
fn table(delivery: &Delivery, found: &[Finding]) -> Result<()> {
    let mut missed = Vec::new();
    let faults = FAULTS.iter().map(|fault| (fault.check, fault.host));
    // the first master knocks at the port that the first node's filter is silent about
    for (check, position) in faults.chain([("unreachable", 0)]) {
        let address = &host(delivery, position)?.address;
        match found.iter().find(|finding| finding.id == check && &finding.subject == address) {
            Some(finding) => println!("    {check:22} {address:14} {:8} {}", finding.severity, finding.found),
            None => missed.push(format!("{check} on {address}")),
        }
    }
    holds(&format!("every fault is found; missed: {missed:?} among {found:#?}"), missed.is_empty())
}
