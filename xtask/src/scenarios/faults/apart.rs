//! Hosts that do not get through to one another, while the deliverer gets through to all of them.

use super::Case;
use crate::error::Result;
use crate::hosts::host::Host;
use crate::hosts::network::Network;
use crate::scenarios::expect::holds;

/// Whatever a host does not get from others comes to it from the deliverer, and nothing of it stays there twice.
pub(super) fn hosts_apart(case: &Case<'_>) -> Result<()> {
    routes(case, "add")?;
    // they would not make a cluster, and are refused unless somebody says that this is known
    let arguments = [case.arguments(), ["--ignore", "unreachable"].map(str::to_owned).into()].concat();
    let delivered = case.delivery.attempt(&arguments);
    routes(case, "del")?;
    let delivered = delivered?;
    holds(&format!("the image comes to hosts that are apart: {}", delivered.stderr), delivered.success())?;
    let sent = delivered.stderr.matches("gets the rootfs from here").count();
    let nodes = case.delivery.hosts.len() - 1;
    holds(&format!("{nodes} hosts are said to get the rootfs from here: {}", delivered.stderr), sent == nodes)
}

/// Says on every host that there is no way to the others, or no more so.
fn routes(case: &Case<'_>, verb: &str) -> Result<()> {
    let hosts = &case.delivery.hosts;
    let pairs = hosts.iter().flat_map(|host| hosts.iter().map(move |other| (host, other)));
    pairs
        .filter(|(host, other)| host.address != other.address)
        .try_for_each(|(host, other)| route(case, verb, host, other))
}

fn route(case: &Case<'_>, verb: &str, host: &Host, other: &Host) -> Result<()> {
    let way = ["ip", "route", verb, "unreachable", &format!("{}/32", other.address)];
    Network::of(&case.delivery.fleet.engine, host)?.run(&way).map(drop)
}
