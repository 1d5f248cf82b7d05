//! Applications of a cluster that is there: compared, followed and rolled back from this machine with nothing but a kubeconfig; and an image of
//! applications alone, launched in that cluster as if somebody else had made it: with its container images in the owner's registry, first under
//! their own names, because the nodes have been told, then under those of the registry.

mod image;

use std::path::{Path, PathBuf};

use crate::command::Outcome;
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders;
use crate::scenarios::docker_registry::DockerRegistry;
use crate::scenarios::expect::{fails_and_says, holds};
use crate::scenarios::{Scenario, State};
use image::{IMAGE, NAME, build};

/// Use a cluster by its kubeconfig.
#[derive(Debug)]
pub(crate) struct Applications;

impl Scenario for Applications {
    fn title(&self) -> &'static str {
        "applications are compared, followed and removed by kubeconfig, and an image of applications alone runs on a cluster that is there"
    }

    fn needs(&self) -> State {
        State::Delivered
    }

    fn leaves(&self) -> State {
        State::Delivered
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let folder = delivery.folder().join("by-kubeconfig");
        folders::create(&folder)?;
        let user = User { delivery, kubeconfig: kubeconfig(delivery, &folder)? };
        user.sees_both_kinds()?;
        user.sees_drift()?;
        user.follows()?;
        build(delivery, &folder)?;
        let registry = DockerRegistry::plain(&folder, delivery.master()?)?;
        let site = Site { user: &user, registry: &registry.address };
        let ran = site.log_in().and_then(|()| site.under_their_own_names()).and_then(|()| site.under_other_names());
        site.forget()?;
        ran?;
        drop(registry);
        folders::remove(&folder)
    }
}

/// The administrator's kubeconfig, as it works from another machine.
fn kubeconfig(delivery: &Delivery, folder: &Path) -> Result<PathBuf> {
    let master = delivery.master()?;
    let text = master.run(&delivery.fleet.engine, &["cat", "/etc/kubernetes/admin.conf"])?;
    let text = text.replace("apiserver.cluster.local:", &format!("{}:", master.address));
    let path = folder.join("kubeconfig");
    folders::write(&path, text)?;
    folders::set_mode(&path, 0o600)?;
    Ok(path)
}

/// Somebody with a kubeconfig.
struct User<'a> {
    delivery: &'a Delivery,
    kubeconfig: PathBuf,
}

impl User<'_> {
    fn asks(&self, arguments: &[&str]) -> Result<Outcome> {
        let kubeconfig = self.kubeconfig.display().to_string();
        self.delivery.attempt(&[arguments, &["--kubeconfig", &kubeconfig]].concat())
    }

    /// What is answered to a question that ends with that code.
    fn hears(&self, arguments: &[&str], code: i32) -> Result<String> {
        let outcome = self.asks(arguments)?;
        if outcome.code != Some(code) {
            let what = arguments.join(" ");
            return Err(Error::unmet(format!(
                "{what} ends with {:?} and not {code}: {}",
                outcome.code, outcome.stderr
            )));
        }
        Ok(outcome.stdout)
    }

    fn sees_both_kinds(&self) -> Result<()> {
        let listed = self.hears(&["app", "list", "--all-namespaces"], 0)?;
        for (name, chart) in [("cache", "cache-"), ("guestbook", "manifests"), ("podnet", "manifests")] {
            let line = listed.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap_or_default();
            holds(&format!("{name} is listed as {chart}: {listed}"), line.contains(chart))?;
        }
        let status = self.hears(&["app", "status", "guestbook"], 0)?;
        holds(&format!("the guestbook is ready: {status}"), status.contains("deployed"))
    }

    fn sees_drift(&self) -> Result<()> {
        let same = self.hears(&["app", "diff", "guestbook"], 0)?;
        holds(&format!("nothing has drifted: {same}"), same == "no difference\n")?;
        self.scale(3)?;
        let drift = self.hears(&["app", "diff", "guestbook"], 4)?;
        holds(&format!("the drift is told: {drift}"), drift.contains("\n-  replicas: 3\n+  replicas: 2\n"))?;
        let refused = self.asks(&["app", "rollback", "guestbook", "1"])?;
        fails_and_says("a field of somebody else's", &refused, &["Deployment default/guestbook", ".spec.replicas"])?;
        self.hears(&["app", "rollback", "guestbook", "1", "--force-conflicts"], 0)?;
        let history = self.hears(&["app", "history", "guestbook"], 0)?;
        holds(
            &format!("the history knows it all: {history}"),
            history.contains("failed") && history.contains("Rollback to 1"),
        )?;
        println!("    a drift is told as a diff, not overwritten, and taken back");
        Ok(())
    }

    fn scale(&self, replicas: u8) -> Result<()> {
        let patch = format!(r#"{{"spec": {{"replicas": {replicas}}}}}"#);
        self.delivery.kubectl(&["patch", "deployment/guestbook", "--patch", &patch]).map(drop)
    }

    fn follows(&self) -> Result<()> {
        let told = self.hears(&["app", "logs", "guestbook", "--tail", "2", "--container", "redis"], 0)?;
        let is_prefixed =
            !told.is_empty() && told.lines().all(|line| line.starts_with("[redis-") && line.contains(" redis] "));
        holds(&format!("redis says something, and every line says whose it is: {told}"), is_prefixed)
    }
}

