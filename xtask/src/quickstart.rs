//! The main job, for real, in one command: hosts that have nothing, images that hold everything, one `sealer run`, and a proof that the
//! application works. What a newcomer runs first, and what the documentation shows.

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::hosts::fleet::Fleet;
use crate::stages::{Stages, seconds};
use crate::{dist, parts, prepare, proof};

/// The fleet's name.
pub(crate) const FLEET: &str = "quickstart";
/// One master, two workers.
const HOSTS: usize = 3;

/// Does all of it; running it again reuses what is there and proves the same.
pub(crate) fn up(folders: &Folders) -> Result<()> {
    let mut stages = Stages::default();
    let outcome = deliver(folders, &mut stages);
    stages.summary();
    let delivery = outcome?;
    println!("\nThe cluster runs. Visit it from this machine: http://{}:30080/", delivery.master()?.address);
    println!("Remove it with: cargo xtask quickstart --down");
    Ok(())
}

/// Removes the hosts and everything that sealer kept; what took long to make stays in the cache.
pub(crate) fn down(folders: &Folders) -> Result<()> {
    Fleet::new(folders, FLEET).down()?;
    folders::remove(&root(folders))
}

fn root(folders: &Folders) -> std::path::PathBuf {
    folders.cache.join("quickstart")
}

fn deliver(folders: &Folders, stages: &mut Stages) -> Result<Delivery> {
    stages.run("prepare: what Debian has", prepare::run)?;
    stages.run("parts: Kubernetes and container images", || parts::ensure(folders, parts::KUBERNETES_VERSION))?;
    let binary = stages.run("dist: sealer as one static binary", || dist::build(folders))?;
    let fleet = Fleet::new(folders, FLEET);
    let hosts = stages.run("hosts: three bare machines", || fleet.up(HOSTS))?;
    let delivery = Delivery::new(&binary, &root(folders), &fleet, &hosts)?;
    stages.run("sealer build: both images", || delivery.build(folders))?;
    stages.run(&format!("sealer run {IMAGE}"), || delivery.run())?;
    stages.run("proof: nodes, pods, page", || proof::prove(&delivery))?;
    stages.run("sealer run again: nothing to do", || again(&delivery))?;
    Ok(delivery)
}

/// A second run is quick and changes nothing.
pub(crate) fn again(delivery: &Delivery) -> Result<()> {
    let before = proof::identity(delivery)?;
    let started = std::time::Instant::now();
    delivery.run()?;
    let took = started.elapsed();
    let after = proof::identity(delivery)?;
    if before != after {
        return Err(Error::unmet(format!(
            "expected the same pods and nodes as before:\n{before:#?}\nfound:\n{after:#?}"
        )));
    }
    println!("    the second run took {} and changed nothing", seconds(took));
    Ok(())
}
