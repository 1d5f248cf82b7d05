//! What has to be so after each verb, whoever was killed on the way: asked of the hosts and of the cluster.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::PATIENCE;
use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::proof;
use crate::scenarios::expect::{await_that, holds};
use crate::scenarios::scale::{etcd_members, is_bare};
use crate::scenarios::snapshot::{Snapshot, differences};

/// All is well, and a delivery finds nothing to do.
pub(super) fn nothing_is_left_to_do(delivery: &Delivery) -> Result<()> {
    is_well(delivery)?;
    let again = delivery.attempt(&delivery.run_arguments(IMAGE))?;
    let nothing = again.success() && again.stdout.contains("nothing was changed");
    holds(&format!("nothing is left to do, found {}{}", again.stdout, again.stderr), nothing)
}

fn is_well(delivery: &Delivery) -> Result<()> {
    let mut found = String::new();
    let well = await_that("all is well", PATIENCE, || {
        let checked = delivery.attempt(&["check"])?;
        found = checked.stdout + &checked.stderr;
        Ok(checked.code == Some(0))
    });
    well.map_err(|error| Error::unmet(format!("{}, found {found}", error.chain())))?;
    proof::prove(delivery)
}

/// Every host is a node, and every master has a member of etcd.
pub(super) fn has_joined(delivery: &Delivery, masters: usize) -> Result<()> {
    nothing_is_left_to_do(delivery)?;
    has_members(delivery, masters)
}

fn has_members(delivery: &Delivery, masters: usize) -> Result<()> {
    let members = etcd_members(delivery)?;
    holds(&format!("etcd has {masters} members, found {members}"), members == masters)
}

/// Every host's file of names has this line so often.
pub(super) fn hosts_know(delivery: &Delivery, line: &str, times: usize) -> Result<()> {
    for host in &delivery.hosts {
        let text = host.run(&delivery.fleet.engine, &["cat", "/etc/hosts"])?;
        let found = text.lines().filter(|it| *it == line).count();
        holds(&format!("{} has the line {line} {times} times, found {found}", host.name), found == times)?;
    }
    Ok(())
}

/// Every master's API answers by the name, the cluster keeps it, and nothing else is left of it.
pub(super) fn api_is_named(delivery: &Delivery, name: &str) -> Result<()> {
    for master in masters(delivery) {
        let server = format!("https://{}:6443", master.address);
        // kubectl refuses a certificate that is not good for the name
        delivery.kubectl(&["--server", &server, "--tls-server-name", name, "get", "--raw", "/version"])?;
        let left = "ls -d /etc/kubernetes/tmp/api-names /etc/kubernetes/kubeadm-names.yaml /etc/kubernetes/pki/*.before 2>/dev/null || true";
        let left = master.run(&delivery.fleet.engine, &["sh", "-c", left])?;
        holds(&format!("nothing is left of the making on {}, found {left}", master.name), left.is_empty())?;
    }
    let kept = ["get", "configmap", "kubeadm-config", "--namespace=kube-system", "--output=yaml"];
    holds("the cluster keeps the name", delivery.kubectl(&kept)?.contains(name))?;
    is_well(delivery)
}

fn masters(delivery: &Delivery) -> impl Iterator<Item = &Host> {
    let masters = delivery.run_arguments(IMAGE)[3].split(',').map(str::to_owned).collect::<Vec<_>>();
    delivery.hosts.iter().filter(move |host| masters.contains(&host.address))
}

/// When each certificate ends that a renewal makes anew, by host and path.
pub(super) fn certificates(delivery: &Delivery) -> Result<BTreeMap<(String, String), String>> {
    let listed = delivery.attempt(&["cert", "check", "--output", "json"])?;
    holds(&format!("every certificate is told, found {}{}", listed.stdout, listed.stderr), listed.success())?;
    let listed: Value = serde_json::from_str(&listed.stdout).map_err(Error::json("sealer cert check"))?;
    let text = |it: &Value, name: &str| it[name].as_str().unwrap_or_default().to_owned();
    let all = listed["certificates"].as_array().into_iter().flatten();
    let all = all.map(|it| ((text(it, "host"), text(it, "path")), text(it, "ends")));
    Ok(all.filter(|((_, path), _)| path.starts_with("/etc/kubernetes/pki/") && !path.ends_with("ca.crt")).collect())
}

