//! A cluster on docker: on the master it comes from the image, on the node it is the owner's, with a container that lives through it all.
//! Images of Docker Hub and of another domain are pulled by their own names, and afterwards both hosts are what they were.

mod owner;
mod programs;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::command::Program;
use crate::delivery::{CLUSTER, Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::hosts::host::Host;
use crate::proof;
use crate::scenarios::expect::{await_that, holds, same_lines};
use crate::scenarios::snapshot::{Snapshot, differences};
use crate::scenarios::{Scenario, State};
use owner::Owner;

/// The variant of the example that has docker.
const VARIANT: &str = "guestbook-on-docker:v1";

/// An image that no registry of the internet has, of a domain that is not Docker Hub.
const ELSEWHERE: &str = "apps.site-d.example/team/redis:7";

/// How long anything may take to become so.
const PATIENCE: Duration = Duration::from_secs(120);

/// Run a cluster on docker.
#[derive(Debug)]
pub(crate) struct DockerRuntime;

impl Scenario for DockerRuntime {
    fn title(&self) -> &'static str {
        "a cluster runs on docker, the image's or the owner's, and pulls by unmodified names"
    }

    fn needs(&self) -> State {
        State::Bare
    }

    fn leaves(&self) -> State {
        State::Bare
    }

    fn hosts(&self) -> (usize, usize) {
        (1, 1)
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let [master, node] = delivery.hosts.as_slice() else {
            return Err(Error::unmet("the scenario needs two hosts"));
        };
        let folder = delivery.folder().join("docker-runtime");
        folders::create(&folder)?;
        let example = Folders::find()?.example("kubernetes");
        build(delivery, &folder, &example)?;
        let owner = Owner::settle(&delivery.fleet.engine, node, &example, &folder)?;
        let before = Snapshot::take_all(delivery)?;
        let site = Site { delivery, folder, master, node };
        site.apply()?;
        site.every_node_runs_docker()?;
        proof::prove(delivery)?;
        site.a_name_of_another_domain_is_pulled()?;
        site.clients_pull_as_the_kubelet_does()?;
        owner.container_lives("after the delivery")?;
        site.checks_find_nothing()?;
        site.nothing_is_done_twice()?;
        delivery.delete()?;
        let after = Snapshot::take_all(delivery)?;
        let left = differences(&delivery.hosts[..1], &before[..1], &after[..1]);
        holds(&format!("the master is as before: {}", left.join("\n")), left.is_empty())?;
        owner.container_lives("after delete")?;
        owner.finds_everything()?;
        println!(
            "    after delete, the master is as before, and the owner's docker, its settings and its container are there"
        );
        owner.leave()
    }
}

/// The example with docker's programs beside containerd's, and an image of another domain. What it is labelled with stays containerd.
fn build(delivery: &Delivery, folder: &Path, example: &Path) -> Result<()> {
    let context = folder.join("context");
    folders::remove(&context)?;
    programs::place(&context.join("cri"), &example.join("parts/cri"))?;
    let redis = example.with_file_name("guestbook").join("parts/images/redis");
    Program::new("cp").argument("--recursive").argument(redis).argument(context.join("redis")).output()?;
    folders::write(&context.join("imageList"), format!("{ELSEWHERE} oci:redis\n"))?;
    let kubefile = format!("FROM {IMAGE}\nCOPY cri cri\nCOPY imageList manifests/imageList\n");
    folders::write(&context.join("Kubefile"), kubefile)?;
    delivery.show(&["build", "--tag", VARIANT, &context.display().to_string()])
}

struct Site<'a> {
    delivery: &'a Delivery,
    folder: PathBuf,
    master: &'a Host,
    node: &'a Host,
}

