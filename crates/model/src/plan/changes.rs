//! Whether a forecast still holds: what was told of the plan and of each host, against what is found now.

use super::{DiskForecast, Forecast, HostForecast, StepForecast};
use crate::checks::Finding;
use std::net::IpAddr;

impl Forecast {
    /// What is not any more as this forecast says, one line for each thing; nothing when it can be carried out as it was told. More room
    /// on a disk, or less that still suffices, is no change.
    #[must_use]
    pub fn changes(&self, now: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.plan != now.plan {
            changes.push("the plan itself: another version of sealer would do other steps".to_owned());
        }
        for host in &self.hosts {
            match now.host(host.address) {
                Some(found) => changes.extend(of_host(host, found)),
                None => changes.push(format!("{}: it does not answer any more", host.address)),
            }
        }
        let new = now.hosts.iter().filter(|host| self.host(host.address).is_none());
        changes.extend(new.map(|host| format!("{}: it did not answer then", host.address)));
        let new = now.findings.iter().filter(|finding| finding.blocks() && !self.told(finding));
        changes.extend(new.map(|finding| format!("{finding} [{}]", finding.id)));
        changes
    }

    fn host(&self, address: IpAddr) -> Option<&HostForecast> {
        self.hosts.iter().find(|host| host.address == address)
    }

    fn told(&self, finding: &Finding) -> bool {
        self.findings.iter().any(|told| told.id == finding.id && told.subject == finding.subject)
    }
}

fn of_host(then: &HostForecast, now: &HostForecast) -> Vec<String> {
    let mut changes = Vec::new();
    if then.hostname != now.hostname {
        changes.push(format!("{}: it was called {} and is called {}", then.address, then.hostname, now.hostname));
    }
    changes.extend(now.steps.iter().filter_map(|step| of_step(then, step)));
    changes.extend(now.disks.iter().filter(|disk| is_short(disk)).map(|disk| {
        let (needed, free) = (disk.needed, disk.free);
        format!("{}: {} needs {needed} bytes, and {free} are free now", then.address, disk.mount_point)
    }));
    changes
}

/// A step that was told otherwise. That less has to be sent is no change.
fn of_step(then: &HostForecast, now: &StepForecast) -> Option<String> {
    let told = then.steps.iter().find(|step| step.id == now.id)?;
    let standing = told.standing != now.standing;
    let bytes = now.bytes_at_most > told.bytes_at_most;
    (standing || bytes).then(|| {
        let (was, is) = (told.standing.as_str(), now.standing.as_str());
        format!(
            "{}: \"{}\" was {was} with {} bytes and is {is} with {}",
            then.address, now.title, told.bytes_at_most, now.bytes_at_most
        )
    })
}

fn is_short(disk: &DiskForecast) -> bool {
    disk.needed > disk.free
}

#[cfg(test)]
mod tests {
    use super::super::{Plan, Standing};
    use super::*;
    use crate::cluster::Role;

    fn host(address: &str) -> HostForecast {
        let step = StepForecast {
            id: "agent".into(),
            title: "Install the agent".into(),
            standing: Standing::ToDo,
            bytes_at_most: 5,
            touches: Vec::new(),
        };
        let disk = DiskForecast { path: "/var".into(), mount_point: "/".into(), needed: 10, free: 100 };
        let (address, hostname) = (address.parse().unwrap(), "a".into());
        HostForecast { address, role: Role::Master, hostname, steps: vec![step], disks: vec![disk] }
    }

    fn forecast(hosts: Vec<HostForecast>) -> Forecast {
        let plan = Plan { verb: "run".into(), cluster: "c".into(), image: None, stages: Vec::new() };
        Forecast { plan, hosts, findings: Vec::new() }
    }

    #[test]
    fn a_forecast_holds_while_hosts_are_as_they_were_found_or_better() {
        let then = forecast(vec![host("10.0.0.1")]);
        assert!(then.changes(&then).is_empty());
        let mut now = then.clone();
        now.hosts[0].disks[0].free = 11;
        now.hosts[0].steps[0].bytes_at_most = 0;
        assert!(then.changes(&now).is_empty());
    }

    #[test]
    fn whatever_is_worse_or_otherwise_is_told_with_its_host() {
        let then = forecast(vec![host("10.0.0.1"), host("10.0.0.2")]);
        let mut now = forecast(vec![host("10.0.0.1"), host("10.0.0.3")]);
        now.plan.verb = "upgrade".into();
        now.hosts[0].hostname = "b".into();
        now.hosts[0].steps[0].standing = Standing::Done;
        now.hosts[0].disks[0].free = 9;
        let changes = then.changes(&now).join("\n");
        for part in [
            "the plan",
            "called a and is called b",
            "was to do with 5",
            "9 are free",
            "10.0.0.2: it does",
            "10.0.0.3: it did",
        ] {
            assert!(changes.contains(part), "{part} in {changes}");
        }
    }
}
