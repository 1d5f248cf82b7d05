//! A site that has a registry already, Debian's docker-registry with TLS and users: container images are pushed there, kubelets pull them from
//! there by their unmodified names, and the cluster's own registry has only the rootfs.

use std::path::PathBuf;
use std::time::Duration;

use crate::command::Program;
use crate::delivery::{CLUSTER, Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::folders;
use crate::hosts::engine::wait;
use crate::scenarios::Scenario;
use crate::scenarios::docker_registry::{self, DockerRegistry};
use crate::scenarios::expect::{changed_nothing, holds};

/// How long anything may take to become so.
const PATIENCE: Duration = Duration::from_secs(120);

/// An image that every delivery brings, and where it is kept.
const CARRIED: &str = "docker.io/library/redis:7";
const KEPT: &str = "site-c/docker.io/library/redis";

/// Use a registry of the site's own.
#[derive(Debug)]
pub(crate) struct ExternalRegistry;

impl Scenario for ExternalRegistry {
    fn title(&self) -> &'static str {
        "an external registry gets the container images and kubelets pull them from there"
    }

    fn hosts(&self) -> (usize, usize) {
        (1, 1)
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let folder = delivery.folder().join("external-registry");
        folders::create(&folder)?;
        let registry = DockerRegistry::secured(&folder, delivery.master()?)?;
        let mut site = Site { delivery, registry, folder };
        site.an_interrupted_delivery_is_resumed_with_its_password()?;
        site.nothing_is_pushed_twice()?;
        site.hosts_have_the_rootfs_alone()?;
        site.registry.know_only(docker_registry::USER)?;
        site.a_kubelet_pulls("first", docker_registry::USER)?;
        site.a_plan_finds_the_password()?;
        site.registry.know_only(docker_registry::OTHER_USER)?;
        site.another_user_counts()?;
        site.a_kubelet_pulls("second", docker_registry::OTHER_USER)?;
        site.another_port_of_the_own_registry_counts()?;
        site.nobody_wrote_a_password_down()?;
        delivery.delete()?;
        delivery.master()?.run(&delivery.fleet.engine, &["sh", "-c", "! test -e /etc/containerd"]).map(drop)
    }
}

struct Site<'a> {
    delivery: &'a Delivery,
    registry: DockerRegistry,
    folder: PathBuf,
}

