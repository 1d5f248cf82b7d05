//! A control plane is destroyed, and comes back from a backup: what the cluster knew then it knows again, what was written since is gone, and
//! the nodes go on. A damaged backup is refused before any host is touched.

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders;
use crate::proof;
use crate::scenarios::expect::holds;
use crate::scenarios::{Scenario, State};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// What an accident leaves of a control plane: nothing, and processes that have lost their files.
const DESTROY: &str =
    "pkill -9 -x etcd; pkill -9 -x kube-apiserver; rm -rf /etc/kubernetes/* /var/lib/etcd/*; systemctl stop kubelet";

/// How long nodes may take to be ready again: controllers first have to see that they are back.
const PATIENCE: Duration = Duration::from_secs(240);

/// Destroy and restore a control plane.
#[derive(Debug)]
pub(crate) struct Restore;

impl Scenario for Restore {
    fn title(&self) -> &'static str {
        "a destroyed control plane comes back from a backup"
    }

    fn needs(&self) -> State {
        State::Delivered
    }

    fn leaves(&self) -> State {
        State::Delivered
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let (engine, master) = (&delivery.fleet.engine, delivery.master()?);
        let file = delivery.folder().join("site.backup");
        let name = file.display().to_string();
        delivery.kubectl(&["create", "configmap", "before-the-backup", "--from-literal=kept=yes"])?;
        delivery.show(&["backup", "--output", &name])?;
        let mode = std::fs::metadata(&file).map_err(Error::file("look at", &file))?.permissions().mode() & 0o777;
        holds(&format!("only its owner may read the backup, found mode {mode:o}"), mode == 0o600)?;
        refuses_a_damaged_one(delivery, &file)?;
        delivery.kubectl(&["create", "configmap", "after-the-backup"])?;
        master.attempt(engine, &["sh", "-c", DESTROY])?;
        let gone = !master.attempt(engine, &["test", "-e", "/etc/kubernetes/pki"])?.success();
        holds("the control plane is destroyed", gone)?;
        let began = Instant::now();
        delivery.show(&["restore", &name, "--yes"])?;
        println!("    the API answers again {:.1?} after the restore began", began.elapsed());
        delivery.kubectl(&["get", "configmap", "before-the-backup"])?;
        let names = delivery.kubectl(&["get", "configmaps", "--output=name"])?;
        holds("what was written after the backup is gone", !names.contains("after-the-backup"))?;
        await_all_well(delivery)?;
        looks_at(delivery)?;
        println!("    nodes, pods and checks are well again {:.1?} after it began", began.elapsed());
        folders::remove(&file)?;
        delivery.kubectl(&["delete", "configmap", "before-the-backup"])?;
        proof::prove(delivery)
    }
}

fn refuses_a_damaged_one(delivery: &Delivery, whole: &Path) -> Result<()> {
    let broken = delivery.folder().join("broken.backup");
    let mut bytes = std::fs::read(whole).map_err(Error::file("read", whole))?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&broken, bytes).map_err(Error::file("write", &broken))?;
    let refused = delivery.attempt(&["restore", &broken.display().to_string(), "--yes"])?;
    let told = refused.stderr.contains("is damaged");
    holds(&format!("a damaged backup is refused, found {}", refused.stderr), !refused.success() && told)?;
    folders::remove(&broken)
}

/// The cluster is told as it is, and programs run on the hosts that were named, with their words as they were typed.
fn looks_at(delivery: &Delivery) -> Result<()> {
    let status = delivery.attempt(&["status", "--output", "json"])?;
    let told: serde_json::Value = serde_json::from_str(&status.stdout).map_err(Error::json("sealer status"))?;
    let nodes = told["nodes"].as_array().map_or(0, Vec::len);
    holds(&format!("status tells of every node, found {told}"), status.success() && nodes == delivery.hosts.len())?;
    let on_nodes = delivery.attempt(&["exec", "--roles", "node", "--", "echo", "$HOME *"])?;
    let lines = on_nodes.stdout.lines().filter(|line| line.ends_with(": $HOME *")).count();
    holds(&format!("exec reached each node, found {}", on_nodes.stdout), lines == delivery.hosts.len() - 1)?;
    let failed = delivery.attempt(&["exec", "--output", "json", "--", "test", "-e", "/etc/kubernetes/admin.conf"])?;
    let told: serde_json::Value = serde_json::from_str(&failed.stdout).map_err(Error::json("sealer exec"))?;
    let exits: Vec<_> = told.as_array().into_iter().flatten().filter_map(|it| it["exit"].as_i64()).collect();
    let right = !failed.success()
        && exits.len() == delivery.hosts.len()
        && exits[0] == 0
        && exits[1..].iter().all(|it| *it == 1);
    holds(&format!("exec tells each host's exit status, found {exits:?}"), right)
}

fn await_all_well(delivery: &Delivery) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let checked = delivery.attempt(&["check"])?;
        if checked.success() {
            return Ok(());
        }
        holds(&format!("all is well within {PATIENCE:?}, found {}", checked.stdout), Instant::now() < deadline)?;
        std::thread::sleep(Duration::from_secs(1));
    }
}
