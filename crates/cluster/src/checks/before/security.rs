//! What guards the host, and might guard it from the cluster.

use super::Subject;
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::facts::Subnet;

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("root", Error),
        "sealer acts as root on the host",
        "units, mounts and kernel settings are root's",
        "name a user that may become root with sudo",
        |subject| {
            let user = subject.facts.user_id;
            when(user != 0, || format!("sealer acts as user {user}"))
        },
    ),
    Check::host(
        ("selinux", Warning),
        "SELinux does not enforce",
        "a policy that does not know container runtimes keeps containers from their volumes",
        "set SELINUX=permissive in /etc/selinux/config and run `setenforce 0`, or install container-selinux",
        |subject| when(subject.facts.surroundings.selinux_enforces, || "SELinux enforces its policy".into()),
    ),
    Check::host(
        ("apparmor", Warning),
        "where AppArmor is on, its parser is there",
        "without it containers run unconfined, and pods that ask for a profile do not start",
        "install the package apparmor",
        |subject| {
            let around = &subject.facts.surroundings;
            let lacking = around.apparmor && !around.programs.contains_key("apparmor_parser");
            when(lacking, || "AppArmor is on, and there is no apparmor_parser".into())
        },
    ),
    Check::host(
        ("fapolicyd", Error),
        "no policy forbids programs that no package brought",
        "fapolicyd would not let the agent and the kubelet run",
        "stop fapolicyd, or trust /var/lib/sealer, /usr/local/bin and the data folder in its rules",
        |subject| when(subject.runs("fapolicyd.service"), || "fapolicyd is active".into()),
    ),
    Check::host(
        ("fips", Warning),
        "the kernel is not in FIPS mode",
        "programs of the image that were not built for it may refuse to start",
        "ask whether the site needs it, and whether the image's programs are fit for it",
        |subject| when(subject.facts.setting("crypto.fips_enabled") == Some(1), || "the kernel is in FIPS mode".into()),
    ),
    Check::host(
        ("proxy", Warning),
        "programs are not sent to a proxy for the cluster's own addresses",
        "kubeadm, containerd and kubectl obey these variables, and a proxy does not know the cluster",
        "add the hosts' addresses and the pods' and services' ranges to no_proxy, or remove the variables",
        proxy,
    ),
];

/// Places that set a proxy and no exception that covers the host itself.
fn proxy(subject: &Subject<'_>) -> Vec<String> {
    let proxies = &subject.facts.surroundings.proxies;
    let exceptions = proxies.iter().filter(|proxy| proxy.name.eq_ignore_ascii_case("no_proxy"));
    let covered = exceptions.flat_map(|proxy| proxy.value.split(',')).any(|exception| {
        let exception = exception.trim();
        let range = Subnet::read(exception).is_some_and(|range| range.contains(subject.member.address));
        range || exception == "*" || exception == subject.member.address.to_string()
    });
    let sending = proxies.iter().filter(|proxy| {
        let name = proxy.name.to_ascii_lowercase();
        ["http_proxy", "https_proxy", "all_proxy"].contains(&name.as_str())
    });
    let sending: Vec<String> = sending.map(|proxy| format!("{} in {}", proxy.name, proxy.place)).collect();
    when(!covered && !sending.is_empty(), || format!("there is {}, and no exception for this host", sending.join(", ")))
}
