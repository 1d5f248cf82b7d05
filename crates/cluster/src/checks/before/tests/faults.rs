//! For every check one thing that is wrong with an otherwise good site.

use super::{Site, bundle_with};
use sealer_model::Platform;
use sealer_model::cluster::{ContainerRuntime, ExternalRegistry};
use sealer_model::facts::{Disk, HostsLine, Link, Proxy, Reach, Reached, Route, Subnet};

pub(in crate::checks) type Fault = (&'static str, fn(&mut Site));

fn setting(site: &mut Site, key: &str, value: &str) {
    site.node().machine.settings.insert(key.into(), value.into());
}

fn runs(site: &mut Site, unit: &str) {
    site.node().surroundings.active_units.insert(unit.into());
}

fn hosts_line(site: &mut Site, address: &str, name: &str) {
    let line = HostsLine { address: address.parse().unwrap(), names: vec![name.into()] };
    site.node().network.hosts.push(line);
}

fn disk<'a>(site: &'a mut Site, path: &str) -> &'a mut Disk {
    site.master().disks.get_mut(path).unwrap()
}

fn mounted(site: &mut Site, path: &str, option: &str) {
    disk(site, path).options.push(option.into());
}

/// Gibibytes of container images.
pub(super) fn images(site: &mut Site, gibibytes: u64) {
    let images = sealer_model::image::Descriptor { size: gibibytes << 30, ..site.bundle.index.clone() };
    site.bundle.blobs.push(images);
}

fn link(site: &mut Site, name: &str) {
    let link = Link { name: name.into(), mac: "02:00:00:00:00:09".into(), mtu: 1450 };
    site.node().network.links.push(link);
}

fn kubeadm(site: &mut Site, document: &str) {
    site.bundle.rootfs = bundle_with(document).rootfs;
}

