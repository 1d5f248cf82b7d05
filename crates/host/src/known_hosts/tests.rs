//! Host keys: pinned at first sight, known from then on, refused when they change.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

const FIRST: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const SECOND: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILIG2T/B0l0gaqj3puu510tu9N1OkQ4znY3LYuEm5zCF";

fn key(text: &str) -> PublicKey {
    text.parse().unwrap()
}

fn address() -> HostAddress {
    HostAddress { ip: "192.0.2.7".parse().unwrap(), port: 2222 }
}

fn offer(hosts: &KnownHosts, text: &str) -> Result<()> {
    hosts.verify(address(), &hosts.of(address()).unwrap(), &key(text))
}

#[test]
fn a_new_host_is_pinned_and_known_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let pins = folder.path().join("state/known_hosts");
    let hosts = KnownHosts::new(vec![folder.path().join("none")], pins.clone());
    offer(&hosts, FIRST).unwrap();
    offer(&hosts, FIRST).unwrap();
    assert_eq!(std::fs::read_to_string(&pins).unwrap(), format!("[192.0.2.7]:2222 {FIRST}\n"));
    assert_eq!(pins.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_changed_key_is_refused_with_both_fingerprints_and_the_place_of_the_pin() {
    let folder = tempfile::tempdir().unwrap();
    let pins = folder.path().join("known_hosts");
    std::fs::write(&pins, format!("# a comment\n[192.0.2.7]:2222 {FIRST}\n")).unwrap();
    let hosts = KnownHosts::new(Vec::new(), pins.clone());
    let text = offer(&hosts, SECOND).unwrap_err().to_string();
    for part in ["192.0.2.7:2222", "line 2", &fingerprint(&key(FIRST)), &fingerprint(&key(SECOND))] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    assert!(text.contains(&pins.display().to_string()));
}

#[test]
fn a_key_of_another_kind_does_not_pass_for_a_new_host() {
    let folder = tempfile::tempdir().unwrap();
    let pins = folder.path().join("known_hosts");
    let other = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHwf2HMM5TRXvo2SQJjsNkiDD5KqiiNjrG\
                 Vv3UUh+mMT5RHxiRtOnlqvjhQtBq0VpmpCV/PwUdhOig4vkbqAcEc=";
    std::fs::write(&pins, format!("[192.0.2.7]:2222 {other}\n")).unwrap();
    let hosts = KnownHosts::new(Vec::new(), pins);
    assert!(matches!(offer(&hosts, FIRST), Err(Error::HostKeyChanged { .. })));
}

#[test]
fn the_users_file_decides_before_the_pins() {
    let folder = tempfile::tempdir().unwrap();
    let (users, pins) = (folder.path().join("users"), folder.path().join("pins"));
    std::fs::write(&users, format!("[192.0.2.7]:2222 {FIRST}\n")).unwrap();
    std::fs::write(&pins, format!("[192.0.2.7]:2222 {SECOND}\n")).unwrap();
    let hosts = KnownHosts::new(vec![users], pins);
    offer(&hosts, FIRST).unwrap();
    assert!(offer(&hosts, SECOND).is_err());
}
