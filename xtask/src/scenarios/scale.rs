//! Hosts come and go: masters and a node join a cluster that runs, the deliverer dying in the middle; a dead master and the first master
//! leave; and each time the cluster goes on, with the hosts that it should have, in Kubernetes and in etcd.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::folders;
use crate::hosts::host::Host;
use crate::proof;
use crate::scenarios::Scenario;
use crate::scenarios::expect::{changed_nothing, holds};
use crate::scenarios::interrupted::{kill, records, wait_for_step};

/// How far into a master's join the deliverer is killed.
const DEPTH: Duration = Duration::from_secs(4);

/// Add hosts to a cluster and take them away.
#[derive(Debug)]
pub(crate) struct Scale;

impl Scenario for Scale {
    fn title(&self) -> &'static str {
        "hosts join and leave, dead ones too"
    }

    fn hosts(&self) -> (usize, usize) {
        (3, 2)
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let [first, second, third, node, other] = delivery.hosts.as_slice() else {
            return Err(Error::unmet("the scenario needs five hosts"));
        };
        of(delivery, &[first, node], 1).run()?;
        grow(delivery, &[second, third], other)?;
        lose_and_regain(delivery, third)?;
        let remaining = of(delivery, &[second, third, other], 2);
        remaining.show(&["delete", "--masters", &first.address, "--nodes", &node.address, "--yes"])?;
        proof::prove(&remaining)?;
        holds("etcd has two members", etcd_members(&remaining)? == 2)?;
        is_bare(delivery, first)?;
        is_bare(delivery, node)?;
        let again = remaining.attempt(&remaining.run_arguments(IMAGE))?;
        changed_nothing(&again)?;
        names_come_and_go(&remaining)?;
        delete_without(&remaining, other)
    }
}

/// The same delivery as it is with these hosts.
pub(super) fn of(delivery: &Delivery, hosts: &[&Host], masters: usize) -> Delivery {
    let mut other = delivery.clone().with_masters(masters);
    other.hosts = hosts.iter().map(|host| (*host).clone()).collect();
    other
}

/// From two hosts to five; the first attempt is killed while a master joins.
fn grow(delivery: &Delivery, masters: &[&Host], node: &Host) -> Result<()> {
    let masters: Vec<&str> = masters.iter().map(|host| host.address.as_str()).collect();
    let masters = masters.join(",");
    let words = ["scale-up", "--masters", &masters, "--nodes", &node.address];
    let folder = tempfile::tempdir().map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
    let log = folder.path().join("scale-up");
    let before = records(&delivery.journal()).len();
    let mut child = delivery.start_verb(&words, &log)?;
    let ended = wait_for_step(&mut child, &delivery.journal(), before, "join-master");
    std::thread::sleep(DEPTH);
    kill(&mut child)?;
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    holds(&format!("scale-up reaches a master's join; it said:\n{said}"), !ended?)?;
    println!("    killed {DEPTH:?} after a master began to join");
    delivery.show(&words)?;
    proof::prove(delivery)?;
    holds("etcd has three members", etcd_members(delivery)? == 3)?;
    let again = delivery.attempt(&words)?;
    changed_nothing(&again)
}

/// A master dies, is removed, comes back as it was, and joins anew.
fn lose_and_regain(delivery: &Delivery, lost: &Host) -> Result<()> {
    let engine = &delivery.fleet.engine;
    engine.docker(&["kill", &lost.name]).output()?;
    let refused = delivery.attempt(&["delete", "--masters", &lost.address, "--yes"])?;
    holds("a dead host is not removed without --force", !refused.success() && refused.stderr.contains(&lost.address))?;
    delivery.show(&["delete", "--masters", &lost.address, "--force"])?;
    holds("etcd has two members", etcd_members(delivery)? == 2)?;
    engine.docker(&["start", &lost.name]).output()?;
    lost.settle(engine, &delivery.fleet.password()?)?;
    delivery.show(&["scale-up", "--masters", &lost.address])?;
    proof::prove(delivery)?;
    holds("etcd has three members", etcd_members(delivery)? == 3)
}

