//! Changes are tried on a system in a temporary folder, with a stand-in for systemd that keeps its state in files. Each test
//! ends with a removal, for the promise is that a host is afterwards as it was.

mod system;

use super::*;
use crate::removal;
use sealer_model::agent::{Content, JsonValue, Text};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use system::{CLUSTER, System};

fn file(path: &str, mode: u32, text: &str) -> Change {
    Change::File { path: path.into(), mode, content: Content::Text(Text(text.into())) }
}

fn block(lines: &[&str]) -> Change {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    Change::Block { path: "/etc/hosts".into(), name: "my-cluster".into(), lines }
}

fn unit(running: bool) -> Change {
    Change::Unit { name: "kubelet.service".into(), running }
}

#[test]
fn everything_is_undone_byte_for_byte() {
    let system = System::new();
    system.write("etc/hosts", "127.0.0.1 localhost\n192.0.2.9 mine");
    system.write("etc/foreign.conf", "theirs\n");
    fs::set_permissions(system.path("etc/foreign.conf"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../run/resolv.conf", system.path("etc/resolv.conf")).unwrap();
    fs::create_dir(system.path("etc/theirs")).unwrap();
    system.write("etc/theirs/old", "old");
    system.write("proc/sys/net/ipv4/ip_forward", "0\n");
    system.write("usr/bin/tool", "a program");
    let before = system.picture();

    let copy = Content::CopyOf("/usr/bin/tool".into());
    let changes = [
        Change::File { path: "/opt/a/b/tool".into(), mode: 0o755, content: copy },
        file("/etc/foreign.conf", 0o644, "ours\n"),
        file("/etc/resolv.conf", 0o644, "nameserver 192.0.2.1\n"),
        block(&["192.0.2.1 sea.hub"]),
        Change::Directory { path: "/etc/theirs".into(), mode: 0o755 },
        Change::Directory { path: "/var/lib/kubelet".into(), mode: 0o700 },
        Change::Link { path: "/usr/bin/link".into(), target: "/opt/a/b/tool".into() },
        Change::Sysctl { key: "net.ipv4.ip_forward".into(), value: "1".into() },
        unit(true),
    ];
    assert_eq!(system.batch(&changes, true).unwrap(), vec![Changed::Yes; changes.len()]);
    assert_eq!(system.picture().get("etc/foreign.conf"), before.get("etc/foreign.conf"));
    assert_eq!(system.make(&changes), vec![Changed::Yes; changes.len()]);
    assert_eq!(system.read("opt/a/b/tool"), "a program");
    assert_eq!(system.read("etc/foreign.conf"), "ours\n");
    assert_eq!(system.read("proc/sys/net/ipv4/ip_forward"), "1");
    assert_eq!(system.path("var/lib/kubelet").metadata().unwrap().mode() & 0o777, 0o700);
    system.write("etc/theirs/new", "new");
    fs::create_dir_all(system.path("var/lib/kubelet/pods/1")).unwrap();

    assert_eq!(system.remove().unwrap(), Changed::Yes);
    // The kernel does not remember how a value was written.
    system.write("proc/sys/net/ipv4/ip_forward", "0\n");
    assert_eq!(system.picture(), before);
    assert_eq!(system.remove().unwrap(), Changed::No);
}

#[test]
fn a_block_leaves_every_other_byte_alone() {
    let system = System::new();
    system.write("etc/hosts", "first\r\n\n  # odd \n");
    system.make(&[block(&["192.0.2.1 sea.hub"])]);
    let text = system.read("etc/hosts");
    let ours = "# BEGIN sealer my-cluster\n192.0.2.1 sea.hub\n# END sealer my-cluster\n";
    assert_eq!(text, format!("first\r\n\n  # odd \n{ours}"));
    system.write("etc/hosts", &format!("{text}after"));
    system.make(&[block(&["192.0.2.2 sea.hub", "192.0.2.3 other"])]);
    assert!(system.read("etc/hosts").ends_with("other\n# END sealer my-cluster\nafter"));
    system.make(&[block(&[])]);
    assert_eq!(system.read("etc/hosts"), "first\r\n\n  # odd \nafter");
    system.remove().unwrap();
    assert_eq!(system.read("etc/hosts"), "first\r\n\n  # odd \nafter");
}

#[test]
fn a_file_that_is_a_mount_point_is_changed_in_place() {
    let system = System::new();
    system.write("etc/hosts", "hidden\n");
    system.write("hosts-of-the-container", "127.0.0.1 localhost\n");
    let (from, to) = (system.path("hosts-of-the-container"), system.path("etc/hosts"));
    if let Err(error) = rustix::mount::mount_bind(&from, &to) {
        eprintln!("left out, because this process may not mount: {error}");
        return;
    }
    system.make(&[block(&["192.0.2.1 sea.hub"])]);
    assert!(fs::read_to_string(&from).unwrap().contains("192.0.2.1 sea.hub"));
    system.remove().unwrap();
    assert_eq!(fs::read_to_string(&from).unwrap(), "127.0.0.1 localhost\n");
    rustix::mount::unmount(&to, rustix::mount::UnmountFlags::empty()).unwrap();
    assert_eq!(system.read("etc/hosts"), "hidden\n");
}

fn mirror(port: u16) -> Change {
    let value = |at: &[&str], json: &str, in_list| JsonValue {
        at: at.iter().map(|name| (*name).to_owned()).collect(),
        json: Text(json.into()),
        in_list,
    };
    let values = vec![
        value(&["registry-mirrors"], &format!("\"https://sea.hub:{port}\""), true),
        value(&["auths", &format!("sea.hub:{port}")], r#"{"auth":"c2VjcmV0"}"#, false),
    ];
    Change::Json { path: "/etc/docker/daemon.json".into(), mode: 0o600, values }
}

#[test]
fn a_document_of_others_is_put_back_byte_for_byte() {
    let system = System::new();
    fs::create_dir(system.path("etc/docker")).unwrap();
    system.write("etc/docker/daemon.json", "{ \"registry-mirrors\": [\"https://theirs\"],\n\"debug\":true }");
    fs::set_permissions(system.path("etc/docker/daemon.json"), fs::Permissions::from_mode(0o640)).unwrap();
    let before = system.picture();
    assert_eq!(system.make(&[mirror(5000)]), [Changed::Yes]);
    assert_eq!(system.make(&[mirror(5000)]), [Changed::No]);
    assert_eq!(system.path("etc/docker/daemon.json").metadata().unwrap().mode() & 0o777, 0o640);
    system.make(&[mirror(5001)]);
    let now: serde_json::Value = serde_json::from_str(&system.read("etc/docker/daemon.json")).unwrap();
    assert_eq!(now["registry-mirrors"], serde_json::json!(["https://sea.hub:5001", "https://theirs"]));
    assert_eq!((now["auths"].as_object().unwrap().len(), &now["debug"]), (1, &serde_json::json!(true)));
    assert!(!fs::read_to_string(system.place.root().join("ledger.json")).unwrap().contains("c2VjcmV0"));
    system.remove().unwrap();
    assert_eq!(system.picture(), before);
}

#[test]
fn a_document_that_was_not_there_goes_unless_others_wrote_into_it() {
    let system = System::new();
    let before = system.picture();
    system.make(&[mirror(5000)]);
    assert_eq!(system.path("etc/docker/daemon.json").metadata().unwrap().mode() & 0o777, 0o600);
    system.remove().unwrap();
    assert_eq!(system.picture(), before);
    system.make(&[mirror(5000)]);
    let theirs = system.read("etc/docker/daemon.json").replacen('{', "{\"theirs\": 1,", 1);
    system.write("etc/docker/daemon.json", &theirs);
    system.remove().unwrap();
    assert_eq!(system.read("etc/docker/daemon.json"), "{\n  \"theirs\": 1\n}\n");
}

#[test]
fn values_that_are_not_wanted_any_more_are_taken_out() {
    let system = System::new();
    let none = Change::Json { path: "/etc/docker/daemon.json".into(), mode: 0o600, values: Vec::new() };
    assert_eq!(system.make(std::slice::from_ref(&none)), [Changed::No]);
    fs::create_dir(system.path("etc/docker")).unwrap();
    system.write("etc/docker/daemon.json", "{ \"debug\": true }");
    let before = system.read("etc/docker/daemon.json");
    system.make(&[mirror(5000)]);
    assert_eq!(system.make(std::slice::from_ref(&none)), [Changed::Yes]);
    assert_eq!(system.read("etc/docker/daemon.json"), before);
    system.make(&[mirror(5000)]);
    system.remove().unwrap();
    assert_eq!(system.read("etc/docker/daemon.json"), before);
}

#[test]
fn a_document_that_is_none_is_refused_and_not_overwritten() {
    let system = System::new();
    fs::create_dir(system.path("etc/docker")).unwrap();
    system.write("etc/docker/daemon.json", "{ // a comment\n}");
    let error = system.batch(&[mirror(5000)], false).unwrap_err().to_string();
    assert!(error.contains("daemon.json") && error.contains("line 1"), "{error}");
    assert_eq!(system.read("etc/docker/daemon.json"), "{ // a comment\n}");
}

#[test]
fn a_unit_of_others_reads_its_configuration_again_when_it_runs() {
    let system = System::new();
    let changes = [mirror(5000), Change::Reload { name: "docker.service".into() }];
    assert_eq!(system.make(&changes), [Changed::Yes, Changed::Yes]);
    assert!(!system.requests().contains("reload docker"), "{}", system.requests());
    system.write("units/docker.service.active", "");
    system.make(&[mirror(5001), Change::Reload { name: "docker.service".into() }]);
    assert_eq!(system.requests().matches("reload docker.service").count(), 1);
    system.remove().unwrap();
    assert_eq!(system.requests().matches("reload docker.service").count(), 2);
    assert!(!system.requests().contains("start docker") && !system.requests().contains("stop docker"));
}

#[test]
fn a_unit_of_others_runs_with_settings_of_ours_until_they_go() {
    let system = System::new();
    let before = system.picture();
    let settings = |text: &str| Change::DropIn { name: "docker.service".into(), text: Text(text.into()) };
    let restarts = || system.requests().matches("restart docker.service").count();
    assert_eq!(system.make(&[settings("[Service]\n")]), [Changed::Yes]);
    assert_eq!(restarts(), 0, "one that does not run is not started");
    system.write("units/docker.service.active", "");
    assert_eq!(system.make(&[settings("[Service]\n")]), [Changed::No]);
    // what else changes in a batch is no reason to begin anew
    system.make(&[mirror(5000), Change::Reload { name: "docker.service".into() }, settings("[Service]\n")]);
    assert_eq!(restarts(), 0);
    system.make(&[settings("[Service]\nTasksMax=1\n")]);
    assert_eq!(restarts(), 1);
    assert!(system.read("etc/systemd/system/docker.service.d/50-sealer.conf").contains("TasksMax"));
    system.remove().unwrap();
    assert_eq!(restarts(), 2);
    fs::remove_file(system.path("units/docker.service.active")).unwrap();
    assert_eq!(system.picture(), before);
}

#[test]
fn two_agents_at_once_lose_nothing_of_each_other() {
    let system = System::new();
    std::thread::scope(|scope| {
        for agent in 0..4 {
            let system = &system;
            scope.spawn(move || {
                for number in 0..5 {
                    let change = file(&format!("/etc/{agent}-{number}"), 0o644, "x");
                    system.batch(&[change], false).unwrap();
                }
            });
        }
    });
    let ledger = Ledger::open(&system.place, CLUSTER).unwrap();
    assert_eq!(ledger.entries().len(), 20);
}

#[test]
fn what_a_crash_left_unfinished_goes_with_the_rest_and_nothing_of_others_does() {
    let system = System::new();
    system.write("etc/hosts", "127.0.0.1 localhost\n");
    system.write("etc/.sealer-notes", "theirs");
    let before = system.picture();
    system.make(&[block(&["192.0.2.1 sea.hub"]), file("/opt/a/tool", 0o755, "x")]);
    for left in ["etc/.sealer-QbWKas", "opt/a/.sealer-a1b2c3"] {
        system.write(left, "half");
    }
    fs::write(system.place.root().join(".sealer-Zz9yXw"), "half").unwrap();
    assert_eq!(system.remove().unwrap(), Changed::Yes);
    assert_eq!(system.picture(), before);
}

#[test]
fn a_block_that_somebody_broke_is_refused_and_not_guessed_at() {
    let system = System::new();
    system.write("etc/hosts", "# BEGIN sealer my-cluster\n192.0.2.1 x\n");
    let error = system.batch(&[block(&["192.0.2.1 sea.hub"])], false).unwrap_err();
    assert!(error.to_string().contains("BEGIN sealer my-cluster"), "{error}");
    assert_eq!(system.read("etc/hosts"), "# BEGIN sealer my-cluster\n192.0.2.1 x\n");
}

#[test]
fn a_host_of_another_cluster_is_refused() {
    let system = System::new();
    system.make(&[file("/etc/x", 0o600, "x")]);
    let other = Batch { cluster: "other".into(), dry_run: false, changes: vec![] };
    let text = make(&system.place, &other).unwrap_err().to_string();
    assert!(text.contains("my-cluster") && text.contains("other"), "{text}");
    assert!(removal::remove(&system.place, "other", &mut |_| ()).is_err());
    assert_eq!(system.read("etc/x"), "x");
}

#[test]
fn a_unit_is_restarted_only_when_something_before_it_changed() {
    let system = System::new();
    let with = |text| [file("/etc/kubelet.conf", 0o644, text), unit(true)];
    system.make(&with("one"));
    assert_eq!(system.requests().matches("restart").count(), 1);
    system.make(&with("two"));
    assert_eq!(system.requests().matches("restart").count(), 2);
}

#[test]
fn a_restart_that_a_crash_prevented_is_made_up_for() {
    let system = System::new();
    system.make(&[file("/etc/kubelet.conf", 0o644, "one"), unit(true)]);
    system.write("units/kubelet.service.broken", "");
    let changes = [file("/etc/kubelet.conf", 0o644, "two"), unit(true)];
    let error = system.batch(&changes, false).unwrap_err();
    assert!(error.to_string().contains("last words"), "{error}");
    fs::remove_file(system.path("units/kubelet.service.broken")).unwrap();
    assert_eq!(system.batch(&changes, false).unwrap(), [Changed::No, Changed::Yes]);
    assert_eq!(system.batch(&changes, false).unwrap(), [Changed::No, Changed::No]);
}

#[test]
fn a_unit_that_dies_after_its_start_is_not_called_active() {
    let system = System::new();
    system.write("units/kubelet.service.dying", "");
    let error = system.batch(&[unit(true)], false).unwrap_err();
    assert!(error.to_string().contains("last words"), "{error}");
}

#[test]
fn a_unit_that_ran_before_runs_again_with_its_old_file() {
    let system = System::new();
    system.write("units/kubelet.service.enabled", "");
    system.write("units/kubelet.service.active", "");
    let before = system.picture();
    system.make(&[file("/etc/kubelet.conf", 0o644, "ours"), unit(true)]);
    system.remove().unwrap();
    assert_eq!(system.picture(), before);
    assert!(system.requests().ends_with("restart kubelet.service\n"), "{}", system.requests());
}

#[test]
fn systemd_reads_a_changed_unit_again_even_if_the_unit_is_not_to_run() {
    let system = System::new();
    let with = |text| [file("/etc/systemd/system/kubelet.service", 0o644, text), unit(false)];
    system.make(&with("one"));
    let before = system.requests().matches("daemon-reload").count();
    system.make(&with("two"));
    assert_eq!(system.requests().matches("daemon-reload").count(), before + 1);
    assert!(!system.requests().contains("restart"));
}

#[test]
fn a_unit_can_be_enabled_without_being_started() {
    let system = System::new();
    system.make(&[unit(false)]);
    assert!(system.path("units/kubelet.service.enabled").exists());
    assert!(!system.path("units/kubelet.service.active").exists());
}

#[test]
fn a_kernel_setting_that_is_not_there_is_named() {
    let system = System::new();
    let missing = Change::Sysctl { key: "net.ipv4.no_such".into(), value: "1".into() };
    let text = system.batch(&[missing], false).unwrap_err().to_string();
    assert_eq!(text, "this kernel has no setting net.ipv4.no_such");
}

#[test]
fn a_dry_run_expects_settings_of_a_module_that_is_still_to_be_loaded() {
    let system = System::new();
    let setting = Change::Sysctl { key: "net.bridge.x".into(), value: "1".into() };
    let changes = [Change::Module { name: "br_netfilter".into() }, setting.clone()];
    assert_eq!(system.batch(&changes, true).unwrap(), [Changed::Yes, Changed::Yes]);
    assert!(system.batch(&[setting], true).is_err());
}

#[test]
fn a_module_is_loaded_only_when_the_kernel_lacks_it() {
    let system = System::new();
    system.program("modprobe", "#!/bin/sh\necho \"no $* here\" >&2\nexit 1\n");
    system.write("proc/filesystems", "nodev\toverlay\n");
    let module = |name: &str| Change::Module { name: name.into() };
    system.make(&[module("overlay")]);
    let text = system.batch(&[module("br_netfilter")], false).unwrap_err().to_string();
    assert!(text.contains("no br_netfilter here"), "{text}");
    fs::create_dir_all(system.path("proc/sys/net/bridge")).unwrap();
    system.make(&[module("br_netfilter")]);
    assert!(system.batch(&[module("--remove")], false).is_err());
}

#[test]
fn what_cannot_be_undone_is_named_and_stays_in_the_ledger() {
    let system = System::new();
    system.make(&[file("/etc/one", 0o644, "1"), file("/etc/two", 0o644, "2")]);
    fs::remove_file(system.path("etc/two")).unwrap();
    fs::create_dir(system.path("etc/two")).unwrap();
    let text = system.remove().unwrap_err().to_string();
    assert!(text.contains("1 of 2") && text.contains("etc/two"), "{text}");
    assert!(!system.path("etc/one").exists(), "the other entry was not undone");
    fs::remove_dir(system.path("etc/two")).unwrap();
    assert_eq!(system.remove().unwrap(), Changed::Yes);
    assert!(!system.path("var/lib/sealer").exists());
}

#[test]
fn a_damaged_ledger_stops_everything() {
    let system = System::new();
    fs::create_dir_all(system.place.root()).unwrap();
    fs::write(system.place.root().join("ledger.json"), "{\"cluster\":").unwrap();
    let text = system.batch(&[], false).unwrap_err().to_string();
    assert!(text.contains("ledger.json is damaged"), "{text}");
}

const SWAPS: &str = "Filename\tType\tSize\tUsed\tPriority\n";
const TABLE: &str = "/dev/a / ext4 defaults 0 1\n/dev/b none swap sw 0 0\n# /dev/c none swap sw 0 0\n";

/// A system whose swap is on, with programs that keep the kernel's list.
fn with_swap() -> System {
    let system = System::new();
    system.write("etc/fstab", TABLE);
    system.write("proc/swaps", &format!("{SWAPS}/dev/b\tpartition\t1024\t0\t-2\n/swap\\040file\tfile\t1024\t0\t7\n"));
    let list = system.path("proc/swaps").display().to_string();
    system
        .program("swapoff", &format!("#!/bin/sh\ngrep -v \"^${{1%% *}}\" {list} > {list}.new; mv {list}.new {list}\n"));
    system.program("swapon", &format!("#!/bin/sh\necho \"$*\" >> {list}.on\n"));
    system
}

#[test]
fn swap_goes_off_for_good_and_comes_back_as_it_was() {
    let system = with_swap();
    assert_eq!(system.make(&[Change::SwapOff]), [Changed::Yes]);
    assert_eq!(system.read("proc/swaps"), SWAPS);
    let off = "/dev/a / ext4 defaults 0 1\n# sealer: swap is off: /dev/b none swap sw 0 0\n# /dev/c none swap sw 0 0\n";
    assert_eq!(system.read("etc/fstab"), off);
    system.write("etc/fstab", &format!("{off}/dev/d /data xfs defaults 0 2\n"));
    system.remove().unwrap();
    assert_eq!(system.read("etc/fstab"), format!("{TABLE}/dev/d /data xfs defaults 0 2\n"));
    assert_eq!(system.read("proc/swaps.on"), "-p 7 /swap file\n/dev/b\n");
}

#[test]
fn swap_that_cannot_go_off_is_an_error_with_the_reason_and_its_lines_come_back() {
    let system = with_swap();
    system.program("swapoff", "#!/bin/sh\necho 'Cannot allocate memory' >&2\nexit 255\n");
    let text = system.batch(&[Change::SwapOff], false).unwrap_err().to_string();
    assert!(text.contains("Cannot allocate memory"), "{text}");
    system.remove().unwrap();
    assert_eq!(system.read("etc/fstab"), TABLE);
}
