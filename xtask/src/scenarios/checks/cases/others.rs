//! What others left or run on hosts: earlier clusters, runtimes, guards, settings of the SSH server.

use crate::scenarios::checks::fault::Kind::{Posed, Real, Said};
use crate::scenarios::checks::fault::{Case, case, network, on, script};

pub(super) const CASES: &[Case] = &[
    case(
        ("other-cluster", 1),
        "/var/lib/sealer/ledger.json is another cluster's",
        Real,
        &[script(
            1,
            "made /var/lib/sealer; echo '{\"cluster\": \"other\", \"entries\": []}' >/var/lib/sealer/ledger.json",
            "rm -f /var/lib/sealer/ledger.json; unmade /var/lib/sealer",
        )],
    ),
    case(
        ("leftovers", 1),
        "/etc/kubernetes/admin.conf is there",
        Real,
        &[script(1, "mkdir -p /etc/kubernetes; touch /etc/kubernetes/admin.conf", "rm -r /etc/kubernetes")],
    ),
    case(
        ("leftovers-network", 1),
        "/etc/cni/net.d/10-old.conflist is there",
        Real,
        &[script(1, "mkdir -p /etc/cni/net.d; echo {} >/etc/cni/net.d/10-old.conflist", "rm -r /etc/cni")],
    ),
    case(
        ("leftovers-links", 1),
        "there is an interface cni0",
        Real,
        &[network(1, "ip link add cni0 type bridge", "ip link delete cni0")],
    ),
    case(
        ("leftovers-filter", 1),
        "the packet filter has a chain KUBE-SERVICES",
        Real,
        &[network(1, "iptables --new-chain KUBE-SERVICES", "iptables --delete-chain KUBE-SERVICES")],
    ),
    case(
        ("leftovers-balancing", 1),
        "/proc/net/ip_vs has a service",
        Posed,
        &[on(
            1,
            "program cat 'case $* in /proc/net/ip_vs) echo \"TCP  0A600001:01BB rr\" ;; *) exec /bin/cat \"$@\" ;; esac'",
        )],
    ),
    case(
        ("leftovers-mounts", 1),
        "something is mounted below /run/netns",
        Real,
        &[script(1, "made /run/netns; disk /run/netns/old size=1m", "un_disk /run/netns/old; unmade /run/netns")],
    ),
    case(("leftovers-services", 1), "k3s.service runs", Posed, &[on(1, "unit k3s.service")]),
    case(("runtime-containerd", 1), "containerd.service runs", Posed, &[on(1, "unit containerd.service")]),
    case(("runtime-docker", 1), "docker.service runs", Posed, &[on(1, "unit docker.service")]),
    case(("runtime-crio", 1), "crio.service runs", Posed, &[on(1, "unit crio.service")]),
    case(("runtime-programs", 1), "/usr/local/bin/kubelet is there", Posed, &[on(1, "program kubelet true")]),
    case(("balancer-service", 1), "keepalived.service runs", Posed, &[on(1, "unit keepalived.service")]),
    case(("fapolicyd", 1), "fapolicyd.service runs", Posed, &[on(1, "unit fapolicyd.service")]),
    case(("fips", 2), "crypto.fips_enabled is 1", Said, &[on(2, "says /proc/sys/crypto/fips_enabled 1")]),
    case(
        ("proxy", 1),
        "/etc/environment sets HTTPS_PROXY, and no exception",
        Real,
        &[script(
            1,
            "touch /etc/environment; text /etc/environment d; echo HTTPS_PROXY=http://u:hunter2@10.9.9.9:3128 >>/etc/environment",
            "un_text /etc/environment; [ -s /etc/environment ] || rm -f /etc/environment",
        )],
    ),
    case(
        ("ssh-sessions", 1),
        "MaxSessions is 2",
        Real,
        &[script(
            1,
            "echo MaxSessions 2 >/etc/ssh/sshd_config.d/00-sessions.conf",
            "rm -f /etc/ssh/sshd_config.d/00-sessions.conf",
        )],
    ),
    case(
        ("ssh-idle", 1),
        "ClientAliveInterval is 300, and ClientAliveCountMax is 0",
        Real,
        &[script(
            1,
            "printf 'ClientAliveInterval 300\\nClientAliveCountMax 0\\n' >/etc/ssh/sshd_config.d/00-idle.conf",
            "rm -f /etc/ssh/sshd_config.d/00-idle.conf",
        )],
    ),
    case(
        ("apparmor", 1),
        "/sys/module/apparmor/parameters/enabled is Y, and there is no apparmor_parser",
        Said,
        &[on(1, "says /sys/module/apparmor/parameters/enabled Y")],
    ),
    case(("selinux", 1), "/sys/fs/selinux/enforce is 1", Said, &[on(1, "says /sys/fs/selinux/enforce 1")]),
];

/// Of a cluster that shall run on docker.
pub(super) const DOCKER: &[Case] =
    &[case(("docker-unfit", 1), "docker.service runs, and no daemon answers", Posed, &[on(1, "unit docker.service")])];