pub(in crate::checks) const FAULTS: &[Fault] = &[
    ("platform", |site| site.node().platform = Platform::linux("arm64")),
    ("operating-system", |site| drop(site.node().os_release.insert("ID".into(), "templeos".into()))),
    ("systemd", |site| site.node().systemd = false),
    ("processor-count", |site| site.master().processors = 1),
    ("processor-level", |site| site.node().machine.processor_flags.retain(|flag| flag != "sse4_2")),
    ("reboot-pending", |site| site.node().machine.reboot_required = true),
    ("automatic-updates", |site| runs(site, "unattended-upgrades.service")),
    ("required-programs", |site| drop(site.node().surroundings.programs.remove("mount"))),
    ("kernel-version", |site| site.node().kernel = "3.10.0-1160.el7.x86_64".into()),
    ("kernel-feature", |site| site.node().kernel_features.retain(|feature| feature != "br_netfilter")),
    ("kernel-modules-missing", |site| {
        site.node().kernel_features.clear();
        site.node().machine.modules_folder = false;
    }),
    ("kernel-modules-blocked", |site| {
        site.node().kernel_features.clear();
        site.node().machine.modules_blocked.insert("overlay".into());
    }),
    ("kernel-modules-locked", |site| {
        site.node().kernel_features.clear();
        setting(site, "kernel.modules_disabled", "1");
    }),
    ("cgroup-controllers", |site| site.node().machine.controllers.retain(|name| name != "memory")),
    ("cgroup-version", |site| {
        site.bundle.extension.labels.values_mut().for_each(|version| *version = "v1.20.2".into());
    }),
    ("settings-reverted", |site| {
        site.node().machine.settings_files.push("/etc/sysctl.d/99-sysctl.conf: net.ipv4.ip_forward = 0".into());
    }),
    ("kernel-defaults", |site| {
        kubeadm(site, "kind: KubeletConfiguration\nprotectKernelDefaults: true\n");
        setting(site, "vm.overcommit_memory", "0");
    }),
    ("process-limit", |site| setting(site, "kernel.pid_max", "4096")),
    ("open-file-limit", |site| setting(site, "fs.file-max", "8192")),
    ("inotify-instances", |site| setting(site, "fs.inotify.max_user_instances", "64")),
    ("inotify-watches", |site| setting(site, "fs.inotify.max_user_watches", "1024")),
    ("memory-maps", |site| setting(site, "vm.max_map_count", "1024")),
    ("memory", |site| site.master().memory = 1 << 30),
    ("memory-available", |site| site.node().machine.memory_available = 1 << 30),
    ("memory-eviction", |site| site.node().machine.memory_available = 50 << 20),
    ("swap", |site| site.node().swap = 1 << 30),
    ("huge-pages", |site| site.node().machine.huge_pages = 3 << 30),
    ("disk", |site| disk(site, "/var/lib/sealer/data").free = 1 << 20),
    ("disk-images", |site| images(site, 30)),
    ("disk-images-nowhere", |site| images(site, 50)),
    ("disk-eviction", |site| disk(site, "/var/lib/containerd").free = 14 << 30),
    ("disk-files", |site| disk(site, "/var/lib/kubelet").inodes.as_mut().unwrap().free = 1000),
    ("disk-read-only", |site| mounted(site, "/etc", "ro")),
    ("disk-noexec", |site| mounted(site, "/usr/local/bin", "noexec")),
    ("disk-nosuid", |site| mounted(site, "/var/lib/containerd", "nosuid")),
    ("disk-nodev", |site| mounted(site, "/var/lib/kubelet", "nodev")),
    ("disk-kind", |site| disk(site, "/var/lib/containerd").kind = "nfs4".into()),
    ("disk-latency", |site| site.master().write_latencies[7] = 40_000),
    ("disk-latency-unusable", |site| site.master().write_latencies = vec![800_000; 5]),
    ("disk-etcd", |site| disk(site, "/var/lib/etcd").free = 1 << 30),
    ("disk-logs", |site| disk(site, "/var/log").free = 1 << 20),
    ("disk-temporary", |site| disk(site, "/tmp").free = 1 << 20),
    ("address", |site| site.node().addresses = vec!["192.168.7.7".into()]),
    ("port-in-use", |site| site.master().listening.push(6443)),
    ("node-port-in-use", |site| site.node().listening.push(30_080)),
    ("local-ports", |site| setting(site, "net.ipv4.ip_local_port_range", "15000\t65000")),
    ("unreachable", |site| {
        site.node().network.reach.push(Reach { host: "10.0.0.1".into(), port: 6443, reached: Reached::Silent });
    }),
    ("registry-unreachable", |site| {
        let external = ExternalRegistry { domain: "harbor.example".into(), ..ExternalRegistry::default() };
        site.cluster.registry.external = Some(external);
        site.node().network.reach.push(Reach { host: "harbor.example".into(), port: 443, reached: Reached::Refused });
    }),
    ("default-route", |site| site.node().network.routes.retain(|route| route.destination.prefix > 0)),
    ("address-range-clash", |site| {
        let destination = Subnet::read("10.96.1.0/24").unwrap();
        site.node().network.routes.push(Route { destination, link: "eth1".into() });
    }),
    ("mtu-small", |site| site.node().network.links[0].mtu = 1000),
    ("conntrack-table", |site| setting(site, "net.netfilter.nf_conntrack_max", "8192")),
    ("ipv6-off", |site| setting(site, "net.ipv6.conf.all.disable_ipv6", "1")),
    ("firewalld", |site| runs(site, "firewalld.service")),
    ("ufw", |site| runs(site, "ufw.service")),
    ("filter-drops", |site| site.node().network.dropping_chains.push("FORWARD".into())),
    ("hosts-file-clash", |site| hosts_line(site, "10.9.9.9", "sea.hub")),
    ("hosts-file-peer", |site| hosts_line(site, "10.9.9.9", "a")),
    ("hosts-file-localhost", |site| hosts_line(site, "10.9.9.9", "localhost")),
    ("own-name", |site| site.node().network.own_name = Some(Vec::new())),
    ("own-name-elsewhere", |site| site.node().network.own_name = Some(vec!["10.9.9.9".into()])),
    ("resolver-missing", |site| site.node().network.nameservers.clear()),
    ("resolver-loop", |site| site.node().network.nameservers = vec!["127.0.0.1".into()]),
    ("resolver-many", |site| site.node().network.nameservers = vec!["10.0.0.53".into(); 4]),
    ("clock-certificates", |site| site.node().clock_ahead = -86_400),
    ("clock-skew", |site| site.node().clock_ahead = 60),
    ("clock-drift", |site| site.node().clock_ahead = 7),
    ("time-service", |site| site.node().surroundings.active_units.clear()),
    ("time-not-synchronised", |site| site.node().surroundings.synchronised = Some(false)),
    ("time-zone", |site| site.node().surroundings.time_zone = "Asia/Shanghai".into()),
    ("hostname", |site| site.node().hostname = "Node_B".into()),
    ("hostname-localhost", |site| site.node().hostname = "localhost.localdomain".into()),
    ("hostname-not-kept", |site| site.node().machine.static_hostname = "old".into()),
    ("duplicate-hostname", |site| site.node().hostname = "a".into()),
    ("machine-id-missing", |site| site.node().machine_id.clear()),
    ("duplicate-machine-id", |site| site.node().machine_id = "id-a".into()),
    ("duplicate-mac", |site| site.node().network.links[0].mac = "02:00:10.0.0.1".into()),
    ("duplicate-product-uuid", |site| site.node().machine.product_uuid = "uuid-a".into()),
    ("same-host", |site| site.master().addresses.push("10.0.0.2".into())),
    ("other-cluster", |site| site.node().cluster = Some("other".into())),
    ("half-done", |site| {
        site.half_done = true;
        site.node().cluster = Some("my-cluster".into());
        site.node().delivered = true;
    }),
    ("leftovers", |site| site.node().leftovers.push("/etc/kubernetes/admin.conf".into())),
    ("leftovers-network", |site| site.node().former.network_files.push("10-calico.conflist".into())),
    ("leftovers-links", |site| link(site, "flannel.1")),
    ("leftovers-filter", |site| site.node().network.kubernetes_chains = 12),
    ("leftovers-balancing", |site| site.node().network.virtual_services = 1),
    ("leftovers-mounts", |site| site.node().former.mounts.push("/var/lib/kubelet/pods/x/y".into())),
    ("leftovers-services", |site| runs(site, "k3s.service")),
    ("runtime-containerd", |site| runs(site, "containerd.service")),
    ("runtime-docker", |site| runs(site, "docker.service")),
    ("docker-unfit", |site| {
        site.cluster.container_runtime = ContainerRuntime::Docker;
        site.node().surroundings.installed_units.insert("docker.service".into());
    }),
    ("runtime-crio", |site| runs(site, "crio.service")),
    ("runtime-programs", |site| {
        site.node().surroundings.programs.insert("kubelet".into(), "/usr/bin/kubelet".into());
    }),
    ("balancer-service", |site| runs(site, "keepalived.service")),
    ("root", |site| site.node().user_id = 1000),
    ("selinux", |site| site.node().surroundings.selinux_enforces = true),
    ("apparmor", |site| site.node().surroundings.apparmor = true),
    ("fapolicyd", |site| runs(site, "fapolicyd.service")),
    ("fips", |site| setting(site, "crypto.fips_enabled", "1")),
    ("proxy", |site| {
        let (place, name) = ("/etc/environment".to_owned(), "HTTPS_PROXY".to_owned());
        site.node().surroundings.proxies.push(Proxy { place, name, value: String::new() });
    }),
    ("ssh-sessions", |site| drop(site.node().surroundings.ssh.insert("maxsessions".into(), "1".into()))),
    ("ssh-idle", |site| {
        let ssh = &mut site.node().surroundings.ssh;
        ssh.insert("clientaliveinterval".into(), "300".into());
        ssh.insert("clientalivecountmax".into(), "0".into());
    }),
    ("host-unreached", |site| site.unreached.push(("10.0.0.3".parse().unwrap(), "connection refused".into()))),
    ("quorum", |site| {
        let mut second = site.cluster.members[0].clone();
        second.address = "10.0.0.3".parse().unwrap();
        site.cluster.members.insert(1, second);
    }),
    ("address-range-overlap", |site| {
        kubeadm(
            site,
            "kind: ClusterConfiguration\nnetworking: {podSubnet: 10.96.0.0/16, serviceSubnet: 10.96.0.0/22}\n",
        );
    }),
    ("address-range-hosts", |site| {
        kubeadm(site, "kind: ClusterConfiguration\nnetworking: {podSubnet: 10.0.0.0/16}\n");
    }),
    ("address-range-small", |site| {
        kubeadm(site, "kind: ClusterConfiguration\nnetworking: {podSubnet: 100.64.0.0/24}\n");
    }),
    ("mixed-systems", |site| drop(site.node().os_release.insert("PRETTY_NAME".into(), "Debian 11".into()))),
    ("mixed-kernels", |site| site.node().kernel = "5.10.0".into()),
    ("mixed-mtu", |site| site.node().network.links[0].mtu = 1400),
    ("mixed-cgroups", |site| site.node().cgroup = 1),
];
