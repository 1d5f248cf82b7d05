//! What `--fix` puts right is right afterwards, and `delete --all` makes it as it was: tried with faults that a host really has.

use super::{Finding, judge};
use crate::delivery::{CLUSTER, Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::scenarios::expect::holds;

/// Faults that `--fix` puts right, all on one host.
const FAULTS: [(&str, &str); 3] = [
    ("local-ports", "echo 15000 65000 >/proc/sys/net/ipv4/ip_local_port_range"),
    // a name that no name server can know, for the engine has one that answers for its containers
    ("own-name", "hostname nobody-knows-me && hostname >/etc/hostname"),
    (
        "time-service",
        "printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' \
         >/etc/systemd/system/chrony.service && systemctl daemon-reload",
    ),
];

/// What `--fix` may change, as text to be compared.
const PICTURE: &str = "cat /proc/sys/net/ipv4/ip_local_port_range /etc/hosts; ls -A /etc/sysctl.d /var/lib/sealer 2>&1; \
                       systemctl is-enabled chrony.service; systemctl is-active chrony.service; true";

/// Spoils, has it put right, deletes, and leaves the host as it was found.
pub(super) fn mend_and_delete(delivery: &Delivery) -> Result<()> {
    let engine = &delivery.fleet.engine;
    let host = super::host(delivery, 1)?;
    let shell = |host: &Host, script: &str| host.run(engine, &["sh", "-c", script]);
    let (name, ports) = (shell(host, "hostname")?, shell(host, "cat /proc/sys/net/ipv4/ip_local_port_range")?);
    for (_, make) in FAULTS {
        shell(host, make)?;
    }
    let spoilt = shell(host, PICTURE)?;
    let mended = mend(delivery, host);
    delivery.delete()?;
    let deleted = shell(host, PICTURE)?;
    let remembered = remembered(delivery);
    let restore = format!(
        "hostname {} && hostname >/etc/hostname && echo {} >/proc/sys/net/ipv4/ip_local_port_range; \
         rm -f /etc/systemd/system/chrony.service; systemctl daemon-reload",
        name.trim(),
        ports.trim()
    );
    shell(host, &restore)?;
    mended?;
    remembered?;
    holds(&format!("deleted, the host is as it was:\n{spoilt}\nand not:\n{deleted}"), spoilt == deleted)
}

/// The report outlives the cluster.
fn remembered(delivery: &Delivery) -> Result<()> {
    let report = delivery.attempt(&["report", "--cluster-name", CLUSTER, "--output", "json"])?;
    let told = report.stdout.contains("\"fixed\": true") && report.stdout.contains("\"verb\": \"delete\"");
    holds(&format!("the report tells of what was put right and deleted: {}{}", report.stdout, report.stderr), told)
}

/// By a Clusterfile, as an engineer on a site would.
fn mend(delivery: &Delivery, host: &Host) -> Result<()> {
    let file = delivery.folder().join("Clusterfile");
    std::fs::write(&file, clusterfile(delivery)?).map_err(Error::file("write", &file))?;
    let by_file = ["check", "--pre", "-f", &file.display().to_string()].map(str::to_owned);
    let found = judge(delivery, &by_file)?;
    let fixed = judge(delivery, &[&by_file[..], &["--fix".to_owned()]].concat())?;
    let left = judge(delivery, &by_file)?;
    for (check, _) in FAULTS {
        let is_here = |it: &&Finding| it.id == check && it.subject == host.address;
        let was_found = found.iter().find(is_here).is_some_and(|it| it.fixable);
        holds(&format!("{check} is found and can be put right: {found:#?}"), was_found)?;
        let was_fixed = fixed.iter().find(is_here).is_some_and(|it| it.fixed);
        holds(&format!("{check} was put right: {fixed:#?}"), was_fixed)?;
        holds(&format!("{check} is silent afterwards: {left:#?}"), !left.iter().any(|it| is_here(&it)))?;
        println!("    {check:22} {:14} put right by --fix", host.address);
    }
    Ok(())
}

fn clusterfile(delivery: &Delivery) -> Result<String> {
    let nodes: Vec<&str> = delivery.hosts.iter().skip(1).map(|host| host.address.as_str()).collect();
    let (master, nodes) = (&delivery.master()?.address, nodes.join(", "));
    Ok(format!(
        "apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {{name: {CLUSTER}}}\nspec:\n  image: {IMAGE}\n  \
         ssh: {{user: root, passwdFrom: {{env: SEALER_PASSWD}}}}\n  hosts:\n    - {{ips: [{master}], roles: [master]}}\n    \
         - {{ips: [{nodes}], roles: [node]}}\n"
    ))
}
