//! A site whose registry has users, another name and port, two hosts, and a registry with a password behind it: stock clients pull and push
//! by unmodified names, a kubelet gets an image that only the other registry has, and what the owner had said to docker is as before.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::command::Program;
use crate::delivery::{CLUSTER, Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::folders;
use crate::hosts::engine::wait;
use crate::hosts::host::Host;
use crate::scenarios::Scenario;
use crate::scenarios::docker_registry::{self, DockerRegistry};
use crate::scenarios::expect::{changed_nothing, holds};

/// How long anything may take to become so.
const PATIENCE: Duration = Duration::from_secs(120);

const DOMAIN: &str = "registry.site-b.example";
const PORT: u16 = 5001;
const FIRST_PASSWORD: &str = "correct-horse-battery";
const SECOND_PASSWORD: &str = "another-staple-entirely";

/// The domain that the images of the registry behind it are known by on the site.
const UPSTREAM: &str = "apps.site-b.example";

/// An image that every delivery brings.
const CARRIED: &str = "docker.io/library/redis:7";

/// What the owner of a host has said to docker.
const DAEMON: &str = "{ \"registry-mirrors\": [\"https://theirs.example\"],\n  \"debug\": true }\n";
const DAEMON_FILE: &str = "/etc/docker/daemon.json";

/// Use a site's registry.
#[derive(Debug)]
pub(crate) struct SiteRegistry;

impl Scenario for SiteRegistry {
    fn title(&self) -> &'static str {
        "a site registry with users, peers and an upstream serves stock clients"
    }

    fn hosts(&self) -> (usize, usize) {
        (2, 1)
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let [first, second, node] = delivery.hosts.as_slice() else {
            return Err(Error::unmet("the scenario needs three hosts"));
        };
        let folder = delivery.folder().join("site-registry");
        folders::create(&folder)?;
        let site = Site { delivery, upstream: DockerRegistry::plain(&folder, first)?, folder, first, second, node };
        site.owner_has_docker()?;
        site.apply(FIRST_PASSWORD, "authenticated")?;
        site.strangers_get_nothing()?;
        site.log_in(FIRST_PASSWORD)?;
        site.a_kubelet_pulls_what_only_the_upstream_has()?;
        site.a_push_is_on_both()?;
        site.one_that_was_away_catches_up()?;
        site.a_killed_one_comes_back()?;
        site.apply(SECOND_PASSWORD, "anonymous")?;
        site.another_password_counts()?;
        site.docker_knows_the_mirror()?;
        site.nobody_wrote_a_password_down()?;
        delivery.delete()?;
        site.the_owner_finds_everything()
    }
}

struct Site<'a> {
    delivery: &'a Delivery,
    upstream: DockerRegistry,
    folder: PathBuf,
    first: &'a Host,
    second: &'a Host,
    node: &'a Host,
}

