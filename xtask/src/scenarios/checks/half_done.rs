//! A delivery that was cut off: the delivering machine dies while it brings the image to the hosts, and the next check says so.

use super::cases::{HALF_DONE, ROUNDS};
use super::{Finding, Ground};
use crate::error::{Error, Result};
use crate::scenarios::expect::holds;
use crate::scenarios::interrupted::{kill, records, wait_for_step};

/// A step before which others have left something on hosts.
const STEP: &str = "rootfs";

pub(super) fn show(ground: &Ground<'_>) -> Result<()> {
    let cut_off = cut_off(ground);
    let site = ROUNDS[0].site;
    let found = cut_off.and_then(|()| ground.check(site));
    let deleted = ground.delivery.attempt(&["delete", "--all", "--force"])?;
    let address = ground.addresses.of_whom(HALF_DONE.whom);
    let found = found?;
    let is_it = |it: &&Finding| it.id == HALF_DONE.check && it.subject == address;
    let finding = found.iter().find(is_it);
    let finding =
        finding.ok_or_else(|| Error::unmet(format!("{} is told of {address}: {found:#?}", HALF_DONE.check)))?;
    println!("    {:24} {:8} {address:14} {}: {}", finding.id, finding.severity, HALF_DONE.fault, finding.found);
    holds(&format!("what was begun is deleted: {}", deleted.stderr), deleted.success())?;
    ground.await_silence("hosts from which it was deleted", site)
}

fn cut_off(ground: &Ground<'_>) -> Result<()> {
    let delivery = ground.delivery;
    let folder = tempfile::tempdir().map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
    let log = folder.path().join("log");
    let before = records(&delivery.journal()).len();
    let mut child = delivery.start(&log)?;
    let ended = wait_for_step(&mut child, &delivery.journal(), before, STEP);
    kill(&mut child)?;
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    holds(&format!("the delivery reaches the step {STEP}; it said:\n{said}"), !ended?)
}
