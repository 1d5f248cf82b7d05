//! What `--fix` puts right is right afterwards, and `delete --all` makes it as it was: tried with every fault that it can put right, all on
//! one host.

use super::cases::ROUNDS;
use super::fault::{Act, on, script};
use super::{Finding, Ground};
use crate::delivery::CLUSTER;
use crate::error::Result;
use crate::scenarios::expect::holds;

/// The host that has the faults.
const HOST: usize = 1;

const FAULTS: &[(&str, Act)] = &[
    ("kernel-feature", on(HOST, "module overlay")),
    ("kernel-defaults", on(HOST, "says /proc/sys/vm/overcommit_memory 0")),
    ("process-limit", on(HOST, "says /proc/sys/kernel/pid_max 4096")),
    ("open-file-limit", on(HOST, "says /proc/sys/fs/file-max 8192")),
    ("inotify-instances", on(HOST, "says /proc/sys/fs/inotify/max_user_instances 64")),
    ("inotify-watches", on(HOST, "says /proc/sys/fs/inotify/max_user_watches 1024")),
    ("memory-maps", on(HOST, "says /proc/sys/vm/max_map_count 1024")),
    ("swap", on(HOST, "swap fault")),
    (
        "local-ports",
        script(
            HOST,
            "echo 15000 65000 >/proc/sys/net/ipv4/ip_local_port_range",
            "echo 32768 60999 >/proc/sys/net/ipv4/ip_local_port_range",
        ),
    ),
    (
        "own-name",
        script(
            HOST,
            "hostname >$KEPT/hostname; hostname nobody-knows-me; hostname >/etc/hostname",
            "hostname \"$(cat $KEPT/hostname)\"; hostname >/etc/hostname",
        ),
    ),
    ("time-service", on(HOST, "installed chrony.service")),
];

/// What `--fix` may change, as text to be compared. A setting in a file that stands for the kernel's own ends without a line feed when it was
/// written to.
const PICTURE: &str = "cd /proc/sys; for setting in vm/overcommit_memory kernel/pid_max fs/file-max fs/inotify/max_user_instances \
                       fs/inotify/max_user_watches vm/max_map_count net/ipv4/ip_local_port_range; do echo $setting $(cat $setting); done; \
                       cat /etc/hosts /etc/fstab /proc/swaps /proc/filesystems; ls -A /etc/sysctl.d /var/lib/sealer 2>&1; \
                       systemctl is-enabled chrony.service; systemctl is-active chrony.service; true";

fn faults() -> impl DoubleEndedIterator<Item = (&'static str, &'static Act)> {
    FAULTS.iter().map(|(check, act)| (*check, act))
}

/// Spoils, has it put right, deletes, and leaves the host as it was found.
pub(super) fn mend_and_delete(ground: &Ground<'_>) -> Result<()> {
    let done = ground.make(faults()).and_then(|()| rounds(ground));
    ground.undo(faults())?;
    done
}

fn rounds(ground: &Ground<'_>) -> Result<()> {
    let picture = || ground.host(HOST)?.run(&ground.delivery.fleet.engine, &["sh", "-c", PICTURE]);
    let spoilt = picture()?;
    let mended = mend(ground);
    ground.delivery.delete()?;
    let deleted = picture()?;
    mended?;
    remembered(ground)?;
    holds(&format!("deleted, the host is as it was:\n{spoilt}\nand not:\n{deleted}"), spoilt == deleted)
}

/// The report outlives the cluster.
fn remembered(ground: &Ground<'_>) -> Result<()> {
    let report = ground.delivery.attempt(&["report", "--cluster-name", CLUSTER, "--output", "json"])?;
    let told = report.stdout.contains("\"fixed\": true") && report.stdout.contains("\"verb\": \"delete\"");
    holds(&format!("the report tells of what was put right and deleted: {}{}", report.stdout, report.stderr), told)
}

/// By a Clusterfile, as an engineer on a site would.
fn mend(ground: &Ground<'_>) -> Result<()> {
    let file = ground.file(ROUNDS[0].site)?;
    let address = &ground.host(HOST)?.address;
    let found = ground.judge(&file, &[])?;
    let fixed = ground.judge(&file, &["--fix"])?;
    let left = ground.judge(&file, &[])?;
    for (check, _) in FAULTS {
        let is_here = |it: &&Finding| it.id == *check && &it.subject == address;
        let was_found = found.iter().find(is_here).is_some_and(|it| it.fixable);
        holds(&format!("{check} is found and can be put right: {found:#?}"), was_found)?;
        let was_fixed = fixed.iter().find(is_here).is_some_and(|it| it.fixed);
        holds(&format!("{check} was put right: {fixed:#?}"), was_fixed)?;
        holds(&format!("{check} is silent afterwards: {left:#?}"), !left.iter().any(|it| is_here(&it)))?;
        println!("    {check:24} {address:14} put right by --fix");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::table::reference;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_check_that_can_be_put_right_is_put_right_here() {
        let listed = reference().unwrap().into_iter().filter(|check| !check.fix.is_empty()).map(|check| check.id);
        let tried = FAULTS.iter().map(|(check, _)| (*check).to_owned());
        assert_eq!(listed.collect::<BTreeSet<_>>(), tried.collect::<BTreeSet<_>>());
    }
}
