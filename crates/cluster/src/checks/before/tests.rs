//! Every check fires on one thing that is wrong and on nothing else; hosts that are well fire none. A check without such a case
//! fails the walk through the registry.

pub(super) mod faults;

use super::*;
use crate::programs::ProgramFile;
use sealer_model::bundle::{KUBEADM_FILE, Program, Rootfs, RootfsFile, RootfsFiles, Sent, VERSION_LABEL};
use sealer_model::cluster::ContainerRuntime;
use sealer_model::facts::{Disk, HostsLine, Inodes, Link, Machine, Network, Route, Subnet, Surroundings};
use sealer_model::image::{Descriptor, Extension, media_type};
use sealer_model::{Digest, Platform};

pub(in crate::checks) const MASTER: &str = "10.0.0.1";
pub(in crate::checks) const NODE: &str = "10.0.0.2";

/// The kubeadm file of the image.
const KUBEADM: &str = "\
kind: ClusterConfiguration
networking: {podSubnet: 100.64.0.0/16, serviceSubnet: 10.96.0.0/22}
";

/// A master and a node.
pub(in crate::checks) fn cluster() -> Cluster {
    crate::step::tests::cluster(&[MASTER], &[NODE])
}

/// An image of 100 MiB for amd64.
pub(in crate::checks) fn bundle() -> Bundle {
    bundle_with(KUBEADM)
}

/// The same with another kubeadm file.
pub(in crate::checks) fn bundle_with(kubeadm: &str) -> Bundle {
    let file = RootfsFile { bytes: kubeadm.into(), mode: 0o644 };
    let files = RootfsFiles::from([(KUBEADM_FILE.to_owned(), file)]);
    let index = Descriptor::of(media_type::INDEX, b"{}");
    let mut extension = Extension::default();
    extension.labels.insert(VERSION_LABEL.into(), "v1.28.4".into());
    Bundle {
        name: "i:v1".parse().unwrap(),
        blobs: vec![index.clone()],
        sent: Sent { index: index.clone(), blobs: vec![index.clone()] },
        programs: Vec::new(),
        rootfs: vec![Rootfs { platform: Platform::linux("amd64"), manifest: index.clone(), size: 100 << 20, files }],
        index,
        extension,
        container_images: Vec::new(),
    }
}

fn disk() -> Disk {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Disk {
        mount_point: "/".into(),
        kind: "ext4".into(),
        options: words(&["rw", "relatime"]),
        total: 100 << 30,
        free: 60 << 30,
        inodes: Some(Inodes { total: 6_000_000, free: 5_000_000 }),
    }
}

fn machine(hostname: &str) -> Machine {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    let settings = "net.ipv4.ip_local_port_range=32768 net.netfilter.nf_conntrack_max=262144 kernel.pid_max=32768 \
                    fs.file-max=1000000 fs.inotify.max_user_instances=128 fs.inotify.max_user_watches=8192 \
                    vm.max_map_count=65530 kernel.modules_disabled=0 net.ipv6.conf.all.disable_ipv6=0";
    let pair = |text: &str| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    Machine {
        processor_flags: words("cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3"),
        memory_available: 3 << 30,
        huge_pages: 0,
        controllers: words("cpu memory pids"),
        settings: settings.split_whitespace().filter_map(pair).collect(),
        settings_files: vec!["/etc/sysctl.d/10-net.conf: net.ipv4.ip_forward = 0".into()],
        modules_folder: true,
        modules_blocked: ["dccp".to_owned()].into(),
        product_uuid: format!("uuid-{hostname}"),
        static_hostname: hostname.into(),
        reboot_required: false,
    }
}

fn network(hostname: &str, address: &str) -> Network {
    let route = |text: &str| Route { destination: Subnet::read(text).unwrap(), link: "eth0".into() };
    let line = |address: &str, name: &str| HostsLine { address: address.parse().unwrap(), names: vec![name.into()] };
    Network {
        links: vec![Link { name: "eth0".into(), mac: format!("02:00:{address}"), mtu: 1500 }],
        routes: vec![route("0.0.0.0/0"), route("10.0.0.0/24")],
        hosts: vec![line("127.0.0.1", "localhost"), line("127.0.1.1", hostname)],
        own_name: Some(vec!["127.0.1.1".into()]),
        nameservers: vec!["10.0.0.53".into()],
        ..Network::default()
    }
}

