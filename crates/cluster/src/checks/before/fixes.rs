//! What sealer can put right by itself: from a finding to changes that the agent enters into the host's ledger, so that `delete` takes
//! them back. Only what harms nobody and needs no choice is here; what somebody may have meant so (a firewall, a mount option, remains of
//! another cluster) stays a finding with a remedy.

use super::kernel::{kernel_defaults, missing_features};
use super::{Before, Subject, checks};
use crate::checks::check::Look;
use crate::checks::questions::TIME_SERVICES;
use sealer_model::agent::Change;
use sealer_model::checks::Finding;
use std::net::IpAddr;

/// What one check's finding on one host is put right with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fix {
    /// The host.
    pub(crate) host: IpAddr,
    /// The check.
    pub(crate) check: &'static str,
    /// What the agent does.
    pub(crate) changes: Vec<Change>,
}

/// The file in which the administrator finds the settings that were put right.
const SETTINGS_FILE: &str = "/etc/sysctl.d/98-sealer-checks.conf";

/// What of these findings sealer puts right, and how. What is ignored stays as it is.
pub(crate) fn fixes(before: &Before<'_>, findings: &[Finding]) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for subject in before.subjects() {
        let host = subject.member.address;
        let found = |id: &str| {
            findings.iter().any(|it| it.id == id && it.subject == host.to_string() && it.fixable && !it.ignored)
        };
        for check in checks().filter(|check| matches!(check.look, Look::Host(_)) && found(check.id)) {
            let changes = check.changes.map(|changes| changes(&subject)).unwrap_or_default();
            fixes.push(Fix { host, check: check.id, changes });
        }
    }
    fixes
}

/// Settings now and, by a file, after every boot.
fn settings(check: &str, settings: &[(&str, &str)]) -> Vec<Change> {
    let lines = settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let block = Change::Block { path: SETTINGS_FILE.into(), name: format!("check {check}"), lines };
    let set = |(key, value): &(&str, &str)| Change::Sysctl { key: (*key).into(), value: (*value).into() };
    std::iter::once(block).chain(settings.iter().map(set)).collect()
}

pub(super) fn swap(_: &Subject<'_>) -> Vec<Change> {
    vec![Change::SwapOff]
}

pub(super) fn modules(subject: &Subject<'_>) -> Vec<Change> {
    let machine = &subject.facts.machine;
    let locked = subject.facts.setting("kernel.modules_disabled") == Some(1);
    let missing = missing_features(subject);
    if locked || !machine.modules_folder || missing.iter().any(|name| machine.modules_blocked.contains(*name)) {
        return Vec::new();
    }
    missing.into_iter().map(|name| Change::Module { name: name.into() }).collect()
}

pub(super) fn defaults(subject: &Subject<'_>) -> Vec<Change> {
    let wrong = kernel_defaults(subject).map(|(key, value, _)| (key, value.to_string()));
    let wrong: Vec<(&str, String)> = wrong.collect();
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|(key, value)| (*key, value.as_str())).collect();
    settings("kernel-defaults", &wrong)
}

pub(super) fn process_limit(_: &Subject<'_>) -> Vec<Change> {
    settings("process-limit", &[("kernel.pid_max", "65536")])
}

pub(super) fn open_file_limit(_: &Subject<'_>) -> Vec<Change> {
    settings("open-file-limit", &[("fs.file-max", "1048576")])
}

pub(super) fn inotify_instances(_: &Subject<'_>) -> Vec<Change> {
    settings("inotify-instances", &[("fs.inotify.max_user_instances", "8192")])
}

pub(super) fn inotify_watches(_: &Subject<'_>) -> Vec<Change> {
    settings("inotify-watches", &[("fs.inotify.max_user_watches", "524288")])
}

pub(super) fn memory_maps(_: &Subject<'_>) -> Vec<Change> {
    settings("memory-maps", &[("vm.max_map_count", "262144")])
}

pub(super) fn local_ports(_: &Subject<'_>) -> Vec<Change> {
    settings("local-ports", &[("net.ipv4.ip_local_port_range", "32768 60999")])
}

