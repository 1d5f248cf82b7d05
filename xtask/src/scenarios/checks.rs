//! The checks before a delivery, on real hosts: every one of them names its fault on a host that has it, and none says anything when the
//! hosts are well.

mod cases;
mod fault;
mod half_done;
mod lent;
mod mending;
mod site;
mod table;

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::command::Program;
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders;
use crate::hosts::host::Host;
use crate::hosts::network::Network;
use crate::scenarios::Scenario;
use crate::scenarios::expect::holds;
use cases::{BARE_IMAGE, DOCKER_IMAGE, ROUNDS, Round};
use fault::{Place, WORDS, WORDS_FILE, making, undoing};
use site::{Addresses, CLASHING_IMAGE, Site, clashing, clusterfile};

/// Spoil hosts and check them.
#[derive(Debug)]
pub(crate) struct Checks;

/// How long hosts may take until they are well again: a disk that was busy for a moment is told.
const PATIENCE: Duration = Duration::from_secs(20);

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
        "checks name what is wrong with hosts before a delivery, every one, and are silent where nothing is"
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let ground = Ground::of(delivery)?;
        ground.teach()?;
        ground.make(cases::healthy())?;
        let shown = ground.show_all();
        let undone = ground.undo(cases::healthy());
        shown?;
        undone?;
        mending::mend_and_delete(&ground)?;
        table::write()
    }
}

/// The hosts that are spoilt, and the delivery that checks them.
struct Ground<'a> {
    delivery: &'a Delivery,
    addresses: Addresses,
}

impl<'a> Ground<'a> {
    fn of(delivery: &'a Delivery) -> Result<Self> {
        let addresses = Addresses::of(&delivery.hosts, &delivery.fleet.bridge()?)?;
        Ok(Self { delivery, addresses })
    }

    /// Gives hosts the words that faults are made of.
    fn teach(&self) -> Result<()> {
        let script = format!("cat >{WORDS_FILE}");
        let teach = |host: &Host| {
            let exec = ["exec", "--interactive", &host.name, "sh", "-c", &script];
            self.delivery.fleet.engine.docker(&exec).input(WORDS).output().map(drop)
        };
        self.delivery.hosts.iter().try_for_each(teach)
    }

    fn show_all(&self) -> Result<()> {
        self.build()?;
        let (engine, host) = (&self.delivery.fleet.engine, self.host(1)?);
        lent::lend(engine, host)?;
        let shown = ROUNDS.iter().try_for_each(|round| self.show(round));
        lent::take_back(engine, host)?;
        shown?;
        half_done::show(self)
    }

    /// One round: well, spoilt, and well again.
    fn show(&self, round: &Round) -> Result<()> {
        let well = Site { strange: false, ..round.site };
        self.await_silence(&format!("{} that are well", round.title), well)?;
        let found = self.make(round.acts()).and_then(|()| self.check(round.site));
        let undone = self.undo(round.acts());
        self.tell(round, &found?)?;
        undone?;
        self.await_silence(&format!("{} that are well again", round.title), well)
    }

    /// Every fault with what was found of it; a fault that was not found is an error.
    fn tell(&self, round: &Round, found: &[Finding]) -> Result<()> {
        let mut missed = Vec::new();
        for case in round.cases() {
            let address = self.addresses.of_whom(case.whom);
            match found.iter().find(|finding| finding.id == case.check && finding.subject == address) {
                Some(it) => println!("    {:24} {:8} {:14} {}: {}", it.id, it.severity, address, case.fault, it.found),
                None => missed.push(format!("{} of {address} ({})", case.check, case.fault)),
            }
        }
        holds(&format!("every fault is found; missed: {missed:#?} among {found:#?}"), missed.is_empty())
    }

