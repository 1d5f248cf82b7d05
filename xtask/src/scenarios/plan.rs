//! `plan` looks at real hosts and tells what `run` would do there; it leaves nothing on them, and afterwards it knows what is done.

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::scenarios::Scenario;
use crate::scenarios::expect::holds;
use crate::scenarios::snapshot::{Snapshot, differences};

/// A look before a delivery.
#[derive(Debug)]
pub(crate) struct Plan;

impl Scenario for Plan {
    fn title(&self) -> &'static str {
        "plan tells what run will do on each host, and changes nothing there"
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        // a delivery that was tried before and refused is remembered, which is right, and not what is looked for here
        delivery.forget()?;
        let before = Snapshot::take_all(delivery)?;
        let forecast = delivery.plan(IMAGE)?;
        everything_is_to_do(delivery, &forecast)?;
        holds("a cluster that is only planned is not remembered", !delivery.journal().exists())?;
        let after = Snapshot::take_all(delivery)?;
        let differences = differences(&delivery.hosts, &before, &after);
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::unmet(differences.join("\n")))
    }
}

fn everything_is_to_do(delivery: &Delivery, forecast: &serde_json::Value) -> Result<()> {
    for (index, host) in delivery.hosts.iter().enumerate() {
        let told = &forecast["hosts"][index];
        holds(&format!("{} is told of: {told}", host.address), told["address"] == host.address.as_str())?;
        let steps = told["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        let step = |id: &str| steps.iter().find(|step| step["id"] == id);
        let ahead =
            step("agent").is_some_and(|step| step["standing"] == "to-do" && step["bytesAtMost"].as_u64() > Some(0));
        holds(&format!("the agent will be sent to {}: {steps:?}", host.address), ahead)?;
        holds(
            &format!("{} has disks to fill: {}", host.address, told["disks"]),
            told["disks"][0]["needed"].as_u64() > Some(0),
        )?;
    }
    Ok(())
}
