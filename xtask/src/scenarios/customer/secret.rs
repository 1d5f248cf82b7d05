//! A secret of the customer's, which templates, a chart and a script get: it arrives where it was asked for, for root alone, and is nowhere
//! else that sealer writes, on this machine or on the hosts; nor is it in a ConfigMap.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::delivery::{CLUSTER, Delivery};
use crate::error::{Error, Result};
use crate::scenarios::expect::holds;

/// The secret.
const SECRET: &str = "planted-till-key-7f3a";
/// The same in base64, as Secrets of Kubernetes have it.
const ENCODED: &str = "cGxhbnRlZC10aWxsLWtleS03ZjNh";
/// The file that has it.
const FILE: &str = "till-key";

/// Puts the secret where the Clusterfile says that it is, and returns that path.
pub(super) fn plant(folder: &Path) -> Result<String> {
    let path = folder.join(FILE);
    std::fs::write(&path, format!("{SECRET}\n")).map_err(Error::file("write", &path))?;
    let owner = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&path, owner).map_err(Error::file("change the mode of", &path))?;
    Ok(path.display().to_string())
}

/// Delivers, and listens to what is told meanwhile.
pub(super) fn apply(delivery: &Delivery, clusterfile: &str) -> Result<()> {
    let outcome = delivery.attempt(&["apply", "--yes", "--debug", "-f", clusterfile])?;
    let told = format!("{}{}", outcome.stdout, outcome.stderr);
    holds(&format!("apply ends well: {}", told.replace(SECRET, "THE SECRET")), outcome.success())?;
    holds("apply tells no secret, though a script does", !told.contains(SECRET))?;
    holds(
        "what the script said is told without it",
        !told.contains("the key is") || told.contains("the key is <removed>"),
    )
}

/// Looks for the secret everywhere.
pub(super) fn look(delivery: &Delivery, folder: &str) -> Result<()> {
    let rootfs = format!("{folder}/{CLUSTER}/rootfs");
    let asked = [format!("{rootfs}/application/apps/cache/till.yaml"), format!("{rootfs}/etc/till.conf")];
    for host in &delivery.hosts {
        let engine = &delivery.fleet.engine;
        let found = host.attempt(engine, &["sh", "-c", &search(folder)])?.stdout;
        let mut files: Vec<&str> = found.lines().collect();
        files.sort_unstable();
        holds(&format!("the secret is in {asked:?} on {} and nowhere else: {files:?}", host.name), files == asked)?;
        let modes = host.run(engine, &["stat", "-c", "%a", &asked[0], &asked[1]])?;
        holds(&format!("these are root's alone on {}, not {modes:?}", host.name), modes.trim() == "600\n600")?;
    }
    let there = delivery.kubectl(&["get", "secret", "till", "-o", "jsonpath={.data.key}"])?;
    holds(&format!("the script got the secret: {}", there.len()), there.trim() == ENCODED)?;
    let maps = delivery.kubectl(&["get", "configmaps", "-A", "-o", "yaml"])?;
    holds("no ConfigMap has it", !maps.contains(SECRET) && !maps.contains(ENCODED))?;
    let path = delivery.journal().with_file_name("cluster.json");
    let state = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    holds("the state says where the secret comes from", state.contains("TILL_KEY") && state.contains(FILE))?;
    on_this_machine(delivery.folder())
}

/// All that sealer writes, and logs of the host; what containers have is theirs.
fn search(folder: &str) -> String {
    format!(
        "grep -rlF -e {SECRET} -e {ENCODED} {folder} /etc/sealer /var/lib/sealer /usr/local/bin /usr/local/lib /etc/systemd \
         /etc/kubernetes /var/log /run/log /tmp /root 2>/dev/null"
    )
}

fn on_this_machine(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder).map_err(Error::file("list", folder))? {
        let path = entry.map_err(Error::file("list", folder))?.path();
        let is_link = std::fs::symlink_metadata(&path).map_err(Error::file("look at", &path))?.is_symlink();
        let skipped = path.file_name().is_some_and(|name| name == FILE || name == "images");
        if is_link || skipped {
            continue;
        }
        if path.is_dir() {
            on_this_machine(&path)?;
        } else {
            let bytes = std::fs::read(&path).map_err(Error::file("read", &path))?;
            let holds_it = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            holds(&format!("{} on this machine does not hold the secret", path.display()), !holds_it)?;
        }
    }
    Ok(())
}
