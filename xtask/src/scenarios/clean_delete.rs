//! `delete --all` leaves the hosts as they were before the delivery: files, units, processes, network and firewall are compared with
//! a picture taken of the bare hosts. What the hosts' owner put there stays.

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::scenarios::expect::{holds, same_lines};
use crate::scenarios::snapshot::Snapshot;
use crate::scenarios::{Scenario, State};

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
        "delete --all leaves the hosts as they were before"
    }

    fn needs(&self) -> State {
        State::Bare
    }

    fn leaves(&self) -> State {
        State::Bare
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let engine = &delivery.fleet.engine;
        for host in &delivery.hosts {
            host.run(engine, &["sh", "-c", OWNER])?;
        }
        let before = Snapshot::take_all(delivery)?;
        delivery.run()?;
        delivery.delete()?;
        let after = Snapshot::take_all(delivery)?;
        let mut differences = Vec::new();
        for (host, (before, after)) in delivery.hosts.iter().zip(before.iter().zip(&after)) {
            let kept = host.attempt(engine, &["sh", "-c", STILL_THERE])?.success();
            let owned = "the owner's line in /etc/hosts and ~/.kube/config survive on";
            differences.extend(holds(&format!("{owned} {}", host.name), kept).err());
            for (part, lines) in &before.parts {
                let what = format!("{part} of {}", host.name);
                differences.extend(same_lines(&what, lines, after.part(part)).err());
            }
        }
        if !differences.is_empty() {
            let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
            return Err(Error::unmet(texts.join("\n")));
        }
        println!("    files, units, processes, network and firewall of {} hosts are as before", delivery.hosts.len());
        Ok(())
    }
}