    /// Nothing is found.
    fn await_silence(&self, what: &str, site: Site) -> Result<()> {
        let begun = Instant::now();
        loop {
            let found = self.check(site)?;
            if found.is_empty() {
                println!("    {what}: nothing is found");
                return Ok(());
            }
            holds(&format!("nothing is found on {what}: {found:#?}"), begun.elapsed() < PATIENCE)?;
            found.iter().for_each(|it| println!("    {what}: still {} of {}: {}", it.id, it.subject, it.found));
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    fn check(&self, site: Site) -> Result<Vec<Finding>> {
        self.judge(&self.file(site)?, &[])
    }

    /// The Clusterfile of a site, written.
    fn file(&self, site: Site) -> Result<String> {
        let file = self.delivery.folder().join("Clusterfile");
        folders::write(&file, clusterfile(site, &self.addresses))?;
        Ok(file.display().to_string())
    }

    /// What sealer says of the hosts of a Clusterfile.
    fn judge(&self, file: &str, further: &[&str]) -> Result<Vec<Finding>> {
        judge(self.delivery, &[&["check", "--pre", "-f", file], further].concat())
    }

    fn make(&self, acts: impl Iterator<Item = (&'static str, &'static fault::Act)>) -> Result<()> {
        making(acts).iter().try_for_each(|(place, script)| self.perform(*place, script))
    }

    /// All of them, whatever happens: one that cannot be taken back must not leave the others for the next scenario.
    fn undo(&self, acts: impl DoubleEndedIterator<Item = (&'static str, &'static fault::Act)>) -> Result<()> {
        let all: Vec<Result<()>> =
            undoing(acts).iter().map(|(place, script)| self.perform(*place, &format!("{script}:\n"))).collect();
        all.into_iter().collect()
    }

    fn perform(&self, place: Place, script: &str) -> Result<()> {
        let variables = self.addresses.variables();
        let mut command = vec!["env"];
        command.extend(variables.iter().map(String::as_str));
        command.extend(["sh", "-c", script]);
        match place {
            Place::Host(number) => self.host(number)?.run(&self.delivery.fleet.engine, &command),
            Place::Network(number) => Network::of(&self.delivery.fleet.engine, self.host(number)?)?.run(&command),
            Place::Machine => Program::new("env").arguments(&command[1..]).output(),
        }
        .map(drop)
    }

    fn host(&self, position: usize) -> Result<&'a Host> {
        self.delivery.hosts.get(position).ok_or_else(|| Error::unmet("the scenario needs three hosts"))
    }

    /// Images of nothing but settings. Their clusters have a name service, which the example's has not.
    fn build(&self) -> Result<()> {
        let bare = || "kind: ClusterConfiguration\n".to_owned();
        let images = [
            (BARE_IMAGE, "containerd", bare()),
            (DOCKER_IMAGE, "docker", bare()),
            (CLASHING_IMAGE, "containerd", clashing(&self.addresses)),
        ];
        images.iter().try_for_each(|(name, runtime, kubeadm)| self.build_one(name, runtime, kubeadm))
    }

    fn build_one(&self, name: &str, runtime: &str, kubeadm: &str) -> Result<()> {
        let kubefile = format!(
            "FROM scratch\nLABEL cluster.alpha.sealer.io/cluster-runtime-version=v1.20.2\n\
             LABEL cluster.alpha.sealer.io/container-runtime-type={runtime}\nCOPY kubeadm.yml etc/kubeadm.yml\n"
        );
        let folder = self.delivery.folder().join(name.replace(':', "-"));
        folders::create(&folder)?;
        folders::write(&folder.join("Kubefile"), kubefile)?;
        folders::write(&folder.join("kubeadm.yml"), kubeadm)?;
        let built = self.delivery.attempt(&["build", "--tag", name, &folder.display().to_string()])?;
        holds(&format!("{name} is built: {}", built.stderr), built.success())
    }
}

/// What sealer says with these arguments.
fn judge<S: AsRef<std::ffi::OsStr>>(delivery: &Delivery, arguments: &[S]) -> Result<Vec<Finding>> {
    let mut all: Vec<&std::ffi::OsStr> = arguments.iter().map(AsRef::as_ref).collect();
    all.extend(["--output", "json"].map(std::ffi::OsStr::new));
    let started = Instant::now();
    let outcome = delivery.attempt(&all)?;
    println!("    checked in {:.1?}: exit {:?}", started.elapsed(), outcome.code);
    holds("no password of a proxy is told", !outcome.stdout.contains("hunter2"))?;
    let parsed: std::result::Result<Vec<Finding>, _> = serde_json::from_str(&outcome.stdout);
    let findings = parsed.map_err(|error| Error::unmet(format!("{error}: {}{}", outcome.stdout, outcome.stderr)))?;
    let blocks = findings.iter().any(|finding| finding.severity == "error" && !finding.fixed);
    holds("exit code 4 where an error is found, 0 elsewhere", outcome.code == Some(if blocks { 4 } else { 0 }))?;
    Ok(findings)
}
