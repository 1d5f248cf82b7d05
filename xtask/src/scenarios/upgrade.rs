//! A cluster goes on to the next version of Kubernetes and back: the deliverer is killed in the middle, the same command completes it, and
//! what the cluster knew before it knows afterwards. Both versions are built from the same source, so that the code is the same and the
//! way between them is real. An application writes all the while, and all that it acknowledged is there at the end.

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::folders::Folders;
use crate::parts::{self, KUBERNETES_VERSION};
use crate::proof;
use crate::scenarios::expect::holds;
use crate::scenarios::interrupted::kill_in_step;
use crate::scenarios::load::{nothing_is_lost, write_to_ledger};
use crate::scenarios::{Scenario, State};

/// The version to go on to.
pub(super) const NEXT_VERSION: &str = "v1.20.3";

/// The application on top of it.
pub(super) const NEXT_IMAGE: &str = "guestbook:v2";

/// The step in which the deliverer is killed.
const KILLED_IN: &str = "upgrade-node";

/// Upgrade a cluster and roll it back.
#[derive(Debug)]
pub(crate) struct Upgrade;

impl Scenario for Upgrade {
    fn title(&self) -> &'static str {
        "a cluster is upgraded and rolled back, the deliverer killed in the middle"
    }

    fn needs(&self) -> State {
        State::Delivered
    }

    fn leaves(&self) -> State {
        State::Delivered
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        build(delivery)?;
        delivery.kubectl(&["create", "configmap", "written-before", "--from-literal=by=v1"])?;
        let writing = write_to_ledger(delivery)?;
        kill_in_step(delivery, &["upgrade", NEXT_IMAGE, "--yes"], KILLED_IN)?;
        delivery.show(&["upgrade", NEXT_IMAGE, "--yes"])?;
        runs(delivery, NEXT_VERSION)?;
        let again = delivery.attempt(&["upgrade", NEXT_IMAGE, "--yes"])?;
        holds("nothing is upgraded twice", again.success() && again.stdout.contains("nothing was changed"))?;
        let snapshots = "ls /var/lib/sealer/data/*/snapshots/*.db";
        delivery.master()?.run(&delivery.fleet.engine, &["sh", "-c", snapshots])?;
        delivery.show(&["rollback", "--yes"])?;
        runs(delivery, KUBERNETES_VERSION)?;
        nothing_is_lost(delivery, writing)?;
        let again = delivery.attempt(&delivery.run_arguments(IMAGE))?;
        let whole = again.success() && again.stdout.contains("nothing was changed");
        holds(&format!("what was rolled back is whole, said {}{}", again.stdout, again.stderr), whole)?;
        certificates(delivery)
    }
}

/// Both images of the next version.
pub(super) fn build(delivery: &Delivery) -> Result<()> {
    build_version(delivery, NEXT_VERSION, NEXT_IMAGE)
}

/// The base image of a version, and the application's image on top of it.
pub(super) fn build_version(delivery: &Delivery, version: &str, image: &str) -> Result<()> {
    let examples = parts::ensure(&Folders::find()?, version)?;
    let base = format!("kubernetes:{version}");
    for (name, example) in [(base.as_str(), "kubernetes"), (image, "guestbook")] {
        delivery.show(&["build", "-t", name, &examples.join(example).display().to_string()])?;
    }
    Ok(())
}

/// Further names for the API and a renewal: no certificate is as it was, no pod of the application is another.
fn certificates(delivery: &Delivery) -> Result<()> {
    let before = ends(delivery)?;
    delivery.show(&["cert", "--alt-names", "api.site.example,192.0.2.77"])?;
    // kubectl refuses a certificate that is not good for the name
    delivery.kubectl(&["--tls-server-name", "api.site.example", "get", "--raw", "/version"])?;
    delivery.show(&["cert", "renew"])?;
    let after = ends(delivery)?;
    for (path, end) in before.iter().filter(|(path, _)| path.contains("/pki/") && !path.contains("ca.crt")) {
        let renewed = after.iter().any(|(other, later)| other == path && later > end);
        holds(&format!("{path}, which ended {end}, is renewed"), renewed || path.contains("kubelet"))?;
    }
    proof::prove(delivery)
}

/// The certificates of the first master with their ends.
fn ends(delivery: &Delivery) -> Result<Vec<(String, String)>> {
    let listed = delivery.attempt(&["cert", "check", "--output", "json"])?;
    holds(&format!("no certificate ends soon, said {}{}", listed.stdout, listed.stderr), listed.success())?;
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).map_err(Error::json("sealer cert check"))?;
    let text = |it: &serde_json::Value, name: &str| it[name].as_str().unwrap_or_default().to_owned();
    let master = &delivery.master()?.address;
    let of_master = listed["certificates"].as_array().into_iter().flatten().filter(|it| it["host"] == master.as_str());
    Ok(of_master.map(|it| (text(it, "path"), text(it, "ends"))).collect())
}

/// Every node and the API run that version, the page works, and what was written before is there.
pub(super) fn runs(delivery: &Delivery, version: &str) -> Result<()> {
    let kubelets =
        "jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion}{\" \"}{.spec.unschedulable}{\"\\n\"}{end}";
    let kubelets = delivery.kubectl(&["get", "nodes", "-o", kubelets])?;
    let right = kubelets.lines().all(|line| line.trim() == version) && kubelets.lines().count() == delivery.hosts.len();
    holds(&format!("every node runs {version} and lets pods in, found {kubelets:?}"), right)?;
    let server = delivery.kubectl(&["version", "-o", "json"])?;
    let server: serde_json::Value = serde_json::from_str(&server).map_err(Error::json("kubectl version"))?;
    let found = server["serverVersion"]["gitVersion"].as_str().unwrap_or_default().to_owned();
    holds(&format!("the API runs {version}, found {found}"), found == version)?;
    delivery.kubectl(&["get", "configmap", "written-before"])?;
    proof::prove(delivery)
}
