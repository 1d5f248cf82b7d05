//! A cluster that is set up as the Go sealer does it, step by step and by hand, and then taken over: its rootfs with its scripts on every
//! host, its registry as a container at sea.hub:5000, kubeadm, and its Clusterfile in the cluster. A node joins, one leaves, and all goes.

use crate::command::Program;
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::hosts::host::Host;
use crate::scenarios::Scenario;
use crate::scenarios::expect::{await_that, holds};
use std::path::PathBuf;
use std::time::Duration;

/// The cluster's name, and where the Go sealer has its rootfs on every host.
const NAME: &str = "old-site";
const ROOTFS: &str = "/var/lib/sealer/data/old-site/rootfs";

/// How long nodes and pods may take to be ready.
const PATIENCE: Duration = Duration::from_secs(120);

/// Take a cluster over.
#[derive(Debug)]
pub(crate) struct GoSealer;

impl Scenario for GoSealer {
    fn title(&self) -> &'static str {
        "a cluster that the Go sealer made is taken over"
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let [master, worker, joining] = delivery.hosts.as_slice() else {
            return Err(Error::unmet("the scenario needs three hosts"));
        };
        let site = Site { delivery, folders: Folders::find()? };
        site.make(master, worker)?;
        println!("    a master and a worker are set up as the Go sealer does it");
        delivery.show(&["adopt", &master.address])?;
        site.looks(2)?;
        delivery.show(&["scale-up", "--cluster-name", NAME, "--nodes", &joining.address])?;
        site.looks(3)?;
        site.runs_proxy_on(joining)?;
        let again = delivery.attempt(&["scale-up", "--cluster-name", NAME, "--nodes", &joining.address])?;
        holds("the same again changes nothing", again.success() && again.stdout.contains("nothing was changed"))?;
        refuses(delivery)?;
        delivery.show(&["delete", "--cluster-name", NAME, "--nodes", &worker.address, "--yes"])?;
        site.looks(2)?;
        site.is_bare(worker)?;
        delivery.show(&["delete", "--cluster-name", NAME, "--all", "--yes"])?;
        site.is_bare(master)?;
        site.is_bare(joining)?;
        println!("    the hosts are clean, and root's own kubeconfig is still there");
        Ok(())
    }
}

/// What would put our way of installing over the other's.
fn refuses(delivery: &Delivery) -> Result<()> {
    let alias = ["host-alias", "--cluster-name", NAME, "--ip", "192.0.2.1", "--hostnames", "ntp.example"];
    let refused = delivery.attempt(&alias)?;
    let told = refused.stderr.contains("made by the Go sealer");
    holds(&format!("what needs our own installation is refused, said {}", refused.stderr), !refused.success() && told)
}

struct Site<'a> {
    delivery: &'a Delivery,
    folders: Folders,
}

