//! The Clusterfiles of two customers of one image are honoured, and `delete --all` leaves the hosts as they were before the delivery: files, units, processes, network and firewall are compared with
//! a picture taken of the bare hosts. What the hosts' owner put there stays.

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::scenarios::Scenario;
use crate::scenarios::customer;
use crate::scenarios::expect::holds;
use crate::scenarios::snapshot::{Snapshot, differences};

/// Deliver and delete, with something of the owner's on the hosts.
#[derive(Debug)]
pub(crate) struct CleanDelete;

/// What the owner of a host may have there, and has to find again.
const OWNER: &str =
    "echo '192.0.2.7 printer.example' >>/etc/hosts && mkdir -p /root/.kube && echo mine >/root/.kube/config";
/// And what of it has to be there at the end.
const STILL_THERE: &str = "grep -qx '192.0.2.7 printer.example' /etc/hosts && grep -qx mine /root/.kube/config";

impl Scenario for CleanDelete {
    fn title(&self) -> &'static str {
        "one image is delivered as two customers' Clusterfiles say, and delete --all leaves the hosts as they were before"
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let engine = &delivery.fleet.engine;
        for host in &delivery.hosts {
            host.run(engine, &["sh", "-c", OWNER])?;
        }
        let before = Snapshot::take_all(delivery)?;
        customer::deliver(delivery)?;
        delivery.delete()?;
        let after = Snapshot::take_all(delivery)?;
        let mut differences = differences(&delivery.hosts, &before, &after);
        for host in &delivery.hosts {
            let kept = host.attempt(engine, &["sh", "-c", STILL_THERE])?.success();
            let owned = format!("the owner's line in /etc/hosts and ~/.kube/config survive on {}", host.name);
            differences.extend(holds(&owned, kept).err().map(|error| error.to_string()));
        }
        if !differences.is_empty() {
            return Err(Error::unmet(differences.join("\n")));
        }
        customer::deliver_to_another(delivery)?;
        delivery.delete()?;
        println!("    files, units, processes, network and firewall of {} hosts are as before", delivery.hosts.len());
        Ok(())
    }
}
