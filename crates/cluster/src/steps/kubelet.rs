//! Installs the kubelet, kubeadm and kubectl, and the kernel settings that Kubernetes asks for. The kubelet is enabled only;
//! kubeadm starts it when its configuration is there.

use crate::delivery::Delivery;
use crate::step::{Answer, Changes, On, everywhere};
use crate::steps::registry::file;
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, ContainerRuntime, Member};
use sealer_model::image::Extension;

/// Install the kubelet.
pub(crate) struct InstallKubelet;

const SETTINGS: [(&str, &str); 3] = [
    ("net.ipv4.ip_forward", "1"),
    ("net.bridge.bridge-nf-call-iptables", "1"),
    ("net.bridge.bridge-nf-call-ip6tables", "1"),
];

/// What hosts need besides to pass on packets of IPv6 for their pods.
const SETTINGS_OF_IPV6: [(&str, &str); 2] =
    [("net.ipv6.conf.all.forwarding", "1"), ("net.ipv6.conf.default.forwarding", "1")];

/// Folders that Kubernetes fills; they go when the cluster goes.
const FOLDERS: [(&str, u32); 6] = [
    ("/etc/kubernetes", 0o755),
    ("/var/lib/kubelet", 0o700),
    ("/var/lib/etcd", 0o700),
    ("/var/log/pods", 0o755),
    ("/var/log/containers", 0o755),
    ("/usr/libexec/kubernetes", 0o755),
];

const MODULE: &str = "br_netfilter";
const MODULES_FILE: &str = "/etc/modules-load.d/sealer.conf";
const SETTINGS_FILE: &str = "/etc/sysctl.d/99-sealer.conf";
const UNIT_FILE: &str = "/etc/systemd/system/kubelet.service";
const PROGRAMS: [&str; 3] = ["kubeadm", "kubelet", "kubectl"];

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

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        let folders = FOLDERS.map(|(folder, _)| format!("{folder}/"));
        let files = [MODULES_FILE, SETTINGS_FILE, UNIT_FILE].map(str::to_owned);
        let programs = PROGRAMS.map(|program| format!("/usr/local/bin/{program}"));
        let of_ipv6 = cluster.members.iter().any(|member| member.address.is_ipv6());
        let settings = settings(of_ipv6).into_iter().map(|(key, _)| key.to_owned());
        let all = files.into_iter().chain([format!("{UNIT_FILE}.d/"), MODULE.to_owned()]).chain(folders);
        all.chain(programs).chain(settings).collect()
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            let rootfs = on.context.rootfs();
            let mut changes = vec![Change::Module { name: MODULE.into() }];
            changes.push(file(MODULES_FILE.into(), 0o644, MODULES));
            let documents = on.context.kubeadm_documents(on.address()).await?;
            let settings = settings(is_of_ipv6(&documents.cluster.networking.pod_subnet));
            changes.push(file(SETTINGS_FILE.into(), 0o644, &settings_file(&settings)));
            let setting = |(key, value): (&str, &str)| Change::Sysctl { key: key.into(), value: value.into() };
            changes.extend(settings.into_iter().map(setting));
            changes.extend(FOLDERS.map(|(path, mode)| Change::Directory { path: path.into(), mode }));
            changes.extend(PROGRAMS.map(|program| Change::Link {
                path: format!("/usr/local/bin/{program}"),
                target: format!("{rootfs}/bin/{program}"),
            }));
            changes.extend([
                file(UNIT_FILE.into(), 0o644, UNIT),
                file(
                    format!("{UNIT_FILE}.d/10-kubeadm.conf"),
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

/// Whether one of these ranges, with commas between, is of IPv6.
fn is_of_ipv6(ranges: &str) -> bool {
    ranges.contains(':')
}

/// The kernel's settings, for pods with addresses of IPv6 or without.
fn settings(of_ipv6: bool) -> Vec<(&'static str, &'static str)> {
    let of_ipv6: &[_] = if of_ipv6 { &SETTINGS_OF_IPV6 } else { &[] };
    [&SETTINGS[..], of_ipv6].concat()
}

fn settings_file(settings: &[(&str, &str)]) -> String {
    settings.iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_pass_on_ipv6_only_where_pods_have_it() {
        let of_ipv6 = |pods: &str| settings_file(&settings(is_of_ipv6(pods))).contains("ipv6.conf");
        assert_eq!((of_ipv6("100.64.0.0/16"), of_ipv6("fd00:64::/56")), (false, true));
        assert!(of_ipv6("100.64.0.0/16,fd00:64::/56"));
        assert!(settings_file(&settings(true)).starts_with("net.ipv4.ip_forward = 1\n"));
    }
}
