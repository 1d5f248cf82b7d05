//! The docker of a host: what its daemon says of itself.

use serde::{Deserialize, Serialize};

/// What a docker daemon says of itself; empty where none answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Docker {
    /// Whether its unit is one that sealer wrote.
    pub ours: bool,
    /// `20.10.24`; empty where it does not answer.
    pub version: String,
    /// `overlay2`, `vfs`.
    pub storage_driver: String,
    /// `systemd`, `cgroupfs`, `none`.
    pub cgroup_driver: String,
    /// Whether it goes through a proxy of its own to registries.
    pub proxy: bool,
    /// Whether it is part of a swarm.
    pub swarm: bool,
    /// What keeps its containers apart from root: `rootless`, `userns`.
    pub apart: Vec<String>,
}

/// From this version on its daemon leaves containers running when it begins anew, and takes over those of a containerd beside it.
const OLDEST: (u32, u32) = (18, 9);

impl Docker {
    /// Whether a daemon answers.
    #[must_use]
    pub fn answers(&self) -> bool {
        !self.version.is_empty()
    }

    /// Why Kubernetes cannot use it; nothing where it can.
    #[must_use]
    pub fn unfit(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.numbers().is_none_or(|numbers| numbers < OLDEST) {
            reasons.push(format!(
                "its version is {}, and {}.{:02} is the oldest that will do",
                self.version, OLDEST.0, OLDEST.1
            ));
        }
        if self.storage_driver == "vfs" {
            reasons.push("its storage driver is vfs, which copies every layer whole for each container".to_owned());
        }
        if !["systemd", "cgroupfs"].contains(&self.cgroup_driver.as_str()) {
            reasons.push(format!(
                "its cgroup driver is {:?}, and the kubelet knows systemd and cgroupfs",
                self.cgroup_driver
            ));
        }
        if self.proxy {
            reasons.push("it asks registries through a proxy of its own, and would not find the site's".to_owned());
        }
        if self.swarm {
            reasons.push("it is part of a swarm, and then its containers end when it begins anew".to_owned());
        }
        reasons.extend(
            self.apart.iter().map(|how| format!("its containers are apart from root ({how}), and pods need the host")),
        );
        reasons
    }

    fn numbers(&self) -> Option<(u32, u32)> {
        let mut numbers = self.version.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Docker {
        Docker {
            version: "20.10.24+dfsg1".into(),
            storage_driver: "overlay2".into(),
            cgroup_driver: "systemd".into(),
            ..Docker::default()
        }
    }

    #[test]
    fn a_usual_docker_fits() {
        assert_eq!(usual().unfit(), Vec::<String>::new());
        assert_eq!(Docker { version: "18.09.9-ce".into(), ..usual() }.unfit(), Vec::<String>::new());
        assert_eq!(Docker { cgroup_driver: "cgroupfs".into(), ..usual() }.unfit(), Vec::<String>::new());
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_reason() {
        let cases = [
            (Docker { version: "17.03.2-ce".into(), ..usual() }, "17.03.2-ce, and 18.09"),
            (Docker { version: "dev".into(), ..usual() }, "is dev"),
            (Docker { storage_driver: "vfs".into(), ..usual() }, "vfs"),
            (Docker { cgroup_driver: "none".into(), ..usual() }, "\"none\""),
            (Docker { proxy: true, ..usual() }, "a proxy of its own"),
            (Docker { swarm: true, ..usual() }, "a swarm"),
            (Docker { apart: vec!["rootless".into()], ..usual() }, "(rootless)"),
        ];
        for (docker, part) in cases {
            let reasons = docker.unfit();
            assert!(reasons.len() == 1 && reasons[0].contains(part), "{reasons:?}");
        }
    }
}
