//! Facts read from captured texts, whole, cut off and broken.

use super::*;

/// What `facts.sh` printed on a Debian 12 container, shortened.
const DEBIAN: &str = include_str!("debian12.txt");

#[test]
fn a_debian_host_is_read() {
    let facts = facts(DEBIAN).unwrap();
    assert_eq!(facts.hostname, "master-0");
    assert_eq!(facts.platform, Platform::linux("amd64"));
    assert_eq!(facts.system(), "Debian GNU/Linux 12 (bookworm)");
    assert_eq!(facts.os_release["ID"], "debian");
    assert_eq!(facts.processors, 2);
    assert_eq!(facts.memory, 24_600_000 * 1024);
    assert_eq!(facts.swap, 1024);
    assert_eq!(facts.disk_free["/var/lib/sealer"], 82_120_752 * 1024);
    assert_eq!(facts.disk_free["/mnt/a disk"], 7 * 1024);
    assert_eq!(facts.listening, [22, 2024, 5000]);
    assert_eq!(facts.addresses, ["172.30.0.2", "fe80::42:acff:fe1e:2"]);
    assert_eq!(facts.clock, 1_764_000_000);
    assert!(facts.systemd);
    assert_eq!(facts.cgroup, 1);
    assert_eq!(facts.user_id, 0);
    assert!(facts.kernel_features.contains(&"overlay".to_owned()));
    assert!(facts.kernel_features.contains(&"br_netfilter".to_owned()));
    assert!(!facts.may_raise_limits());
    assert_eq!(facts.leftovers, ["/etc/kubernetes/admin.conf"]);
    assert_eq!(facts.cluster.as_deref(), Some("my-cluster"));
}

#[test]
fn an_answer_that_is_cut_off_is_refused() {
    let cut = DEBIAN.find("=====sealer-fact end").unwrap();
    assert_eq!(facts(&DEBIAN[..cut]).unwrap_err(), "it is cut off");
    assert!(facts("").is_err());
    assert!(facts("bash: warning").is_err());
}

#[test]
fn a_line_that_the_login_shell_prints_first_does_no_harm() {
    assert_eq!(facts(&format!("Welcome!\n{DEBIAN}")).unwrap(), facts(DEBIAN).unwrap());
}

#[test]
fn no_answer_makes_the_reader_panic() {
    for cut in (0..DEBIAN.len()).step_by(7) {
        let broken = format!("{}{}", &DEBIAN[..cut], &DEBIAN[(cut + 40).min(DEBIAN.len())..]);
        let _whatever = facts(&broken);
    }
}