fn surroundings() -> Surroundings {
    let programs = ["mount", "umount", "systemctl", "modprobe", "sha256sum", "find"];
    Surroundings {
        active_units: ["chrony.service".to_owned()].into(),
        programs: programs.map(|program| (program.to_owned(), format!("/usr/bin/{program}"))).into(),
        time_zone: "Etc/UTC".into(),
        synchronised: Some(true),
        ssh: [("maxsessions".to_owned(), "10".to_owned())].into(),
        ..Surroundings::default()
    }
}

/// A host with which nothing is wrong.
fn facts(hostname: &str, address: &str) -> Facts {
    let places =
        ["/var/lib/sealer/data", "/var/lib/kubelet", "/var/lib/containerd", "/var/lib/sealer/bin", "/tmp", "/etc"];
    let more = ["/usr/local/bin", "/var/lib/sealer/registry", "/var/lib/etcd", "/var/log"];
    Facts {
        hostname: hostname.into(),
        platform: Platform::linux("amd64"),
        kernel: "6.1.0-18-amd64".into(),
        os_release: BTreeMap::from([("ID".into(), "debian".into()), ("PRETTY_NAME".into(), "Debian 12".into())]),
        machine_id: format!("id-{hostname}"),
        processors: 2,
        memory: 4 << 30,
        swap: 0,
        disks: places.iter().chain(&more).map(|path| ((*path).to_owned(), disk())).collect(),
        write_latencies: vec![1_500; 50],
        listening: vec![22],
        addresses: vec![address.into(), format!("fe80::{}", address.replace("10.0.0.", ""))],
        clock: 1_764_000_000,
        clock_ahead: 0,
        systemd: true,
        cgroup: 2,
        user_id: 0,
        kernel_features: vec!["overlay".into(), "br_netfilter".into()],
        capabilities: u64::MAX,
        leftovers: Vec::new(),
        cluster: None,
        delivered: false,
        machine: machine(hostname),
        network: network(hostname, address),
        surroundings: surroundings(),
        former: Default::default(),
    }
}

/// Everything that a check may look at, to be made wrong in one place.
pub(crate) struct Site {
    pub(crate) cluster: Cluster,
    pub(crate) bundle: Bundle,
    pub(crate) facts: FleetFacts,
    pub(crate) half_done: bool,
    pub(crate) unreached: Vec<(IpAddr, String)>,
    pub(crate) programs: Programs,
}

impl Site {
    pub(crate) fn well() -> Self {
        let hosts = [(MASTER, facts("a", MASTER)), (NODE, facts("b", NODE))];
        let facts = hosts.into_iter().map(|(address, facts)| (address.parse().unwrap(), facts)).collect();
        let (cluster, bundle) = (cluster(), bundle());
        let programs = Programs::own(Platform::linux("amd64"), "v1.0.0", &bundle.name);
        Self { cluster, bundle, facts, half_done: false, unreached: Vec::new(), programs }
    }

    pub(crate) fn master(&mut self) -> &mut Facts {
        self.facts.get_mut(&MASTER.parse::<IpAddr>().unwrap()).unwrap()
    }

    pub(crate) fn node(&mut self) -> &mut Facts {
        self.facts.get_mut(&NODE.parse::<IpAddr>().unwrap()).unwrap()
    }

    fn found(&self) -> Vec<Finding> {
        let before = Before::new(&self.cluster, &self.bundle, &self.facts, &self.programs, self.half_done).unwrap();
        super::before(&before.without(self.unreached.clone()), &Ignore::default())
    }
}

fn texts(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|each| format!("{} {}: {}", each.subject, each.id, each.found)).collect()
}

#[test]
fn hosts_that_are_well_fire_nothing() {
    assert_eq!(texts(&Site::well().found()), Vec::<String>::new());
}

#[test]
fn every_check_fires_on_its_own_fault() {
    for check in checks() {
        let case = faults::FAULTS.iter().find(|(id, _)| *id == check.id);
        let (_, spoil) = case.unwrap_or_else(|| panic!("{} has no case in faults.rs", check.id));
        let mut site = Site::well();
        spoil(&mut site);
        let found = site.found();
        assert!(found.iter().any(|finding| finding.id == check.id), "{} did not fire: {:#?}", check.id, texts(&found));
    }
}

#[test]
fn every_case_belongs_to_a_check_and_every_check_says_all_that_it_must() {
    let mut seen: Vec<&str> = Vec::new();
    for check in checks() {
        assert!(!seen.contains(&check.id), "{} is there twice", check.id);
        seen.push(check.id);
        for text in [check.title, check.why, check.remedy] {
            assert!(text.len() > 10 && !text.ends_with('.'), "{}: \"{text}\"", check.id);
        }
    }
    let stray = faults::FAULTS.iter().find(|(id, _)| !seen.contains(id));
    assert_eq!(stray.map(|(id, _)| id), None);
    assert!(seen.len() >= 60, "only {} checks", seen.len());
}