impl Site<'_> {
    fn write(&self, user: &str, password: &str, port: u16) -> Result<String> {
        let secret = self.folder.join("password");
        folders::write(&secret, password)?;
        folders::set_mode(&secret, 0o600)?;
        let file = self.folder.join("Clusterfile");
        folders::write(&file, self.clusterfile(user, port)?)?;
        Ok(file.display().to_string())
    }

    fn apply(&self, user: &str, password: &str, port: u16) -> Result<()> {
        let file = self.write(user, password, port)?;
        let apply = ["apply", "--yes", "-f", &file].map(str::to_owned);
        self.delivery.show(&apply)?;
        let again = self.delivery.attempt(&apply)?;
        changed_nothing(&again)
    }

    fn clusterfile(&self, user: &str, own_port: u16) -> Result<String> {
        let folder = self.folder.display();
        let [master, node] = self.delivery.hosts.as_slice() else {
            return Err(Error::unmet("the scenario needs two hosts"));
        };
        let (domain, port) = self.registry.address.rsplit_once(':').unwrap_or((&self.registry.address, "443"));
        Ok(format!(
            r#"apiVersion: sealer.io/v2
kind: Cluster
metadata: {{name: {CLUSTER}}}
spec:
  image: {IMAGE}
  ssh: {{user: root, passwdFrom: {{env: SEALER_PASSWD}}}}
  hosts:
    - {{ips: [{master}], roles: [master]}}
    - {{ips: [{node}], roles: [node]}}
  registry:
    localRegistry: {{port: {own_port}}}
    externalRegistry:
      domain: {domain}
      port: {port}
      path: site-c
      username: {user}
      passwordFrom: {{file: {folder}/password}}
      caFile: {certificate}
"#,
            master = master.address,
            node = node.address,
            certificate = self.registry.certificate.display(),
        ))
    }

    /// The registry refuses whoever has the password wrong; with the right one in the same file, `resume` needs no Clusterfile.
    fn an_interrupted_delivery_is_resumed_with_its_password(&self) -> Result<()> {
        let file = self.write(docker_registry::USER, "not-the-password", 5000)?;
        let refused = self.delivery.attempt(&["apply", "--yes", "-f", &file])?;
        let says = refused.stderr.contains(&self.registry.address) && refused.stderr.contains("does not let us in");
        holds(&format!("a wrong password is told, not {}", refused.stderr), !refused.success() && says)?;
        self.write(docker_registry::USER, docker_registry::PASSWORD, 5000)?;
        self.delivery.show(&["resume"])?;
        println!("    resume has found the password where the Clusterfile had said that it is");
        Ok(())
    }

    fn nothing_is_pushed_twice(&self) -> Result<()> {
        let pushed = self.registry.requests(&["\"PUT /v2/"])?;
        holds("images were pushed", pushed > 0)?;
        self.apply(docker_registry::USER, docker_registry::PASSWORD, 5000)?;
        holds("nothing is pushed twice", self.registry.requests(&["\"PUT /v2/"])? == pushed)
    }

    fn hosts_have_the_rootfs_alone(&self) -> Result<()> {
        let image = format!("docker://{}/{KEPT}:7", self.registry.address);
        let login = format!("{}:{}", docker_registry::USER, docker_registry::PASSWORD);
        let trusted = self.folder.join("trusted");
        folders::create(&trusted)?;
        folders::write(&trusted.join("ca.crt"), folders::read(&self.registry.certificate)?)?;
        let program = Program::new("skopeo").arguments(["inspect", "--creds", &login, "--cert-dir"]);
        let inspected = program.argument(&trusted).argument(&image).output()?;
        let inspected: serde_json::Value = serde_json::from_str(&inspected).map_err(Error::json("skopeo inspect"))?;
        let layer = inspected["Layers"][0].as_str().unwrap_or_default().replace(':', "/");
        let blob = format!("! test -e /var/lib/sealer/registry/blobs/{layer}");
        self.delivery.master()?.run(&self.delivery.fleet.engine, &["sh", "-c", &blob])?;
        println!("    {KEPT} is at the site's own registry, and its layers are on no host's");
        Ok(())
    }

    /// A pull that has to ask the registry, whatever the host has, as the only user that it knows.
    fn a_kubelet_pulls(&self, pod: &str, user: &str) -> Result<()> {
        let manifests = format!(" /v2/{KEPT}/manifests/7");
        let asked = || self.registry.requests(&[&manifests, "\" 200 ", "containerd"]);
        let before = asked()?;
        let image = format!("--image={CARRIED}");
        self.delivery.kubectl(&["run", pod, &image, "--restart=Never", "--image-pull-policy=Always"])?;
        let phase = || self.delivery.kubectl(&["get", "pod", pod, "-o", "jsonpath={.status.phase}"]);
        holds("a pod runs by an unmodified name", wait(PATIENCE, || phase().is_ok_and(|phase| phase == "Running")))?;
        holds("its kubelet has asked the site's registry, and was let in", asked()? > before)?;
        println!("    a pod runs {CARRIED}, which its host got as {user} from {}", self.registry.address);
        self.delivery.kubectl(&["delete", "pod", pod, "--now"]).map(drop)
    }

    fn a_plan_finds_the_password(&self) -> Result<()> {
        let file = self.write(docker_registry::USER, docker_registry::PASSWORD, 5000)?;
        let planned = self.delivery.attempt(&["plan", "-f", &file, "--output", "json"])?;
        holds(&format!("a plan is made, not {}", planned.stderr), planned.success())?;
        let plan = self.folder.join("plan.json");
        folders::write(&plan, &planned.stdout)?;
        self.delivery.show(&["apply", &plan.display().to_string()])
    }

    fn another_user_counts(&self) -> Result<()> {
        self.apply(docker_registry::OTHER_USER, docker_registry::OTHER_PASSWORD, 5000)
    }

    fn another_port_of_the_own_registry_counts(&self) -> Result<()> {
        self.apply(docker_registry::OTHER_USER, docker_registry::OTHER_PASSWORD, 5001)?;
        for host in &self.delivery.hosts {
            let only_there = "(exec 3<>/dev/tcp/127.0.0.1/5001) && ! (exec 3<>/dev/tcp/127.0.0.1/5000)";
            host.run(&self.delivery.fleet.engine, &["bash", "-c", only_there])?;
        }
        println!("    the cluster's own registry and its balancers listen on another port");
        Ok(())
    }

    fn nobody_wrote_a_password_down(&self) -> Result<()> {
        for password in [docker_registry::PASSWORD, docker_registry::OTHER_PASSWORD] {
            let kept = ["clusters", "plans"].map(|name| self.delivery.folder().join(name));
            let found = Program::new("grep").arguments(["-rl", "--", password]).arguments(&kept).attempt()?;
            holds(&format!("no state holds a password, not {}", found.stdout), found.stdout.is_empty())?;
            for host in &self.delivery.hosts {
                let search = "journalctl --no-pager | grep -F -c -- \"$0\" || true";
                let found = host.run(&self.delivery.fleet.engine, &["sh", "-c", search, password])?;
                holds(&format!("no log of {} holds a password", host.name), found.trim() == "0")?;
            }
        }
        Ok(())
    }
}
