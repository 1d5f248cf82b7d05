//! A cluster goes on to the next minor version of Kubernetes, and back from there with etcd as it was before: both masters begin anew from the
//! snapshot, the deliverer is killed on the way, and what was written in between is gone from the cluster, but not from the application's
//! disk. The next minor version is one by its name; only one can be built here, and the rules that decide go by the name.

use crate::delivery::{Delivery, IMAGE};
use crate::error::Result;
use crate::parts::KUBERNETES_VERSION;
use crate::scenarios::Scenario;
use crate::scenarios::expect::{changed_nothing, fails_and_says, holds, same_lines};
use crate::scenarios::interrupted::kill_in_step;
use crate::scenarios::load::{nothing_is_lost, write_to_ledger};
use crate::scenarios::scale::etcd_members;
use crate::scenarios::snapshot::{Snapshot, differences};
use crate::scenarios::upgrade::{build_version, runs};

/// The minor version to go on to.
const NEXT_MINOR: &str = "v1.21.0";

/// The application on top of it.
const NEXT_IMAGE: &str = "guestbook:v3";

/// The step in which the deliverer is killed.
const KILLED_IN: &str = "return-etcd";

/// Go back behind an upgrade.
#[derive(Debug)]
pub(crate) struct WayBack;

impl Scenario for WayBack {
    fn title(&self) -> &'static str {
        "a cluster goes back a minor version, and etcd with it"
    }

    fn hosts(&self) -> (usize, usize) {
        (2, 1)
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let bare = Snapshot::take_all(delivery)?;
        delivery.run()?;
        delivery.kubectl(&["create", "configmap", "written-before"])?;
        let writing = write_to_ledger(delivery)?;
        build_version(delivery, NEXT_MINOR, NEXT_IMAGE)?;
        delivery.show(&["upgrade", NEXT_IMAGE, "--yes"])?;
        runs(delivery, NEXT_MINOR)?;
        delivery.kubectl(&["create", "configmap", "written-after"])?;
        let refused = delivery.attempt(&["rollback", "--yes"])?;
        fails_and_says("a way back that keeps etcd", &refused, &["does not go back", "rollback --to-snapshot"])?;
        kill_in_step(delivery, &["rollback", "--to-snapshot", "--yes"], KILLED_IN)?;
        delivery.show(&["resume"])?;
        is_as_before(delivery)?;
        nothing_is_lost(delivery, writing)?;
        delivery.kubectl(&["delete", "configmap", "written-before"])?;
        changed_nothing(&delivery.attempt(&delivery.run_arguments(IMAGE))?)?;
        delivery.delete()?;
        for host in &delivery.hosts {
            host.run(&delivery.fleet.engine, &["rm", "-rf", "/srv/ledger", "/tmp/ledger.yaml"])?;
        }
        same_lines("the hosts", &[], &differences(&delivery.hosts, &bare, &Snapshot::take_all(delivery)?))
    }
}

fn is_as_before(delivery: &Delivery) -> Result<()> {
    runs(delivery, KUBERNETES_VERSION)?;
    let names = delivery.kubectl(&["get", "configmaps", "--output=name"])?;
    holds("what was written after the upgrade is gone", !names.contains("written-after"))?;
    let members = etcd_members(delivery)?;
    holds(&format!("etcd has two members, found {members}"), members == 2)
}