impl Site<'_> {
    fn on(&self, host: &Host, command: &[&str]) -> Result<String> {
        host.run(&self.delivery.fleet.engine, command)
    }

    fn owner_has_docker(&self) -> Result<()> {
        let script = format!(
            "mkdir -p /etc/docker && printf '%s' '{DAEMON}' >{DAEMON_FILE} && \
             printf '#!/bin/sh\\n' >/usr/bin/docker && chmod 755 /usr/bin/docker"
        );
        self.on(self.node, &["sh", "-c", &script]).map(drop)
    }

    fn the_owner_finds_everything(&self) -> Result<()> {
        let found = self.on(self.node, &["cat", DAEMON_FILE])?;
        holds(&format!("{DAEMON_FILE} is as the owner left it, not {found:?}"), found == DAEMON)?;
        let left = "! test -e /etc/docker/certs.d && ! test -e /root/.docker && ! test -e /etc/containerd";
        self.on(self.node, &["sh", "-c", left])?;
        self.on(self.node, &["rm", "-r", "/usr/bin/docker", "/etc/docker"])?;
        println!("    after delete, what the owner said to docker is there byte for byte");
        Ok(())
    }

    fn apply(&self, password: &str, reads: &str) -> Result<()> {
        for (name, text) in [("password", password), ("upstream-password", docker_registry::PASSWORD)] {
            let path = self.folder.join(name);
            folders::write(&path, text)?;
            folders::set_mode(&path, 0o600)?;
        }
        let file = self.folder.join("Clusterfile");
        folders::write(&file, self.clusterfile(reads))?;
        let apply = ["apply", "--yes", "-f", &file.display().to_string()].map(str::to_owned);
        self.delivery.show(&apply)?;
        let again = self.delivery.attempt(&apply)?;
        changed_nothing(&again)
    }

    fn clusterfile(&self, reads: &str) -> String {
        let folder = self.folder.display();
        format!(
            r#"apiVersion: sealer.io/v2
kind: Cluster
metadata: {{name: {CLUSTER}}}
spec:
  image: {IMAGE}
  ssh: {{user: root, passwdFrom: {{env: SEALER_PASSWD}}}}
  hosts:
    - {{ips: [{first}, {second}], roles: [master]}}
    - {{ips: [{node}], roles: [node]}}
  registry:
    localRegistry:
      domain: {DOMAIN}
      port: {PORT}
      username: ann
      passwordFrom: {{file: {folder}/password}}
      reads: {reads}
      upstreams:
        - match: {upstream}
          url: http://{address}
          username: {user}
          passwordFrom: {{file: {folder}/upstream-password}}
          insecure: true
"#,
            first = self.first.address,
            second = self.second.address,
            node = self.node.address,
            upstream = UPSTREAM,
            address = self.upstream.address,
            user = docker_registry::USER,
        )
    }

    /// skopeo on this machine, which trusts the site's authority and has logged in where this scenario did.
    fn skopeo(&self, verb: &str, arguments: &[&str]) -> Program {
        let (passwords, policy) = (self.folder.join("passwords.json"), "--insecure-policy");
        let program = Program::new("skopeo").arguments([policy, verb, "--authfile"]).argument(passwords);
        program.arguments(arguments)
    }

    fn trusted(&self) -> String {
        self.folder.join("trusted").display().to_string()
    }

    fn inspect(&self, host: &Host, name: &str) -> Program {
        let (trusted, image) = (self.trusted(), format!("docker://{}:{PORT}/{name}", host.address));
        self.skopeo("inspect", &["--raw", "--cert-dir", &trusted, &image])
    }

    fn strangers_get_nothing(&self) -> Result<()> {
        folders::create(Path::new(&self.trusted()))?;
        let authority = self.on(self.first, &["cat", "/etc/containerd/certs.d/_default/ca.crt"])?;
        folders::write(&Path::new(&self.trusted()).join("ca.crt"), authority)?;
        let refused = self.inspect(self.first, CARRIED).attempt()?;
        let said = refused.stderr.contains("unauthorized") || refused.stderr.contains("authentication required");
        holds(&format!("a stranger is refused, not {}", refused.stderr), !refused.success() && said)?;
        let readable =
            self.on(self.node, &["stat", "--format", "%a", "/etc/containerd/certs.d/_default/hosts.toml"])?;
        holds("only root reads by what a host pulls", readable.trim() == "600")
    }

    fn log_in(&self, password: &str) -> Result<()> {
        for host in [self.first, self.second] {
            let (trusted, address) = (self.trusted(), format!("{}:{PORT}", host.address));
            let arguments = ["--cert-dir", &trusted, "--username", "ann", "--password-stdin", &address];
            self.skopeo("login", &arguments).input(password).output()?;
        }
        let arguments =
            ["--tls-verify=false", "--username", docker_registry::USER, "--password-stdin", &self.upstream.address];
        self.skopeo("login", &arguments).input(docker_registry::PASSWORD).output().map(drop)
    }

    /// Unencrypted is only the way to the upstream.
    fn copy(&self, from: &str, to: &str) -> Result<()> {
        let trusted = self.trusted();
        let side = |side: &str, image: &str| match image.starts_with(&self.upstream.address) {
            true => format!("--{side}-tls-verify=false"),
            false => format!("--{side}-cert-dir={trusted}"),
        };
        let (from_side, to_side) = (side("src", from), side("dest", to));
        let (from, to) = (format!("docker://{from}"), format!("docker://{to}"));
        self.skopeo("copy", &["--all", &from_side, &to_side, &from, &to]).output().map(drop)
    }

    fn at(&self, host: &Host, name: &str) -> String {
        format!("{}:{PORT}/{name}", host.address)
    }

    fn only_there(&self) -> String {
        format!("{}/team/only-here:v1", self.upstream.address)
    }

    fn a_kubelet_pulls_what_only_the_upstream_has(&self) -> Result<()> {
        self.copy(&self.at(self.first, CARRIED), &self.only_there())?;
        let image = format!("--image={}/team/only-here:v1", UPSTREAM);
        self.delivery.kubectl(&["run", "only", &image, "--restart=Never"])?;
        let phase = || self.delivery.kubectl(&["get", "pod", "only", "-o", "jsonpath={.status.phase}"]);
        holds("a pod of the upstream's image runs", wait(PATIENCE, || phase().is_ok_and(|phase| phase == "Running")))?;
        println!("    a pod runs an image that only the upstream has, by its unmodified name");
        self.delivery.kubectl(&["delete", "pod", "only", "--now"]).map(drop)
    }

    fn a_push_is_on_both(&self) -> Result<()> {
        self.copy(&self.only_there(), &self.at(self.second, "pushed/app:v1"))?;
        self.inspect(self.first, "pushed/app:v1").output()?;
        let name = format!("{DOMAIN}:{PORT}/pushed/app:v1");
        for image in [CARRIED, &name] {
            self.on(
                self.node,
                &["/usr/local/bin/ctr", "images", "pull", "--hosts-dir", "/etc/containerd/certs.d", image],
            )?;
        }
        println!("    what was pushed to one registry is on the other when that is said, and containerd pulls it");
        Ok(())
    }

    fn one_that_was_away_catches_up(&self) -> Result<()> {
        self.on(self.second, &["systemctl", "stop", "sealer-registry.service"])?;
        self.copy(&self.only_there(), &self.at(self.first, "pushed/app:v2"))?;
        self.on(self.second, &["systemctl", "start", "sealer-registry.service"])?;
        let there = || self.inspect(self.second, "pushed/app:v2").attempt().is_ok_and(|it| it.success());
        holds("a registry that was away gets what was pushed meanwhile", wait(PATIENCE, there))?;
        println!("    a registry that was away has caught up");
        Ok(())
    }

    fn a_killed_one_comes_back(&self) -> Result<()> {
        let kill = ["systemctl", "kill", "--signal=KILL", "sealer-registry.service"];
        self.on(self.first, &kill)?;
        let there = || self.inspect(self.first, "pushed/app:v2").attempt().is_ok_and(|it| it.success());
        holds("a killed registry is back", wait(PATIENCE, there))?;
        let owner = "stat -c %u /proc/$(systemctl show --property MainPID --value sealer-registry)";
        let user = self.on(self.first, &["sh", "-c", owner])?;
        holds(&format!("the registry is not root, but {user}"), !["", "0"].contains(&user.trim()))?;
        println!("    a killed registry is back; it runs as user {}", user.trim());
        Ok(())
    }

    fn another_password_counts(&self) -> Result<()> {
        let push = |name: &str| self.copy(&self.only_there(), &self.at(self.first, name));
        holds("the former password is refused", push("pushed/app:v3").is_err())?;
        self.log_in(SECOND_PASSWORD)?;
        push("pushed/app:v3")?;
        let passwords = self.folder.join("passwords.json");
        folders::remove(&passwords)?;
        self.inspect(self.second, "pushed/app:v3").output()?;
        println!("    another password counts, and now everybody may pull");
        Ok(())
    }

    fn docker_knows_the_mirror(&self) -> Result<()> {
        let text = self.on(self.node, &["cat", DAEMON_FILE])?;
        let found: serde_json::Value = serde_json::from_str(&text).map_err(Error::json(DAEMON_FILE))?;
        let mirrors = serde_json::json!([format!("https://{DOMAIN}:{PORT}"), "https://theirs.example"]);
        holds(&format!("docker has both mirrors, not {found}"), found["registry-mirrors"] == mirrors)?;
        holds("what else the owner said to docker is there", found["debug"] == true)?;
        let authority = format!("/etc/docker/certs.d/{DOMAIN}:{PORT}/ca.crt");
        self.on(self.node, &["cat", &authority]).map(drop)
    }

    fn nobody_wrote_a_password_down(&self) -> Result<()> {
        for password in [FIRST_PASSWORD, SECOND_PASSWORD, docker_registry::PASSWORD] {
            let kept = self.delivery.folder().join("clusters");
            let found = Program::new("grep").arguments(["-rl", "--", password]).argument(&kept).attempt()?;
            holds(&format!("no state holds a password, not {}", found.stdout), found.stdout.is_empty())?;
            for host in &self.delivery.hosts {
                let search = "journalctl --no-pager | grep -F -c -- \"$0\" || true";
                let found = self.on(host, &["sh", "-c", search, password])?;
                holds(&format!("no log of {} holds a password", host.name), found.trim() == "0")?;
            }
        }
        Ok(())
    }
}
