//! What is tried on real hosts, one file each. A scenario says in which state it wants the hosts and in which it leaves them; the
//! harness gives it hosts in that state, fresh ones when the scenario before it failed.

mod applications;
mod changed_host_key;
mod checks;
mod clean_delete;
mod customer;
mod deliver;
mod diagnosis;
mod docker_registry;
mod docker_runtime;
mod expect;
mod external_registry;
mod failures;
mod faults;
mod go_sealer;
mod interrupted;
mod ipv6;
mod killed;
mod load;
mod masters;
mod new_masters;
mod plan;
mod platforms;
mod restore;
mod scale;
mod site_registry;
mod snapshot;
mod upgrade;
mod way_back;

use std::path::Path;

use crate::delivery::Delivery;
use crate::error::Result;
use crate::folders::{self, Folders};
use crate::hosts::{self, family::Family, fleet::Fleet};

/// What is on the hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing: as they were booted, or as a cluster left them.
    Bare,
    /// A delivered cluster.
    Delivered,
}

/// One thing to try on real hosts.
pub(crate) trait Scenario {
    /// What it shows, as a sentence.
    fn title(&self) -> &'static str;
    /// The state it starts from.
    fn needs(&self) -> State {
        State::Bare
    }
    /// The state it ends in, when it succeeds.
    fn leaves(&self) -> State {
        State::Bare
    }
    /// How many masters and how many nodes it is tried on.
    fn hosts(&self) -> (usize, usize) {
        (1, 2)
    }
    /// By which of their addresses the hosts are known.
    fn family(&self) -> Family {
        Family::V4
    }
    /// Whether it belongs to the suites that take long.
    fn is_long(&self) -> bool {
        false
    }
    /// Tries it.
    fn run(&self, delivery: &Delivery) -> Result<()>;
}

/// All of them, in the order that changes hosts least.
pub(crate) fn all() -> Vec<Box<dyn Scenario>> {
    vec![
        Box::new(checks::Checks),
        Box::new(failures::Failures),
        Box::new(plan::Plan),
        Box::new(faults::Faults),
        Box::new(deliver::Deliver),
        Box::new(diagnosis::Diagnosis),
        Box::new(applications::Applications),
        Box::new(restore::Restore),
        Box::new(changed_host_key::ChangedHostKey),
        Box::new(clean_delete::CleanDelete),
        Box::new(interrupted::Interrupted),
        Box::new(masters::Masters),
        Box::new(site_registry::SiteRegistry),
        Box::new(external_registry::ExternalRegistry),
        Box::new(docker_runtime::DockerRuntime),
        Box::new(upgrade::Upgrade),
        Box::new(way_back::WayBack),
        Box::new(scale::Scale),
        Box::new(killed::Killed::Making),
        Box::new(killed::Killed::Keeping),
        Box::new(new_masters::NewMasters),
        Box::new(go_sealer::GoSealer),
        Box::new(platforms::Platforms),
        Box::new(ipv6::Ipv6),
    ]
}

/// The hosts that scenarios run on, one set after another.
#[derive(Debug)]
pub(crate) struct Site {
    folders: Folders,
    fleet: Fleet,
    binary: std::path::PathBuf,
    state: Option<State>,
    /// Held as long as the site is: its hosts have fixed names.
    _lock: std::fs::File,
}

impl Site {
    /// A site of its own, apart from the quickstart's. Fails when another process has it.
    pub(crate) fn open(folders: &Folders, binary: &Path) -> Result<Self> {
        let fleet = Fleet::new(folders, "scenarios");
        let lock = hosts::turn(folders)?;
        let (folders, binary) = (folders.clone(), binary.to_path_buf());
        Ok(Self { folders, fleet, binary, state: None, _lock: lock })
    }

    /// The name of its fleet.
    pub(crate) fn name(&self) -> &str {
        &self.fleet.name
    }

    /// Builds the images once for all scenarios.
    pub(crate) fn build(&self) -> Result<()> {
        let delivery = Delivery::new(&self.binary, &self.root(), &self.fleet, &[])?;
        delivery.build(&self.folders)
    }

    /// Runs one scenario on hosts in the state that it needs.
    pub(crate) fn run(&mut self, scenario: &dyn Scenario) -> Result<()> {
        self.know_hosts_by(scenario.family())?;
        let delivery = self.arrange(scenario.needs(), scenario.hosts())?;
        self.state = None;
        scenario.run(&delivery)?;
        self.state = Some(scenario.leaves());
        Ok(())
    }

    /// Removes everything, whatever happened.
    pub(crate) fn clear(&self) -> Result<()> {
        self.fleet.down()?;
        folders::remove(&self.root())
    }

    /// Hosts have the addresses that they were booted with.
    fn know_hosts_by(&mut self, family: Family) -> Result<()> {
        if self.fleet.family != family {
            self.fleet.down()?;
            self.fleet = self.fleet.clone().with_family(family);
            self.state = None;
        }
        Ok(())
    }

    fn arrange(&mut self, wanted: State, (masters, nodes): (usize, usize)) -> Result<Delivery> {
        let fresh = self.state != Some(wanted) && !(wanted == State::Delivered && self.state == Some(State::Bare));
        if fresh {
            self.fleet.down()?;
        }
        let hosts = self.fleet.up(masters + nodes)?;
        let delivery = Delivery::new(&self.binary, &self.root(), &self.fleet, &hosts)?.with_masters(masters);
        if fresh {
            delivery.forget()?;
            self.state = Some(State::Bare);
        }
        if self.state != Some(wanted) {
            delivery.run()?;
        }
        Ok(delivery)
    }

    fn root(&self) -> std::path::PathBuf {
        self.folders.cache.join("scenarios")
    }
}
