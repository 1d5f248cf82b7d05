//! Facts read from captured texts, whole, cut off and broken.

use super::*;
use sealer_model::facts::{Inodes, Link, Reached};

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
    assert_eq!(facts.disks["/var/lib/sealer"].free, 82_120_752 * 1024);
    assert_eq!(facts.disks["/mnt/a disk"].free, 7 * 1024);
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
fn docker_says_what_it_is() {
    let docker = facts(DEBIAN).unwrap().surroundings.docker;
    assert_eq!((docker.version.as_str(), docker.storage_driver.as_str()), ("20.10.24+dfsg1", "overlay2"));
    assert_eq!(
        (docker.cgroup_driver.as_str(), docker.ours, docker.proxy, docker.swarm),
        ("systemd", false, true, false)
    );
    assert_eq!(docker.apart, ["userns"]);
    // a client without a daemon prints the words alone
    let silent = "=====sealer-fact docker=====\nours\nversion \nstorage \nswarm \n";
    let text = DEBIAN.replace("=====sealer-fact docker=====\nversion 20.10.24+dfsg1\nstorage overlay2\ncgroup systemd\nswarm inactive\nproxy yes\noption name=seccomp,profile=default\noption name=userns\n", silent);
    let docker = facts(&text).unwrap().surroundings.docker;
    assert!(docker.ours && !docker.answers() && !docker.swarm && docker.apart.is_empty());
}

#[test]
fn a_disk_has_its_size_its_mount_and_its_files() {
    let disk = &facts(DEBIAN).unwrap().disks["/var/lib/sealer"];
    assert_eq!((disk.mount_point.as_str(), disk.kind.as_str(), disk.total), ("/", "ext4", 264_212_084 * 1024));
    assert!(disk.has("noexec") && !disk.has("ro"));
    assert_eq!(disk.inodes, Some(Inodes { total: 16_777_216, free: 16_172_547 }));
    assert_eq!(facts(DEBIAN).unwrap().disks["/mnt/a disk"].options, ["ro", "vers=4"]);
    assert_eq!(facts(DEBIAN).unwrap().write_latencies, [1011, 5640]);
}

#[test]
fn the_network_is_read_without_any_program() {
    let facts = facts(DEBIAN).unwrap();
    let network = &facts.network;
    assert_eq!(network.links, [Link { name: "eth0".into(), mac: "02:42:ac:1e:00:02".into(), mtu: 1400 }]);
    let routes: Vec<String> =
        network.routes.iter().map(|route| format!("{} {}", route.destination, route.link)).collect();
    assert_eq!(routes, ["0.0.0.0/0 eth0", "172.30.0.0/16 eth0", "fd00::/64 eth0"]);
    assert_eq!(network.link_of("172.30.0.2".parse().unwrap()).unwrap().mtu, 1400);
    assert!(network.has_default_route("172.30.0.2".parse().unwrap()));
    assert!(!network.has_default_route("fd00::2".parse().unwrap()));
    assert_eq!(network.hosts.len(), 2, "{:?}", network.hosts);
    assert_eq!(network.hosts[1].names, ["sea.hub", "hub"]);
    assert_eq!(network.own_name.as_deref(), Some(&["127.0.1.1".to_owned()][..]));
    assert_eq!(network.nameservers, ["127.0.0.53"]);
    assert_eq!(network.dropping_chains, ["FORWARD", "input"]);
    assert_eq!(network.kubernetes_chains, 2);
    assert_eq!(network.virtual_services, 1);
    let reached: Vec<&Reached> = network.reach.iter().map(|reach| &reach.reached).collect();
    let no_route = Reached::Failed("No route to host".into());
    assert_eq!(reached, [&Reached::Answered, &Reached::Refused, &Reached::Silent, &no_route]);
}

#[test]
fn what_else_is_set_up_is_read() {
    let facts = facts(DEBIAN).unwrap();
    let machine = &facts.machine;
    assert_eq!(machine.memory_available, 21_000_000 * 1024);
    assert_eq!(machine.huge_pages, 2 * 2048 * 1024);
    assert!(machine.processor_flags.contains("sse4_2"));
    assert!(machine.controllers.contains("memory") && !machine.controllers.contains("pids"));
    assert_eq!(machine.settings["net.ipv4.ip_local_port_range"], "32768\t60999");
    assert_eq!(facts.setting("net.ipv4.ip_local_port_range"), Some(32768));
    assert_eq!(machine.settings_files, ["/etc/sysctl.conf: net.ipv4.ip_forward = 0"]);
    assert!(machine.modules_blocked.contains("br_netfilter"));
    assert_eq!(machine.product_uuid, "4c4c4544-0042");
    let around = &facts.surroundings;
    assert_eq!(Vec::from_iter(&around.active_units), ["ssh.service"]);
    assert_eq!(
        Vec::from_iter(&around.installed_units),
        ["chrony.service", "ssh.service"],
        "neither other names nor masked ones"
    );
    assert_eq!(around.programs["mount"], "/usr/bin/mount");
    assert!(around.apparmor && !around.selinux_enforces);
    assert_eq!((around.time_zone.as_str(), around.synchronised), ("Etc/UTC", Some(false)));
    assert_eq!(around.ssh["maxsessions"], "10");
    assert_eq!(around.proxies[0].name, "HTTPS_PROXY");
    assert_eq!(around.proxies[1].value, "localhost,10.0.0.0/8");
    assert_eq!(facts.former.network_files, ["10-calico.conflist"]);
    assert_eq!(facts.former.mounts, ["/var/lib/kubelet/pods/x"]);
}

/// A proxy's address may hold a password.
#[test]
fn a_proxys_address_does_not_leave_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let variables = folder.path().join("environment");
    std::fs::write(&variables, "export https_proxy=http://me:hunter2@proxy:3128\nNO_PROXY=a,b\n").unwrap();
    let script = include_str!("../facts.sh").replace("/etc/environment", variables.to_str().unwrap());
    let printed = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(!printed.contains("hunter2"), "{printed}");
    let proxies = facts(&printed).unwrap().surroundings.proxies;
    let found: Vec<(&str, &str)> = proxies.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect();
    assert!(found.contains(&("https_proxy", "")) && found.contains(&("NO_PROXY", "a,b")), "{found:?}");
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

#[test]
fn a_ledger_of_what_checks_put_right_is_not_one_of_a_delivery() {
    let with = |entries: &str| {
        let ledger = format!(
            "=====sealer-fact ledger=====\n{{\"cluster\":\"c\",\"entries\":[{entries}]}}\n=====sealer-fact end====="
        );
        let facts = facts(&DEBIAN.replace("=====sealer-fact end=====", &ledger)).unwrap();
        (facts.cluster, facts.delivered)
    };
    let mended =
        r#"{"entry":"swap-lines"},{"entry":"block","path":"/etc/hosts"},{"entry":"parent","path":"/etc/sysctl.d"}"#;
    assert_eq!(with(mended), (Some("c".into()), false));
    assert_eq!(with(&format!("{mended},{}", r#"{"entry":"file","path":"/x"}"#)), (Some("c".into()), true));
    let empty = facts(DEBIAN).unwrap();
    assert_eq!((empty.cluster.as_deref(), empty.delivered), (Some("my-cluster"), false));
}
