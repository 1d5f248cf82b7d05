//! What older releases had other words for.

use super::*;

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