/// A name that could be anything else than a name is left to people.
pub(super) fn own_name(subject: &Subject<'_>) -> Vec<Change> {
    let name = &subject.facts.hostname;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        return Vec::new();
    }
    let lines = vec![format!("{} {name}", subject.member.address)];
    vec![Change::Block { path: "/etc/hosts".into(), name: "check own-name".into(), lines }]
}

/// Of several that are installed the one that serves best.
pub(super) fn time_service(subject: &Subject<'_>) -> Vec<Change> {
    let installed = &subject.facts.surroundings.installed_units;
    let service = TIME_SERVICES.into_iter().find(|unit| installed.contains(*unit));
    service.map(|name| Change::Unit { name: name.into(), running: true }).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Ignore;
    use crate::checks::before::tests::{NODE, Site, faults};
    use sealer_model::facts::Facts;

    fn fixes_of(site: &Site, ignore: &Ignore) -> Vec<Fix> {
        let before = Before::new(&site.cluster, &site.bundle, &site.facts, &site.programs, false).unwrap();
        let findings = crate::checks::before(&before, ignore);
        fixes(&before, &findings)
    }

    fn changes(change: impl FnOnce(&mut Facts)) -> Vec<Change> {
        let mut site = Site::well();
        change(site.node());
        let fixes = fixes_of(&site, &Ignore::default());
        assert!(fixes.iter().all(|fix| fix.host.to_string() == NODE), "{fixes:#?}");
        fixes.into_iter().flat_map(|fix| fix.changes).collect()
    }

    #[test]
    fn a_setting_is_put_right_now_and_after_every_boot() {
        let made = changes(|facts| {
            facts.machine.settings.insert("vm.max_map_count".into(), "1024".into());
        });
        let lines = vec!["vm.max_map_count = 262144".to_owned()];
        let block = Change::Block { path: SETTINGS_FILE.into(), name: "check memory-maps".into(), lines };
        let now = Change::Sysctl { key: "vm.max_map_count".into(), value: "262144".into() };
        assert_eq!(made, [block, now]);
    }

    #[test]
    fn only_a_time_service_that_is_installed_is_started() {
        let none = |facts: &mut Facts| facts.surroundings.active_units.clear();
        assert_eq!(changes(none), []);
        let made = changes(|facts| {
            none(facts);
            facts.surroundings.installed_units =
                ["systemd-timesyncd.service", "chrony.service"].map(str::to_owned).into();
        });
        assert_eq!(made, [Change::Unit { name: "chrony.service".into(), running: true }]);
    }

    #[test]
    fn a_module_that_cannot_be_loaded_is_not_tried() {
        let lacking = |facts: &mut Facts| facts.kernel_features.retain(|feature| feature != "br_netfilter");
        assert_eq!(changes(lacking), [Change::Module { name: "br_netfilter".into() }]);
        let blocked = |facts: &mut Facts| {
            lacking(facts);
            facts.machine.modules_blocked.insert("br_netfilter".into());
        };
        assert_eq!(changes(blocked), []);
    }

    #[test]
    fn what_is_ignored_is_left_alone() {
        let mut site = Site::well();
        site.node().swap = 1 << 30;
        assert_eq!(fixes_of(&site, &Ignore::default())[0].changes, [Change::SwapOff]);
        assert_eq!(fixes_of(&site, &Ignore::of(["swap"]).unwrap()), []);
    }

    /// The fault of each check, what is told of it, and whether `--fix` puts it right; shown with `--nocapture`.
    #[test]
    fn a_check_that_says_that_it_is_fixable_fixes_its_own_fault_and_no_other_does() {
        for check in checks() {
            let mut site = Site::well();
            site.node().surroundings.installed_units.insert("chrony.service".into());
            let (_, spoil) = faults::FAULTS.iter().find(|(id, _)| *id == check.id).unwrap();
            spoil(&mut site);
            let fixed = fixes_of(&site, &Ignore::default()).iter().any(|fix| fix.check == check.id);
            println!("{:24} {:8} {} {}", check.id, check.severity, if fixed { "--fix" } else { "     " }, check.remedy);
            assert_eq!(fixed, check.fixable, "{}", check.id);
        }
    }
}
