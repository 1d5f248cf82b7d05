//! Clusters that are broken as a whole, one after the other: each is told with its cause, and is well again when the cause is gone.

use std::time::Instant;

use super::{Finding, certificate, node, tells, wait};
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::hosts::network::Network;

const WRONG_DNS: &str = include_str!("dns.yaml");

/// One way to break a cluster.
struct Wreck {
    title: &'static str,
    make: fn(&Delivery) -> Result<()>,
    undo: fn(&Delivery) -> Result<()>,
    /// A check, of whom it has to tell, and a word of the cause.
    told: &'static [(&'static str, Whom, &'static str)],
}

/// Of whom something is told.
enum Whom {
    /// The master.
    Master,
    /// The last node, by its address.
    Node,
    /// The same, as the API's object.
    NodeObject,
}

const WRECKS: [Wreck; 6] = [
    Wreck {
        title: "the name service answers wrongly",
        make: |delivery| super::kubectl(delivery, &["apply", "--filename=-"], WRONG_DNS),
        undo: |delivery| super::kubectl(delivery, &["delete", "--filename=-"], WRONG_DNS),
        told: &[("name-service", Whom::Node, "failure 2")],
    },
    Wreck {
        title: "a node's disk is full",
        make: |delivery| {
            let fill = "mount -t tmpfs -o size=1m full /var/log && { dd if=/dev/zero of=/var/log/full bs=64k 2>/dev/null; true; }";
            on_node(delivery, fill)
        },
        undo: |delivery| on_node(delivery, "umount --lazy /var/log"),
        told: &[("disk-full", Whom::Node, "/var/log has 0 of 1 MiB free")],
    },
    Wreck {
        title: "a node has no pod network",
        make: |delivery| on_node(delivery, "mv /etc/cni/net.d/10-podnet.conflist /run/"),
        undo: |delivery| on_node(delivery, "mv /run/10-podnet.conflist /etc/cni/net.d/"),
        told: &[("node-not-ready", Whom::NodeObject, "cni")],
    },
    Wreck {
        title: "large packets to a node's pods are lost",
        make: |delivery| filter(delivery, &[LARGE], "--insert"),
        undo: |delivery| filter(delivery, &[LARGE], "--delete"),
        told: &[("pod-network-mtu", Whom::Node, "nothing more came")],
    },
    Wreck {
        title: "a node is cut off from all others",
        make: |delivery| cut(delivery, "--insert"),
        undo: |delivery| cut(delivery, "--delete"),
        told: &[
            ("host-cut-off", Whom::Node, "is not reached: no answer"),
            ("pod-network", Whom::Node, "nothing passes between pods here and 2 other hosts"),
            ("node-not-ready", Whom::NodeObject, "Kubelet stopped posting node status"),
        ],
    },
    Wreck {
        title: "the API's certificate has ended",
        make: certificate::end,
        undo: certificate::put_back,
        told: &[
            ("certificate-ended", Whom::Master, "/etc/kubernetes/pki/apiserver.crt ended"),
            ("api-silent", Whom::Master, "certificate has expired"),
        ],
    },
];

/// Breaks it in every way.
pub(super) fn show(delivery: &Delivery) -> Result<()> {
    WRECKS.iter().try_for_each(|wreck| show_one(delivery, wreck))
}

fn show_one(delivery: &Delivery, wreck: &Wreck) -> Result<()> {
    let started = Instant::now();
    let told = wreck.told.iter().map(|(check, whom, word)| Ok((*check, subject(delivery, whom)?, *word)));
    let told = told.collect::<Result<Vec<_>>>()?;
    let missed = |found: &[Finding]| {
        let is_missed =
            |(check, subject, word): &&(&str, String, &str)| !found.iter().any(|it| tells(it, check, subject, word));
        told.iter().filter(is_missed).map(|(check, ..)| *check).collect::<Vec<_>>()
    };
    let found = (wreck.make)(delivery).and_then(|()| wait(delivery, |found| missed(found).is_empty()));
    (wreck.undo)(delivery)?;
    let found = found?;
    for (check, subject, word) in &told {
        let finding = found.iter().find(|it| tells(it, check, subject, word));
        let missed = || Error::unmet(format!("{}: missed: {:?} among {found:#?}", wreck.title, missed(&found)));
        let finding = finding.ok_or_else(missed)?;
        println!("    {}: {} {} {}: {}", wreck.title, finding.severity, finding.id, finding.subject, finding.found);
    }
    super::await_well(delivery, wreck.title)?;
    println!("    {}: told, and well again, in {:.0} s", wreck.title, started.elapsed().as_secs_f64());
    Ok(())
}

fn subject(delivery: &Delivery, whom: &Whom) -> Result<String> {
    Ok(match whom {
        Whom::Master => delivery.master()?.address.clone(),
        Whom::Node => node(delivery)?.address.clone(),
        Whom::NodeObject => format!("Node {}", node(delivery)?.name),
    })
}

fn on_node(delivery: &Delivery, script: &str) -> Result<()> {
    node(delivery)?.run(&delivery.fleet.engine, &["sh", "-c", script]).map(drop)
}

/// What is forwarded is what goes to pods and comes from them.
const LARGE: &[&str] = &["FORWARD", "--match", "length", "--length", "1200:65535", "--jump", "DROP"];

fn filter(delivery: &Delivery, rules: &[&[&str]], verb: &str) -> Result<()> {
    let network = Network::of(&delivery.fleet.engine, node(delivery)?)?;
    rules.iter().try_for_each(|rule| network.run(&[&["iptables", verb], *rule].concat()).map(drop))
}

/// Nothing comes from the other hosts and nothing goes to them; this machine still gets through.
fn cut(delivery: &Delivery, verb: &str) -> Result<()> {
    let last = node(delivery)?;
    let others = delivery.hosts.iter().filter(|host| host.name != last.name).map(|host: &Host| host.address.as_str());
    for other in others {
        let rules: [&[&str]; 2] =
            [&["INPUT", "--source", other, "--jump", "DROP"], &["OUTPUT", "--destination", other, "--jump", "DROP"]];
        filter(delivery, &rules, verb)?;
    }
    filter(delivery, &[&["FORWARD", "--jump", "DROP"]], verb)
}
