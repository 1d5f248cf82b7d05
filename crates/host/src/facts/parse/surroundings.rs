//! What else is set up on a host: units, programs, kernel settings, security modules, the SSH server, proxies, remains.

use super::Sections;
use sealer_model::facts::{Docker, Former, Proxy, Surroundings};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn surroundings(sections: &Sections<'_>) -> Surroundings {
    Surroundings {
        active_units: active_units(sections.get("units")),
        installed_units: installed_units(sections.get("installed-units")),
        programs: pairs(sections.get("programs")),
        selinux_enforces: sections.get("selinux").trim() == "1",
        apparmor: sections.get("apparmor").trim() == "Y",
        time_zone: time_zone(sections.get("time-zone")),
        synchronised: synchronised(sections.get("synchronised")),
        ssh: pairs(sections.get("ssh")),
        proxies: sections.get("proxies").lines().filter_map(proxy).collect(),
        docker: docker(sections.get("docker")),
    }
}

/// Folders whose mounts only a kubelet or a container runtime makes.
const RUNTIME_FOLDERS: [&str; 5] =
    ["/var/lib/kubelet/", "/run/containerd/", "/var/lib/containerd/", "/run/netns/", "/var/lib/docker/"];

pub(super) fn former(sections: &Sections<'_>) -> Former {
    let mounts = sections.get("mounts").lines().filter_map(|line| line.split_whitespace().nth(1));
    let ours = |point: &&str| RUNTIME_FOLDERS.iter().any(|folder| point.starts_with(folder));
    let files = sections.get("network-files").lines().map(str::trim);
    let counts = |name: &&str| [".conf", ".conflist", ".json"].iter().any(|ending| name.ends_with(ending));
    Former {
        network_files: files.filter(counts).map(str::to_owned).collect(),
        mounts: mounts.filter(ours).map(str::to_owned).collect(),
    }
}

/// The units in the order in which they were asked for, `=`, then the state of each.
fn active_units(text: &str) -> BTreeSet<String> {
    let Some((units, states)) = text.split_once("=\n") else {
        return BTreeSet::new();
    };
    let both = units.lines().zip(states.lines());
    both.filter(|(_, state)| state.trim() == "active").map(|(unit, _)| unit.trim().to_owned()).collect()
}

/// A unit's file and its state, then in newer versions the vendor's wish.
fn installed_units(text: &str) -> BTreeSet<String> {
    let startable = ["enabled", "enabled-runtime", "disabled", "static", "indirect", "generated"];
    let unit = |line: &str| {
        let mut words = line.split_whitespace();
        let (name, state) = (words.next()?, words.next()?);
        startable.contains(&state).then(|| name.to_owned())
    };
    text.lines().filter_map(unit).collect()
}

/// A key, a space and the rest of each line.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| line.split_once(' ').map(|(key, value)| (key.to_owned(), value.trim().to_owned()));
    text.lines().filter_map(pair).collect()
}

pub(super) fn settings(text: &str) -> BTreeMap<String, String> {
    pairs(text)
}

/// Version 2 prints one line of names; version 1 a table whose last column says whether a controller is enabled.
pub(super) fn controllers(text: &str) -> BTreeSet<String> {
    if !text.starts_with('#') {
        return text.split_whitespace().map(str::to_owned).collect();
    }
    let enabled = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words.len() == 4 && words[3] == "1").then(|| words[0].to_owned())
    };
    text.lines().filter_map(enabled).collect()
}

/// Settings of files, as `file: key = value`; comments and empty lines are none.
pub(super) fn settings_files(text: &str) -> Vec<String> {
    let mut file = "";
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("file ") {
            file = name;
        } else if let (Some((key, value)), false) = (line.split_once('='), line.starts_with(['#', ';'])) {
            let key = key.trim().trim_start_matches('-').replace('/', ".");
            found.push(format!("{file}: {key} = {}", value.trim()));
        }
    }
    found
}

/// `install overlay /bin/true`.
pub(super) fn modules_blocked(text: &str) -> BTreeSet<String> {
    let blocked = |line: &str| {
        let mut words = line.split_whitespace();
        let (verb, module, command) = (words.next()?, words.next()?, words.next()?);
        let nothing = ["/bin/true", "/bin/false", "/usr/bin/true", "/usr/bin/false"].contains(&command);
        (verb == "install" && nothing).then(|| module.replace('-', "_"))
    };
    text.lines().filter_map(blocked).collect()
}

/// A link into the folder of zones, or the zone's name.
fn time_zone(text: &str) -> String {
    text.trim().rsplit_once("zoneinfo/").map_or(text.trim(), |(_, zone)| zone).to_owned()
}

fn synchronised(text: &str) -> Option<bool> {
    text.trim().strip_prefix("NTPSynchronized=").map(|value| value == "yes")
}

/// `ours`, then what the daemon says, a key and a value in each line; options are `name=seccomp,profile=default`.
fn docker(text: &str) -> Docker {
    let said = pairs(text);
    let word = |key: &str| said.get(key).cloned().unwrap_or_default();
    let is_apart = |option: &&str| ["rootless", "userns"].contains(option);
    let options = text.lines().filter_map(|line| line.strip_prefix("option name="));
    let names = options.filter_map(|option| option.split(',').next()).map(str::trim);
    Docker {
        ours: text.lines().any(|line| line.trim() == "ours"),
        version: word("version"),
        storage_driver: word("storage"),
        cgroup_driver: word("cgroup"),
        proxy: !word("proxy").is_empty(),
        swarm: !["", "inactive"].contains(&word("swarm").as_str()),
        apart: names.filter(is_apart).map(str::to_owned).collect(),
    }
}

/// `place [export ]NAME=value`.
fn proxy(line: &str) -> Option<Proxy> {
    let (place, assignment) = line.split_once(' ')?;
    let (name, value) = assignment.split_once('=')?;
    let name = name.trim().trim_start_matches("export ").trim().to_owned();
    let value = value.trim().trim_matches(['"', '\'']).to_owned();
    Some(Proxy { place: place.to_owned(), name, value })
}