/// What is found when the node is as `change` makes it.
fn found(change: impl FnOnce(&mut Facts)) -> Vec<String> {
    let mut site = Site::well();
    change(site.node());
    texts(&site.found())
}

#[test]
fn what_is_found_names_the_host_and_the_thing() {
    let busy = found(|facts| facts.listening.push(10250));
    assert_eq!(busy, ["10.0.0.2 port-in-use: port 10250 is in use"]);
    let full = found(|facts| facts.disks.get_mut("/var/lib/sealer/data").unwrap().free = 1 << 20);
    assert_eq!(full, ["10.0.0.2 disk: /var/lib/sealer/data has 1 MiB free, 400 MiB are needed"]);
    let twin = found(|facts| facts.machine_id = "id-a".into());
    assert_eq!(twin, ["10.0.0.2 duplicate-machine-id: /etc/machine-id (id-a) is the same as on 10.0.0.1"]);
    let arm = found(|facts| facts.platform = Platform::linux("arm64"));
    assert!(arm[0].contains("no rootfs for linux/arm64; it has linux/amd64"), "{arm:?}");
    assert!(arm[1].contains("this sealer is for linux/amd64, the host is linux/arm64"), "{arm:?}");
}

#[test]
fn a_host_of_another_platform_is_well_where_the_image_has_a_rootfs_and_a_program_for_it() {
    let mut site = Site::well();
    let arm64 = Platform::linux("arm64");
    site.node().platform = arm64.clone();
    let rootfs = site.bundle.rootfs[0].clone();
    site.bundle.rootfs.push(Rootfs { platform: arm64.clone(), ..rootfs });
    let program = |version: &str| ProgramFile {
        program: Program { platform: arm64.clone(), version: version.into(), digest: Digest::of(b"p"), size: 1 },
        path: "/p".into(),
    };
    site.programs = site.programs.with(Some(vec![program("v1.0.0")]));
    assert_eq!(texts(&site.found()), Vec::<String>::new());
    site.programs = site.programs.clone().with(Some(vec![program("v0.9.0")]));
    let found = texts(&site.found());
    assert!(
        found.len() == 1 && found[0].starts_with("10.0.0.2 platform: ") && found[0].contains("v0.9.0"),
        "{found:?}"
    );
}

/// 36 GB free of 260 GB are many gigabytes and less than 15 %.
#[test]
fn a_large_disk_may_be_full_to_the_kubelet() {
    let roomy = |facts: &mut Facts| {
        for disk in facts.disks.values_mut() {
            (disk.total, disk.free) = (260 << 30, 36 << 30);
        }
    };
    let usual = found(roomy);
    assert!(usual.iter().any(|text| text.contains("imagefs.available") && text.contains("14 %")), "{usual:?}");
    let mut site = Site::well();
    roomy(site.node());
    site.bundle =
        bundle_with(&format!("{KUBEADM}---\nkind: KubeletConfiguration\nevictionHard: {{imagefs.available: 5%}}\n"));
    assert_eq!(texts(&site.found()), Vec::<String>::new());
}

