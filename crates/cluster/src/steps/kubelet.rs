//! Installs the kubelet, kubeadm and kubectl, and the kernel settings that Kubernetes asks for. The kubelet is enabled only;
//! kubeadm starts it when its configuration is there.

use crate::delivery::Delivery;
use crate::step::{Answer, Changes, On, everywhere};
use crate::steps::registry::file;
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, ContainerRuntime, Member};

/// Install the kubelet.
pub(crate) struct InstallKubelet;

const SETTINGS: [(&str, &str); 3] = [
    ("net.ipv4.ip_forward", "1"),
    ("net.bridge.bridge-nf-call-iptables", "1"),
    ("net.bridge.bridge-nf-call-ip6tables", "1"),
];

/// Folders that Kubernetes fills; they go when the cluster goes.
const FOLDERS: [(&str, u32); 6] = [
    ("/etc/kubernetes", 0o755),
    ("/var/lib/kubelet", 0o700),
    ("/var/lib/etcd", 0o700),
    ("/var/log/pods", 0o755),
    ("/var/log/containers", 0o755),
    ("/usr/libexec/kubernetes", 0o755),
];

impl Changes for InstallKubelet {
    fn id(&self) -> &'static str {
        "kubelet"
    }

    fn title(&self) -> &'static str {
        "Install the kubelet"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            let rootfs = on.context.rootfs();
            let mut changes = vec![Change::Module { name: "br_netfilter".into() }];
            changes.push(file("/etc/modules-load.d/sealer.conf".into(), 0o644, MODULES));
            changes.push(file("/etc/sysctl.d/99-sealer.conf".into(), 0o644, &settings_file()));
            changes.extend(SETTINGS.map(|(key, value)| Change::Sysctl { key: key.into(), value: value.into() }));
            changes.extend(FOLDERS.map(|(path, mode)| Change::Directory { path: path.into(), mode }));
            changes.extend(["kubeadm", "kubelet", "kubectl"].map(|program| Change::Link {
                path: format!("/usr/local/bin/{program}"),
                target: format!("{rootfs}/bin/{program}"),
            }));
            let unit = "/etc/systemd/system/kubelet.service";
            changes.extend([
                file(unit.into(), 0o644, UNIT),
                file(
                    format!("{unit}.d/10-kubeadm.conf"),
                    0o644,
                    &drop_in(&on.context.path(), on.cluster().container_runtime),
                ),
                Change::Unit { name: "kubelet.service".into(), running: false },
            ]);
            Ok(changes)
        })
    }
}

const MODULES: &str = "overlay\nbr_netfilter\n";

fn settings_file() -> String {
    SETTINGS.map(|(key, value)| format!("{key} = {value}\n")).concat()
}

const UNIT: &str = "\
[Unit]
Description=kubelet of the sealer cluster
Wants=network-online.target
After=network-online.target containerd.service docker.service

[Service]
ExecStart=/usr/local/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=2

[Install]
WantedBy=multi-user.target
";

/// The variables are those that kubeadm writes; the form is the one of its own drop-in. Kubelets up to 1.26 ask a cloud for
/// credentials when they start, and on a closed site wait for an answer for six seconds unless told that there is none. For docker the
/// kubelet finds who it is at the registry where root's docker finds it: at home, which a service has to be told.
fn drop_in(path: &str, runtime: ContainerRuntime) -> String {
    let home = if runtime == ContainerRuntime::Docker { "Environment=HOME=/root\n" } else { "" };
    format!(
        "[Service]\n\
         {home}\
         Environment=PATH={path}\n\
         Environment=AWS_EC2_METADATA_DISABLED=true\n\
         Environment=\"KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \
         --kubeconfig=/etc/kubernetes/kubelet.conf\"\n\
         Environment=\"KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml\"\n\
         EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\n\
         ExecStart=\n\
         ExecStart=/usr/local/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS\n"
    )
}