impl Site<'_> {
    fn make(&self, master: &Host, worker: &Host) -> Result<()> {
        let rootfs = self.rootfs(master)?;
        for host in [master, worker] {
            self.shell(host, &format!("mkdir -p {ROOTFS}"))?;
            self.delivery
                .fleet
                .engine
                .docker(&["cp"])
                .argument(format!("{}/.", rootfs.display()))
                .argument(format!("{}:{ROOTFS}", host.name))
                .output()?;
            self.shell(
                host,
                &format!("cat >>/etc/hosts <<END\n{0} sea.hub\n{0} apiserver.cluster.local\nEND", master.address),
            )?;
            self.trust(host)?;
            self.shell(host, &format!("cd {ROOTFS}/scripts && bash containerd.sh && bash init-kube.sh"))?;
        }
        self.shell(master, &format!("bash {ROOTFS}/scripts/init-registry.sh 5000 {ROOTFS}/registry sea.hub"))?;
        self.push_images(master)?;
        let config = "/etc/kubernetes/kubeadm.yaml";
        self.shell(master, &format!("mkdir -p /etc/kubernetes && cp {ROOTFS}/etc/kubeadm.yml {config}"))?;
        self.shell(master, &format!("kubeadm init --config {config} --skip-phases=preflight,addon/coredns"))?;
        self.shell(master, "mkdir -p /root/.kube && cp /etc/kubernetes/admin.conf /root/.kube/config")?;
        let join = self.shell(master, "kubeadm token create --print-join-command")?;
        self.shell(worker, &format!("{} --skip-phases=preflight", join.trim()))?;
        self.save_clusterfile(master, worker)?;
        folders::remove(&rootfs)
    }

    /// The rootfs as its image has it: programs, scripts, configuration, the registry's own image, its certificate.
    fn rootfs(&self, master: &Host) -> Result<PathBuf> {
        let rootfs = self.delivery.folder().join("go-rootfs");
        folders::remove(&rootfs)?;
        let registry = rootfs.join("images/registry");
        for folder in [&rootfs.join("certs"), &registry.join("usr/bin")] {
            folders::create(folder)?;
        }
        let parts = self.folders.example("kubernetes").join("parts");
        let own = self.folders.repository.join("xtask/src/scenarios/go_sealer/rootfs/.");
        for part in [parts.join("bin"), parts.join("cri"), parts.join("cni"), own] {
            Program::new("cp").argument("--recursive").argument(&part).argument(&rootfs).output()?;
        }
        let copy = Program::new("cp").arguments(["--dereference", "--parents", "/usr/bin/docker-registry"]);
        copy.arguments(["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"])
            .argument(&registry)
            .output()?;
        for folder in ["registry", "certs", "configuration", "etc"] {
            folders::create(&registry.join(folder))?;
        }
        let names = format!("subjectAltName=DNS:sea.hub,IP:{},IP:127.0.0.1", master.address);
        let certs = rootfs.join("certs");
        let make =
            ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "36500", "-subj", "/CN=registry-ca", "-addext"];
        let make = Program::new("openssl").arguments(make).argument(names).argument("-keyout");
        make.argument(certs.join("sea.hub.key")).argument("-out").argument(certs.join("sea.hub.crt")).output()?;
        Ok(rootfs)
    }

    /// As the Go sealer configures containerd for its registry.
    fn trust(&self, host: &Host) -> Result<()> {
        let folder = "/etc/containerd/certs.d/sea.hub:5000";
        let toml = format!(
            "server = \"https://sea.hub:5000\"\n[host.\"https://sea.hub:5000\"]\n  capabilities = [\"pull\", \"resolve\"]\n  ca = \"{folder}/sea.hub.crt\""
        );
        let text = format!(
            "mkdir -p {folder} && cp {ROOTFS}/certs/sea.hub.crt {folder}/ && cat >{folder}/hosts.toml <<'END'\n{toml}\nEND"
        );
        self.shell(host, &text).map(drop)
    }

    /// Into the registry under names without their domains.
    fn push_images(&self, master: &Host) -> Result<()> {
        let example = self.folders.example("kubernetes");
        for line in folders::read(&example.join("imageList"))?.lines().filter(|line| line.starts_with("k8s.gcr.io/")) {
            let mut words = line.split_whitespace();
            let (Some(name), Some(source)) = (words.next(), words.next()) else { continue };
            let (kind, path) = source.split_once(':').unwrap_or(("oci", source));
            let target = format!("docker://{}:5000/{}", master.address, name.trim_start_matches("k8s.gcr.io/"));
            let copy =
                Program::new("skopeo").arguments(["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"]);
            copy.argument(format!("{kind}:{}", example.join(path).display())).argument(target).output()?;
        }
        Ok(())
    }

    /// The Clusterfile as the Go sealer leaves it in the cluster, with the password that it fills in.
    fn save_clusterfile(&self, master: &Host, worker: &Host) -> Result<()> {
        let text = format!(
            "apiVersion: sealer.io/v2\nkind: Cluster\nmetadata:\n  creationTimestamp: null\n  name: {NAME}\nspec:\n  \
             containerRuntime:\n    type: containerd\n  dataRoot: /var/lib/sealer/data\n  env:\n  - SvcCIDR=10.96.0.0/22\n  \
             - RegistryURL=sea.hub:5000\n  hosts:\n  - ips: [{}]\n    roles: [master]\n    ssh: {{user: root, passwd: hunter2, port: \"22\"}}\n  \
             - ips: [{}]\n    roles: [node]\n    ssh: {{user: root, passwd: hunter2, port: \"22\"}}\n  \
             image: docker.io/sealerio/kubernetes:v1.20.2\n  registry:\n    localRegistry: {{domain: sea.hub, port: 5000, ha: true}}\n  \
             ssh: {{user: root, passwd: hunter2, port: \"22\"}}\nstatus: {{}}\n---\napiVersion: Application\nkind: sealer.io/v2\nspec: {{}}\n",
            master.address, worker.address
        );
        self.shell(master, &format!("cat >/tmp/Clusterfile <<'END'\n{text}\nEND"))?;
        let create = "kubectl --kubeconfig /etc/kubernetes/admin.conf --cache-dir /tmp/kubectl --namespace kube-system create configmap \
                      sealer-clusterfile --from-file=Clusterfile=/tmp/Clusterfile && rm /tmp/Clusterfile";
        self.shell(master, create).map(drop)
    }

    /// The nodes are as many, all ready, and neither the registry nor the API fails anybody.
    fn looks(&self, nodes: usize) -> Result<()> {
        let ready = || -> Result<bool> {
            let status = self.delivery.attempt(&["status", NAME, "--output", "json"])?;
            let told: serde_json::Value = serde_json::from_str(&status.stdout).unwrap_or_default();
            Ok(status.success() && told["nodes"].as_array().map_or(0, Vec::len) == nodes)
        };
        await_that(&format!("{nodes} nodes are ready"), PATIENCE, ready)?;
        let checked = self.delivery.attempt(&["check", "--cluster-name", NAME, "--output", "json"])?;
        let found: serde_json::Value = serde_json::from_str(&checked.stdout).map_err(Error::json("sealer check"))?;
        let told: Vec<&str> = found.as_array().into_iter().flatten().filter_map(|it| it["id"].as_str()).collect();
        let bad = ["registry", "service-network", "host-unreachable", "api-silent", "node-not-ready"];
        let bad: Vec<&&str> = told.iter().filter(|id| bad.contains(id)).collect();
        holds(&format!("nothing of the site is broken, found {}", checked.stdout), bad.is_empty())?;
        let kept = folders::read(&self.delivery.folder().join(format!("clusters/{NAME}/cluster.json")))?;
        holds("no password of the Clusterfile is kept", !kept.contains("hunter2"))?;
        println!("    status and check: {nodes} nodes are ready");
        Ok(())
    }

    /// Its image came from the cluster's registry, through the balancer on the node.
    fn runs_proxy_on(&self, host: &Host) -> Result<()> {
        let field = format!("--field-selector=spec.nodeName={}", host.name);
        let phase = "--output=jsonpath={.items[*].status.phase}";
        let master = self.delivery.master()?;
        let ask = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "--cache-dir=/tmp/kubectl", "get", "pods"];
        let ask = [&ask[..], &["--namespace=kube-system", &field, phase]].concat();
        await_that(&format!("kube-proxy runs on {}", host.name), PATIENCE, || {
            Ok(master.run(&self.delivery.fleet.engine, &ask)?.trim() == "Running")
        })
    }

    fn is_bare(&self, host: &Host) -> Result<()> {
        let engine = &self.delivery.fleet.engine;
        let gone = ["/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd", "/usr/bin/kubelet", "/usr/bin/containerd"];
        for path in gone.into_iter().chain([ROOTFS, "/etc/containerd", "/var/lib/sealer/ledger.json"]) {
            let there = host.attempt(engine, &["test", "-e", path])?.success();
            holds(&format!("{path} is gone from {}", host.name), !there)?;
        }
        let hosts = host.run(engine, &["cat", "/etc/hosts"])?;
        let named = hosts.contains("sea.hub") || hosts.contains("apiserver.cluster.local");
        holds(&format!("/etc/hosts of {} has no name of the cluster, found {hosts}", host.name), !named)?;
        let is_master = host.name == self.delivery.master()?.name;
        let config = host.attempt(engine, &["test", "-e", "/root/.kube/config"])?.success();
        holds(&format!("root's kubeconfig stays on {}", host.name), config == is_master)
    }

    /// As somebody logged in on the host would do it.
    fn shell(&self, host: &Host, text: &str) -> Result<String> {
        host.run(&self.delivery.fleet.engine, &["bash", "-euc", text])
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_script_that_the_go_sealer_calls_is_there() {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenarios/go_sealer/rootfs/scripts");
        for name in ["containerd.sh", "uninstall-containerd.sh", "init-kube.sh", "init-registry.sh"] {
            assert!(scripts.join(name).exists(), "{name}");
        }
    }
}