/// Every one of them ends later than before, and every part of the control plane was started with it.
pub(super) fn certificates_are_new(delivery: &Delivery, before: &BTreeMap<(String, String), String>) -> Result<()> {
    let after = certificates(delivery)?;
    holds(&format!("there are certificates on both masters, found {}", before.len()), before.len() == 14)?;
    for ((host, path), end) in before {
        let renewed = after.get(&(host.clone(), path.clone())).is_some_and(|later| later > end);
        holds(&format!("{path} on {host}, which ended {end}, is renewed"), renewed)?;
    }
    is_well(delivery)?;
    masters(delivery).try_for_each(|master| serves_with_new_ones(delivery, master))
}

/// Parts of the control plane that were started before their certificates were made.
const OLDER: &str = "made=$(stat -c %Y /etc/kubernetes/pki/apiserver.crt); \
    for part in etcd kube-apiserver kube-controller-manager kube-scheduler; do \
    age=$(ps -o etimes= -p $(pidof $part)); test $(($(date +%s) - age + 1)) -ge $made || echo $part; done";

fn serves_with_new_ones(delivery: &Delivery, master: &Host) -> Result<()> {
    let older = master.run(&delivery.fleet.engine, &["sh", "-c", OLDER])?;
    let what = format!("every part of the control plane of {} was started with its certificates", master.name);
    holds(&format!("{what}, found older {older}"), older.is_empty())
}

/// The backup is whole, its owner's alone, and nothing else is left of its making.
pub(super) fn is_saved(delivery: &Delivery, folder: &Path, file: &Path) -> Result<()> {
    let mode = std::fs::metadata(file).map_err(Error::file("look at", file))?.permissions().mode() & 0o777;
    holds(&format!("only its owner may read the backup, found mode {mode:o}"), mode == 0o600)?;
    let beside = std::fs::read_dir(folder).map_err(Error::file("list", folder))?.count();
    holds(&format!("the backup is alone in its folder, found {beside} files"), beside == 1)?;
    let whole = delivery.attempt(&["restore", &file.display().to_string(), "--dry-run"])?;
    holds(&format!("the backup is whole, found {}", whole.stderr), whole.success())?;
    let left = "ls /var/lib/sealer/data/my-cluster/snapshots/backup.db* 2>/dev/null || true";
    let left = delivery.master()?.run(&delivery.fleet.engine, &["sh", "-c", left])?;
    holds(&format!("no snapshot is left on the master, found {left}"), left.is_empty())
}

/// What a restoration has on a master only while it goes on: half-made data, the snapshot, the program's container.
const OF_RESTORATION: &str = "ls -d /var/lib/etcd/restored /var/lib/sealer/data/my-cluster/restore/* 2>/dev/null; \
    ctr=$(find /var/lib/sealer/data/my-cluster -name ctr -type f | head -n 1); \
    $ctr --namespace k8s.io containers list --quiet | { grep sealer-restore || true; }";

/// What was written before the backup is there, what was written after it is not, and nothing is left of the way back.
pub(super) fn is_restored(delivery: &Delivery) -> Result<()> {
    delivery.kubectl(&["get", "configmap", "before-the-backup"])?;
    let names = delivery.kubectl(&["get", "configmaps", "--output=name"])?;
    holds("what was written after the backup is gone", !names.contains("after-the-backup"))?;
    is_well(delivery)?;
    has_members(delivery, 2)?;
    for master in masters(delivery) {
        let left = master.run(&delivery.fleet.engine, &["sh", "-c", OF_RESTORATION])?;
        holds(&format!("nothing is left of the restoration on {}, found {left}", master.name), left.is_empty())?;
    }
    Ok(())
}

/// The host that left is bare, and the others are a whole cluster.
pub(super) fn has_left(before: &Delivery, after: &Delivery) -> Result<()> {
    let stays = |host: &&Host| after.hosts.iter().any(|it| it.name == host.name);
    for host in before.hosts.iter().filter(|host| !stays(host)) {
        is_bare(before, host)?;
    }
    is_well(after)?;
    has_members(after, 2)
}

/// Every host is as it was before the cluster, and nobody here knows of it.
pub(super) fn is_gone(delivery: &Delivery, bare: &[Snapshot]) -> Result<()> {
    let unknown = delivery.attempt(&["status"])?;
    holds(
        &format!("the cluster is forgotten, found {}", unknown.stdout),
        unknown.stderr.contains("is not known here"),
    )?;
    let folder = delivery.folder().join("clusters");
    let left: Vec<String> = std::fs::read_dir(&folder)
        .map_err(Error::file("list", &folder))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    holds(&format!("nothing of it is left here, found {left:?}"), left.is_empty())?;
    let differences = differences(&delivery.hosts, bare, &Snapshot::take_all(delivery)?);
    if differences.is_empty() { Ok(()) } else { Err(Error::unmet(differences.join("\n"))) }
}