impl Site<'_> {
    fn on(&self, host: &Host, command: &[&str]) -> Result<String> {
        host.run(&self.delivery.fleet.engine, command)
    }

    fn arguments(&self) -> Result<[String; 4]> {
        let (file, password) = (self.folder.join("Clusterfile"), self.folder.join("password"));
        folders::write(&password, "correct-horse-battery")?;
        folders::set_mode(&password, 0o600)?;
        let (master, node) = (&self.master.address, &self.node.address);
        let text = format!(
            "apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {{name: {CLUSTER}}}\nspec:\n  image: {VARIANT}\n  \
             containerRuntime: {{type: docker}}\n  ssh: {{user: root, passwdFrom: {{env: SEALER_PASSWD}}}}\n  \
             registry:\n    localRegistry: {{username: ann, passwordFrom: {{file: {}}}}}\n  hosts:\n    \
             - {{ips: [{master}], roles: [master]}}\n    - {{ips: [{node}], roles: [node]}}\n",
            password.display()
        );
        folders::write(&file, text)?;
        Ok(["apply", "--yes", "-f", &file.display().to_string()].map(str::to_owned))
    }

    fn apply(&self) -> Result<()> {
        self.delivery.show(&self.arguments()?)
    }

    fn every_node_runs_docker(&self) -> Result<()> {
        let path = "jsonpath={range .items[*]}{.status.nodeInfo.containerRuntimeVersion}{\"\\n\"}{end}";
        let found = self.delivery.kubectl(&["get", "nodes", "-o", path])?;
        let right = found.lines().count() == 2 && found.lines().all(|runtime| runtime.starts_with("docker://"));
        holds(&format!("both nodes run docker, found {found:?}"), right)?;
        println!("    both nodes run {}", found.lines().next().unwrap_or_default());
        Ok(())
    }

    /// The registry wants to know who asks, and the kubelet knows it for this domain, too.
    fn a_name_of_another_domain_is_pulled(&self) -> Result<()> {
        let node = self.on(self.node, &["hostname"])?;
        let overrides = format!(r#"{{"spec": {{"nodeName": "{}"}}}}"#, node.trim());
        let image = format!("--image={ELSEWHERE}");
        let run = ["run", "elsewhere", &image, "--image-pull-policy=Always", "--overrides", &overrides];
        self.delivery.kubectl(&run)?;
        let phase = ["get", "pod", "elsewhere", "-o", "jsonpath={.status.phase}"];
        await_that("a pod of another domain's image runs", PATIENCE, || {
            Ok(self.delivery.kubectl(&phase)? == "Running")
        })?;
        println!("    a pod of {ELSEWHERE} runs");
        self.delivery.kubectl(&["delete", "pod", "elsewhere", "--grace-period=1"]).map(drop)
    }

    /// Whoever works on a host as root pulls by the same names; one that nobody has is said to be unreachable, quickly.
    fn clients_pull_as_the_kubelet_does(&self) -> Result<()> {
        for host in [self.master, self.node] {
            self.on(host, &["docker", "pull", "--quiet", ELSEWHERE])?;
        }
        let nowhere = ["docker", "pull", "nowhere.site-d.example/a:1"];
        let outcome = self.node.attempt(&self.delivery.fleet.engine, &nowhere)?;
        let led_astray = outcome.stderr.contains("certificate") || outcome.stderr.contains("unauthorized");
        holds(
            &format!("a domain of nobody's is not led to the registry: {}", outcome.stderr),
            !outcome.success() && !led_astray,
        )
    }

    fn checks_find_nothing(&self) -> Result<()> {
        let checked = self.delivery.attempt(&["check"])?;
        holds(&format!("the cluster is well: {}{}", checked.stdout, checked.stderr), checked.success())
    }

    fn nothing_is_done_twice(&self) -> Result<()> {
        let before = proof::identity(self.delivery)?;
        let again = self.delivery.attempt(&self.arguments()?)?;
        let unchanged = again.success() && again.stdout.contains("nothing was changed");
        holds(&format!("nothing is done twice:\n{}{}", again.stdout, again.stderr), unchanged)?;
        same_lines("nodes and pods", &before, &proof::identity(self.delivery)?)
    }
}