/// The owner's registry, and what the nodes know of it.
struct Site<'a> {
    user: &'a User<'a>,
    registry: &'a str,
}

/// `engineer` and the password of the scenarios' registry, for nodes and for this machine.
const WHO: &str = "ZW5naW5lZXI6czNjcmV0";
const CERTS: &str = "/etc/containerd/certs.d";

impl Site<'_> {
    fn log_in(&self) -> Result<()> {
        let text = format!(r#"{{"auths": {{"{}": {{"auth": "{WHO}"}}}}}}"#, self.registry);
        let path = self.user.delivery.folder().join("auth.json");
        folders::write(&path, text)?;
        folders::set_mode(&path, 0o600)
    }

    /// Tells every node where images of a name in front are.
    fn tell(&self, domain: &str, place: &str, more: &str) -> Result<()> {
        let text = format!(
            "[host.\"{place}\"]\n  capabilities = [\"pull\", \"resolve\"]\n{more}  [host.\"{place}\".header]\n    \
             authorization = [\"Basic {WHO}\"]\n"
        );
        let script = format!("mkdir -p '{CERTS}/{domain}' && printf '%s' '{text}' >'{CERTS}/{domain}/hosts.toml'");
        self.on_each(&script)
    }

    fn on_each(&self, script: &str) -> Result<()> {
        let delivery = self.user.delivery;
        delivery.hosts.iter().try_for_each(|host| host.run(&delivery.fleet.engine, &["sh", "-c", script]).map(drop))
    }

    fn run(&self, more: &[&str]) -> Result<Outcome> {
        let registry = format!("{}/site", self.registry);
        let wanted = ["run", IMAGE, "--registry", &registry, "--insecure-registry", self.registry];
        self.user.asks(&[&wanted, more].concat())
    }

    fn under_their_own_names(&self) -> Result<()> {
        self.tell("docker.io", &format!("http://{}/v2/site/docker.io", self.registry), "  override_path = true\n")?;
        let outcome = self.run(&[])?;
        holds(&format!("the image is launched: {}", outcome.stderr), outcome.success())?;
        let says =
            outcome.stderr.contains("image names stay as they are") && outcome.stderr.contains("/v2/site/docker.io");
        holds(&format!("what nodes have to know is told: {}", outcome.stderr), says)?;
        self.runs_as(NAME)?;
        let told = self.user.hears(&["app", "logs", "hello"], 0)?;
        holds(&format!("hello says hello: {told}"), told.contains(" web] hello from the site"))?;
        println!("    two applications run with images from the owner's registry under their own names");
        self.leaves()
    }

    /// Nodes know how to reach the registry itself, as whoever has one has told them.
    fn under_other_names(&self) -> Result<()> {
        self.on_each(&format!("rm -rf '{CERTS}/docker.io'; crictl rmi '{NAME}' >/dev/null 2>&1 || true"))?;
        self.tell(self.registry, &format!("http://{}", self.registry), "")?;
        let outcome = self.run(&["--rewrite-images"])?;
        holds(&format!("the image is launched: {}", outcome.stderr), outcome.success())?;
        self.runs_as(&format!("{}/site/{NAME}", self.registry))?;
        let again = self.run(&["--rewrite-images"])?;
        holds(&format!("the same again is no failure: {}", again.stderr), again.success())?;
        let history = self.user.hears(&["app", "history", "hello"], 0)?;
        holds(&format!("and no new revision: {history}"), history.lines().count() == 2)?;
        println!("    and under the registry's own, as is said");
        self.leaves()
    }

    /// Both are there, with their images called so.
    fn runs_as(&self, name: &str) -> Result<()> {
        let delivery = self.user.delivery;
        for deployment in ["hello", "stock"] {
            let deployment = format!("deployment/{deployment}");
            delivery.kubectl(&["rollout", "status", &deployment, "--timeout=180s"])?;
            let image = "jsonpath={.spec.template.spec.containers[0].image}";
            let found = delivery.kubectl(&["get", &deployment, "-o", image])?;
            holds(&format!("the image of {deployment} is called {name}, not {found}"), found == name)?;
        }
        Ok(())
    }

    fn leaves(&self) -> Result<()> {
        for name in ["hello", "stock"] {
            self.user.hears(&["app", "uninstall", name, "--wait"], 0)?;
        }
        let left = self.user.delivery.kubectl(&["get", "deployments", "-o", "name"])?;
        holds(&format!("both are gone: {left}"), !left.contains("hello") && !left.contains("stock"))
    }

    fn forget(&self) -> Result<()> {
        folders::remove(&self.user.delivery.folder().join("auth.json"))?;
        self.on_each(&format!("rm -rf '{CERTS}/docker.io' '{CERTS}/{}'", self.registry))
    }
}