/// Images may lie on any host, so one that cannot take them all is a warning; that there is no room for them at all is an error.
#[test]
fn twenty_gibibytes_of_images_want_sixty_and_not_all_on_one_host() {
    let found = |free: u64| {
        let mut site = Site::well();
        faults::images(&mut site, 20);
        for facts in site.facts.values_mut() {
            let runtime = facts.disks.get_mut("/var/lib/containerd").unwrap();
            (runtime.mount_point, runtime.free, runtime.total) = ("/var/lib/containerd".into(), free << 30, free << 30);
        }
        texts(&site.found()).into_iter().map(|text| text.split(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(100), Vec::<String>::new());
    assert_eq!(found(40), ["10.0.0.1 disk-images", "10.0.0.2 disk-images"]);
    assert_eq!(found(20), ["10.0.0.1 disk-images-nowhere", "10.0.0.1 disk-images", "10.0.0.2 disk-images"]);
}

#[test]
fn a_small_range_is_enough_where_nodes_get_smaller_parts_of_it_or_none() {
    let found = |arguments: &str| {
        let mut site = Site::well();
        let kubeadm =
            "kind: ClusterConfiguration\nnetworking: {podSubnet: 100.64.0.0/24}\ncontrollerManager: {extraArgs: ";
        site.bundle.rootfs = bundle_with(&format!("{kubeadm}{{{arguments}}}}}\n")).rootfs;
        texts(&site.found())
    };
    let small = ["10.0.0.1 address-range-small: 100.64.0.0/24 has parts for 1 of 2 hosts"];
    assert_eq!(found(""), small);
    assert_eq!(found("node-cidr-mask-size: \"24\""), small);
    for enough in ["node-cidr-mask-size: \"26\"", "node-cidr-mask-size-ipv4: \"25\"", "allocate-node-cidrs: \"false\""]
    {
        assert_eq!(found(enough), Vec::<String>::new(), "{enough}");
    }
}

#[test]
fn a_host_of_this_cluster_may_use_its_own_ports_and_files() {
    let ours = found(|facts| {
        (facts.cluster, facts.delivered) = (Some("my-cluster".into()), true);
        facts.listening.push(10250);
        facts.leftovers.push("/etc/kubernetes/kubelet.conf".into());
        facts.former.network_files.push("10-podnet.conf".into());
        facts.surroundings.active_units.insert("kubelet.service".into());
    });
    assert_eq!(ours, Vec::<String>::new());
    let mended = found(|facts| {
        facts.cluster = Some("my-cluster".into());
        facts.listening.push(10250);
    });
    assert_eq!(
        mended,
        ["10.0.0.2 port-in-use: port 10250 is in use"],
        "a host that was only put right holds nothing of ours"
    );
    let other = found(|facts| facts.cluster = Some("other".into()));
    assert_eq!(other, ["10.0.0.2 other-cluster: the host belongs to sealer's cluster \"other\""]);
}

#[test]
fn a_docker_that_the_host_has_is_the_clusters_runtime_where_it_fits() {
    let found = |change: fn(&mut Facts)| {
        let mut site = Site::well();
        site.cluster.container_runtime = ContainerRuntime::Docker;
        for facts in site.facts.values_mut() {
            facts.disks.insert("/var/lib/docker".into(), disk());
        }
        let node = site.node();
        for unit in ["docker.service", "containerd.service"] {
            node.surroundings.active_units.insert(unit.into());
            node.surroundings.installed_units.insert(unit.into());
        }
        for program in ["docker", "containerd", "runc"] {
            node.surroundings.programs.insert(program.into(), format!("/usr/bin/{program}"));
        }
        node.former.mounts = vec!["/var/lib/docker/overlay2/a/merged".into(), "/run/containerd/b".into()];
        let docker = &mut node.surroundings.docker;
        (docker.version, docker.cgroup_driver) = ("20.10.24".into(), "systemd".into());
        change(node);
        texts(&site.found())
    };
    assert_eq!(found(|_| ()), Vec::<String>::new());
    let swarm = found(|facts| facts.surroundings.docker.swarm = true);
    assert_eq!(
        swarm,
        ["10.0.0.2 docker-unfit: it is part of a swarm, and then its containers end when it begins anew"]
    );
    let silent = found(|facts| facts.surroundings.docker.version.clear());
    assert!(silent.len() == 1 && silent[0].contains("does not answer"), "{silent:?}");
    let busy = found(|facts| facts.listening.push(5443));
    assert_eq!(busy, ["10.0.0.2 port-in-use: port 5443 is in use"]);
    let ours = found(|facts| {
        (facts.cluster, facts.delivered) = (Some("my-cluster".into()), true);
        facts.surroundings.docker.proxy = true;
    });
    assert_eq!(ours, Vec::<String>::new());
}

#[test]
fn what_is_ignored_is_told_and_does_not_block() {
    let mut site = Site::well();
    site.node().swap = 1 << 30;
    let before = Before::new(&site.cluster, &site.bundle, &site.facts, &site.programs, false).unwrap();
    let counts = super::before(&before, &Ignore::default());
    assert!(counts[0].blocks());
    let ignored = super::before(&before, &Ignore::of(["swap"]).unwrap());
    assert!(ignored[0].ignored && !ignored[0].blocks());
}

/// How long it takes is shown with `--nocapture`: what a host says is the other part of the time.
#[test]
fn a_hundred_hosts_are_judged_together() {
    let mut site = Site::well();
    let addresses: Vec<String> = (1..=100).map(|host| format!("10.0.0.{host}")).collect();
    let words: Vec<&str> = addresses.iter().map(String::as_str).collect();
    site.cluster = crate::step::tests::cluster(&words[..3], &words[3..]);
    site.facts = addresses.iter().map(|it| (it.parse().unwrap(), facts(&it.replace('.', "-"), it))).collect();
    let begun = std::time::Instant::now();
    let found = site.found();
    println!("{} checks of 100 hosts were judged in {:?}", checks().count(), begun.elapsed());
    assert_eq!(texts(&found), Vec::<String>::new());
}