/// Names that every host knows, and the deliverer's own way to the API.
fn names_come_and_go(delivery: &Delivery) -> Result<()> {
    let engine = &delivery.fleet.engine;
    let alias = ["host-alias", "--ip", "192.0.2.123", "--hostnames", "ntp.site.example"];
    delivery.show(&alias)?;
    let known = |host: &Host| Ok(host.run(engine, &["cat", "/etc/hosts"])?.contains("192.0.2.123 ntp.site.example"));
    for host in &delivery.hosts {
        holds(&format!("{} knows the name", host.name), known(host)?)?;
    }
    delivery.show(&[&alias[..], &["--remove"]].concat())?;
    for host in &delivery.hosts {
        holds(&format!("{} knows the name no more", host.name), !known(host)?)?;
    }
    let config = delivery.folder().join("kubeconfig");
    folders::write(&config, "# mine\napiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n")?;
    delivery.show(&["kubeconfig", "--merge", "--kubeconfig", &config.display().to_string()])?;
    let merged = folders::read(&config)?;
    holds("the owner's comment stays", merged.starts_with("# mine\n") && merged.contains("name: my-cluster"))?;
    let mode = std::fs::metadata(&config).map_err(Error::file("look at", &config))?.permissions().mode() & 0o777;
    holds(&format!("only its owner may read it, found {mode:o}"), mode == 0o600)?;
    // a certificate that is not good for the master's address, or a key that is not the cluster's, would be told
    let asked = delivery.attempt(&["app", "list", "--kubeconfig", &config.display().to_string()])?;
    holds(&format!("the API takes it, said {}", asked.stderr), asked.success())?;
    folders::remove(&config)
}

/// The whole cluster goes, one host not being reached: it is refused, then listed, and cleaned when it is back.
fn delete_without(delivery: &Delivery, dead: &Host) -> Result<()> {
    let engine = &delivery.fleet.engine;
    engine.docker(&["kill", &dead.name]).output()?;
    let refused = delivery.attempt(&["delete", "--all", "--yes"])?;
    let told = refused.stderr.contains(&dead.address) && refused.stderr.contains("--force");
    holds(&format!("a dead host is named, said {}", refused.stderr), refused.code == Some(1) && told)?;
    let forced = delivery.attempt(&["delete", "--all", "--force"])?;
    let listed = forced.stdout.contains(&format!("{} was not cleaned", dead.address))
        && forced.stdout.contains("/var/lib/kubelet");
    let said = format!("{}{}", forced.stdout, forced.stderr);
    holds(&format!("what is left is listed with exit code 3, said {said}"), forced.code == Some(3) && listed)?;
    for host in delivery.hosts.iter().filter(|host| host.name != dead.name) {
        is_bare(delivery, host)?;
    }
    println!("    all hosts but {} are clean, and what is left there is told", dead.name);
    engine.docker(&["start", &dead.name]).output()?;
    dead.settle(engine, &delivery.fleet.password()?)?;
    delivery.show(&["delete", "--all", "--yes"])?;
    is_bare(delivery, dead)?;
    let forgotten = delivery.attempt(&["status"])?;
    holds("the cluster is forgotten", forgotten.stderr.contains("is not known here"))
}

/// How many members etcd has, as the etcd of the first host says.
pub(super) fn etcd_members(delivery: &Delivery) -> Result<usize> {
    let selector = "--selector=component=etcd";
    let pods = delivery.kubectl(&["get", "pods", "--namespace=kube-system", selector, "--output=name"])?;
    let node = delivery.master()?.run(&delivery.fleet.engine, &["hostname"])?;
    let own = pods.lines().find(|pod| pod.ends_with(node.trim()));
    let pod = own.ok_or_else(|| Error::unmet(format!("expected an etcd on {}, found {pods}", node.trim())))?;
    let mut words = vec!["exec", "--namespace=kube-system", pod, "--", "etcdctl", "--endpoints=https://127.0.0.1:2379"];
    words.extend([
        "--cacert=/etc/kubernetes/pki/etcd/ca.crt",
        "--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt",
        "--key=/etc/kubernetes/pki/etcd/healthcheck-client.key",
        "member",
        "list",
    ]);
    Ok(delivery.kubectl(&words)?.lines().filter(|line| line.contains(", started,")).count())
}

/// Nothing of the cluster is on a host that left it.
pub(super) fn is_bare(delivery: &Delivery, host: &Host) -> Result<()> {
    for path in ["/etc/kubernetes", "/var/lib/etcd", "/var/lib/sealer", "/usr/local/bin/sealer", "/etc/containerd"] {
        let there = host.attempt(&delivery.fleet.engine, &["test", "-e", path])?.success();
        holds(&format!("{path} is gone from {}", host.name), !there)?;
    }
    Ok(())
}
