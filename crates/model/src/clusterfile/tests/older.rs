//! What older releases had other words for.

use super::*;
use crate::cluster::PluginKind;

#[test]
fn variables_of_older_clusterfiles_are_honoured_or_refused_by_name() {
    let cases = [
        ("PodCIDR=100.64.0.0/16", None),
        ("SvcCIDR=10.96.0.0", Some("SvcCIDR: \"10.96.0.0\" is not an address range")),
        ("SvcCIDR=10.1.0.0/22", Some("SvcCIDR is 10.1.0.0/22 here, and the kubeadm documents say 10.96.0.0/22")),
        ("UseIPasNodeName=true", Some("nodes have the names of their hosts")),
        ("UseIPasNodeName=false", None),
        ("IPvsVIPv4=10.1.1.1", Some("IPvsVIPv4 is seen by templates and scripts and changes nothing else")),
    ];
    for (variable, expected) in cases {
        let read = Clusterfile::read("f", &with("A=1", variable));
        let messages: Vec<&str> = read.findings().iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, Vec::from_iter(expected), "{variable}");
    }
    let text = with("A=1", "SvcCIDR=10.1.0.0/22, CgroupDriver=cgroupfs").replace(", serviceSubnet: 10.96.0.0/22", "");
    let cluster = Clusterfile::read("f", &text).cluster("web:v1".parse().unwrap(), Digest::of(b""));
    let networking = &cluster.site.kubeadm.cluster["networking"];
    assert_eq!(networking, &serde_json::json!({"podSubnet": "100.64.0.0/16", "serviceSubnet": "10.1.0.0/22"}));
    assert_eq!(cluster.site.kubeadm.kubelet["cgroupDriver"], "cgroupfs");
}

#[test]
fn plugins_of_older_releases_mark_hosts_of_the_cluster_only() {
    let plugin =
        |kind: &str, data: &str| format!("{SOUND}{PLUGIN}  type: {kind}\n  action: pre-install\n  data: {data}\n");
    says(&plugin("LABEL", "10.0.0.1-10.0.0.2 ssd=true"), &[]);
    let stranger =
        "23:9 error spec.data: 10.0.0.9 is not a host of this cluster [name it in spec.hosts, or leave its line out]";
    says(&plugin("LABEL", "10.0.0.9 ssd=true"), &[stranger]);
    says(&plugin("TAINT", "10.0.0.9 a=b:NoSchedule"), &[stranger]);
}

#[test]
fn plugins_name_hosts_check_the_cluster_and_save_etcd() {
    let plugin = |name: &str, kind: &str, action: &str, data: &str| {
        let head = PLUGIN.replace("spec:", &format!("metadata: {{name: {name}}}\nspec:"));
        format!("{head}  type: {kind}\n  action: {action}\n{data}")
    };
    let text = format!(
        "{SOUND}{}{}{}",
        plugin("names", "HOSTNAME", "pre-init-host", "  data: |\n    10.0.0.1 desk\n    10.0.0.2 till-1.shop\n"),
        plugin("well", "CLUSTERCHECK", "post-install", ""),
        plugin("saved", "ETCD", "upgrade|pre-uninstall", "  data: /var/backups/etcd\n"),
    );
    says(&text, &[]);
    let site = Clusterfile::read("f", &text).cluster("web:v1".parse().unwrap(), Digest::of(b"")).site;
    let names: Vec<String> = site.host_names.iter().map(|(host, name)| format!("{host} {name}")).collect();
    assert_eq!(names, ["10.0.0.1 desk", "10.0.0.2 till-1.shop"]);
    let kinds: Vec<_> = site.plugins.iter().map(|it| (it.name.as_str(), it.kind)).collect();
    assert_eq!(kinds, [("saved", PluginKind::EtcdBackup), ("well", PluginKind::ClusterCheck)]);
    let stored: crate::cluster::Site = serde_json::from_str(&serde_json::to_string(&site).unwrap()).unwrap();
    assert_eq!(stored, site);
}

#[test]
fn what_a_plugin_cannot_do_is_told() {
    let found = |kind: &str, action: &str, data: &str| {
        let text = format!("{SOUND}{PLUGIN}  type: {kind}\n  action: {action}\n{data}");
        let read = Clusterfile::read("f", &text);
        read.findings().iter().map(|it| it.message.clone()).collect::<Vec<_>>()
    };
    let names = "  data: |\n    10.0.0.1-10.0.0.2 a\n    10.0.0.1 a\n    10.0.0.2 No_Name\n";
    let expected = [
        "\"10.0.0.2 No_Name\" does not say which hosts get what",
        "2 hosts cannot all be called a",
        "two hosts would be called a",
        "10.0.0.1 gets two names",
        "10.0.0.2 gets two names",
    ];
    assert_eq!(found("HOSTNAME", "pre-init-host", names), expected);
    assert_eq!(found("CLUSTERCHECK", "pre-install", ""), ["there is no cluster for this type at pre-install"]);
    assert_eq!(found("ETCD", "post-install", "  data: here\n"), ["\"here\" is not an absolute path"]);
    assert_eq!(
        found("ETCD", "post-install", "  data: /var/lib/sealer/data/x\n"),
        ["/var/lib/sealer/data/x goes when the cluster does"]
    );
    assert_eq!(
        found("ETCD", "post-init-host", "  data: /x\n"),
        ["there is no cluster for this type at post-init-host"]
    );
    assert_eq!(found("SHELL", "post-install", ""), ["the field is missing"]);
}
