//! The delivery that the quickstart shows, here as a plan that is carried out: proof, and a second run that finds nothing to do.

use serde_json::Value;

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::folders;
use crate::hosts::host::Host;
use crate::scenarios::expect::{fails_and_says, holds};
use crate::scenarios::{Scenario, State};
use crate::{proof, quickstart};

/// The whole road.
#[derive(Debug)]
pub(crate) struct Deliver;

/// The plan is told, a host is not any more as it says, then it is, and the plan is carried out.
fn as_planned(delivery: &Delivery) -> Result<()> {
    let told = delivery.plan(IMAGE)?;
    let plan = delivery.folder().join("plan.json");
    folders::write(&plan, told.to_string())?;
    let apply = ["apply".to_owned(), plan.display().to_string()];
    let (engine, host) = (&delivery.fleet.engine, delivery.master()?);
    host.run(engine, &["hostname", "somebody-else"])?;
    let refused = delivery.attempt(&apply);
    host.run(engine, &["hostname", &host.name])?;
    fails_and_says("a plan of another world", &refused?, &[&host.address, "somebody-else"])?;
    delivery.show(&apply)?;
    delivery.hosts.iter().try_for_each(|host| nothing_else_is_touched(delivery, &told, host))
}

/// Whatever a host's ledger tells of was in the plan: each file, folder, kernel setting and module.
fn nothing_else_is_touched(delivery: &Delivery, plan: &Value, host: &Host) -> Result<()> {
    let ledger = host.run(&delivery.fleet.engine, &["cat", LEDGER])?;
    let ledger: Value = serde_json::from_str(&ledger).map_err(Error::json("the ledger"))?;
    let of_host = plan["hosts"].as_array().into_iter().flatten().find(|it| it["address"] == host.address.as_str());
    let steps = of_host.and_then(|it| it["steps"].as_array()).into_iter().flatten();
    let told: Vec<&str> =
        steps.filter_map(|step| step["touches"].as_array()).flatten().filter_map(Value::as_str).collect();
    let entries: Vec<&Value> = ledger["entries"].as_array().into_iter().flatten().collect();
    let subject = |entry: &&Value| ["path", "key"].iter().find_map(|field| entry[field].as_str()).map(str::to_owned);
    // folders in which something of ours lies are no change of their own
    let subjects: Vec<String> =
        entries.iter().copied().filter(|it| it["entry"] != "parent").filter_map(|it| subject(&it)).collect();
    let covered = |subject: &&String| {
        told.iter().any(|told| *told == **subject || format!("{subject}/").starts_with(told) && told.ends_with('/'))
    };
    let others: Vec<&String> = subjects.iter().filter(|it| !covered(it)).collect();
    holds(
        &format!("{}: of {} changes in the ledger all were in the plan, but {others:?}", host.name, subjects.len()),
        others.is_empty() && subjects.len() > 10,
    )
}

/// What was put on a host.
const LEDGER: &str = "/var/lib/sealer/ledger.json";

/// Where the first master keeps the records.
const COPY: &str = "/var/lib/sealer/data/my-cluster/journal.ndjson";

/// The first master has what this machine has recorded since the delivery began, in the same order.
fn journal_is_on_the_master(delivery: &Delivery) -> Result<()> {
    let copy = delivery.master()?.run(&delivery.fleet.engine, &["cat", COPY])?;
    let journal = folders::read(&delivery.journal())?;
    let records = copy.lines().count();
    holds(
        &format!("the first master has the end of the journal, and more than twenty records: {records}"),
        records > 20 && journal.ends_with(&copy),
    )
}

impl Scenario for Deliver {
    fn title(&self) -> &'static str {
        "one command delivers a cluster with an application, and the second run changes nothing"
    }

    fn leaves(&self) -> State {
        State::Delivered
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        as_planned(delivery)?;
        proof::prove(delivery)?;
        let release = ["get", "secrets", "--selector", "owner=helm,name=cache,status=deployed", "--output", "name"];
        let found = delivery.kubectl(&release)?;
        holds(
            &format!("the chart is a release, stored as Helm stores it: {found}"),
            found.contains("release.v1.cache.v1"),
        )?;
        quickstart::again(delivery)?;
        journal_is_on_the_master(delivery)
    }
}
