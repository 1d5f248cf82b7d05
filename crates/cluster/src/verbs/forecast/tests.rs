//! A forecast is a pure function of facts and desired state: the whole of it is compared, without a host or a process.

use super::*;
use crate::checks::Site;

const AGENT_BYTES: u64 = 5_000_000;

/// The forecast of a site where these hosts have the agent.
fn forecast_of(site: &Site, agents: &[&str]) -> Forecast {
    let Site { cluster, bundle, facts, .. } = site;
    let agents = agents.iter().map(|address| address.parse().unwrap()).collect();
    let subject = Before::new(cluster, bundle, facts, &site.programs, false).unwrap().without(site.unreached.clone());
    let agent_bytes = facts.keys().map(|host| (*host, AGENT_BYTES)).collect();
    let seen = Seen { cluster, bundle, facts, agents, agent_bytes };
    judged(&subject, &seen, &Ignore::default())
}

/// One line for each step and disk.
fn lines(forecast: &Forecast) -> String {
    let mut lines = String::new();
    for host in &forecast.hosts {
        lines += &format!("{} {:?} {}\n", host.address, host.role, host.hostname);
        for step in &host.steps {
            let (standing, bytes, touches) = (step.standing, step.bytes_at_most, step.touches.join(","));
            lines += format!("  {} {standing:?} {bytes} {touches}", step.id).trim_end();
            lines += "\n";
        }
        for disk in &host.disks {
            lines += &format!("  {} on {} needs {} of {}\n", disk.path, disk.mount_point, disk.needed, disk.free);
        }
    }
    lines
}

#[test]
fn bare_hosts_have_everything_before_them() {
    let forecast = forecast_of(&Site::well(), &[]);
    assert_eq!(lines(&forecast), include_str!("bare.txt"));
    assert!(forecast.findings.is_empty(), "{:?}", forecast.findings);
}

#[test]
fn of_a_host_that_is_the_clusters_only_the_agent_knows_more() {
    let mut site = Site::well();
    let name = site.cluster.name.clone();
    let master = site.master();
    (master.cluster, master.delivered) = (Some(name), true);
    let forecast = forecast_of(&site, &["10.0.0.1"]);
    let [master, node] = forecast.hosts.as_slice() else { panic!("two hosts: {forecast:?}") };
    let (agent, others) = master.steps.split_first().unwrap();
    assert_eq!((agent.standing, agent.bytes_at_most), (Standing::Done, 0));
    assert!(others.iter().all(|step| step.standing == Standing::Unknown), "{others:?}");
    assert!(node.steps.iter().all(|step| step.standing == Standing::ToDo), "{node:?}");
    assert!(master.disks.is_empty(), "what is there already takes no more room: {:?}", master.disks);
}

#[test]
fn a_host_that_does_not_answer_is_named_and_not_forecast() {
    let mut site = Site::well();
    let node = "10.0.0.2".parse().unwrap();
    site.facts.remove(&node);
    site.unreached.push((node, "connection refused".into()));
    let forecast = forecast_of(&site, &[]);
    assert_eq!(forecast.hosts.len(), 1);
    assert!(forecast.findings.iter().any(|finding| finding.subject == "10.0.0.2" && finding.blocks()));
    assert!(forecast.plan.stages[0].steps[0].hosts.contains(&node), "the plan itself still names it");
}

#[test]
fn a_full_disk_is_told_with_both_figures() {
    let mut site = Site::well();
    site.node().disks.get_mut("/var/lib/sealer/data").unwrap().free = 1000;
    let forecast = forecast_of(&site, &[]);
    let disk = &forecast.hosts[1].disks[0];
    assert_eq!((disk.needed, disk.free), (400 << 20, 1000));
    assert!(forecast.findings.iter().any(|finding| finding.id == "disk" && finding.subject == "10.0.0.2"));
}
