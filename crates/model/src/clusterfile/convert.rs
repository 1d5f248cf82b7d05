//! A Cluster of the first version as one of the second. The other documents of the file stay as they are, comments and all; what
//! has no counterpart is an error where it would change the cluster, and a comment where it would not.

use super::document::{pairs, read_ssh};
use super::draft::Draft;
use super::fields::CLUSTER_V1;
use super::finding::{Finding, Severity, UnfitClusterfile};
use super::view::View;
use super::{Clusterfile, Document};
use crate::ip_list;
use std::net::IpAddr;

/// The file with its Cluster as version 2; a file that has none of the first version stays as it is.
///
/// # Errors
/// When the file has mistakes, or asks for something that has no counterpart.
pub fn convert(file: &str, text: &str) -> Result<String, UnfitClusterfile> {
    let clusterfile = Clusterfile::read(file, text);
    let Some(first) = clusterfile.documents.iter().find(|document| is_first_version(document)) else {
        clusterfile.fit()?;
        return Ok(text.to_owned());
    };
    let version = |finding: &Finding| finding.field == "apiVersion" && finding.line == first.node.position.line;
    let mistakes = clusterfile.findings().iter().filter(|finding| finding.severity == Severity::Error);
    let mut findings: Vec<Finding> = mistakes.filter(|finding| !version(finding)).cloned().collect();
    findings.extend(clusterfile.placed(without_counterpart(&clusterfile, &first.view())));
    if !findings.is_empty() {
        return Err(UnfitClusterfile { findings });
    }
    Ok(replaced(text, first.node.position.line, &converted(&first.view())))
}

fn is_first_version(document: &Document) -> bool {
    document.shape.versions == CLUSTER_V1.versions
}

fn without_counterpart(clusterfile: &Clusterfile, document: &View<'_>) -> Vec<Finding> {
    let Some(spec) = document.get("spec") else { return Vec::new() };
    let mut findings = Vec::new();
    let refuse = |view: View<'_>, hint: &str| {
        Finding::error(view.position(), &view.path, "this has no counterpart in version 2").hint(hint)
    };
    if let Some(provider) = spec.get("provider") {
        let bare = provider.text().is_some_and(|text| text.eq_ignore_ascii_case("baremetal") || text.is_empty());
        let refused =
            (!bare).then(|| refuse(provider, "make the machines yourself and name their addresses in ipList"));
        findings.extend(refused);
    }
    for group in ["masters", "nodes"].iter().filter_map(|name| spec.get(name)) {
        let cloud = ["count", "cpu", "memory", "systemDisk", "dataDisks"].iter().filter_map(|name| group.get(name));
        findings.extend(cloud.map(|view| refuse(view, "name the machines' addresses in ipList")));
    }
    let configured = clusterfile.of_kind("ClusterConfiguration").is_some();
    let asked = [&["network", "podCIDR"][..], &["network", "svcCIDR"], &["certSANS"]];
    let asked = asked.iter().filter_map(|path| spec.at(path)).filter(|_| configured);
    findings.extend(asked.map(|view| refuse(view, "move it into the ClusterConfiguration document of this file")));
    findings
}

fn converted(document: &View<'_>) -> String {
    let Some(spec) = document.get("spec") else { return String::new() };
    let addresses = |name: &str| -> Vec<IpAddr> {
        let texts = spec.get(name).map(|group| group.texts_of("ipList")).unwrap_or_default();
        texts.iter().filter_map(|text| ip_list::parse(text).ok()).flatten().collect()
    };
    let network = |name: &str| spec.at(&["network", name]).and_then(|view| view.text());
    let draft = Draft {
        name: document.at(&["metadata", "name"]).and_then(|name| name.text()),
        image: spec.word_of("image"),
        masters: addresses("masters"),
        nodes: addresses("nodes"),
        ssh: spec.get("ssh").map(|ssh| read_ssh(&ssh)).unwrap_or_default(),
        env: pairs(&spec, "env"),
        certificate_names: spec.texts_of("certSANS"),
        pod_network: network("podCIDR"),
        service_network: network("svcCIDR"),
        ..Draft::default()
    };
    draft.bare(&notes(&spec))
}

/// Fields that said something only to the first version's own network plugins.
fn notes(spec: &View<'_>) -> String {
    let names = ["interface", "cniName", "withoutCNI"];
    let given = names.iter().filter_map(|name| Some((name, spec.at(&["network", name])?.text()?)));
    given.map(|(name, value)| format!("# network.{name} was {value:?}; the network follows from the image\n")).collect()
}

/// The text with another document in the place of the one that holds a line.
fn replaced(text: &str, line: usize, document: &str) -> String {
    let is_mark = |line: &str| line == "---" || line.starts_with("--- ");
    let lines: Vec<&str> = text.lines().collect();
    let within = line.saturating_sub(1).min(lines.len());
    let start = lines[..within].iter().rposition(|line| is_mark(line)).map_or(0, |mark| mark + 1);
    let end = lines[within..].iter().position(|line| is_mark(line)).map_or(lines.len(), |mark| within + mark);
    let whole = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    format!("{}{document}{}", whole(&lines[..start]), whole(&lines[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "\
apiVersion: sealer.cloud/v1
kind: Cluster
metadata:
  name: old
spec:
  image: kubernetes:v1.19.8
  env: [A=1]
  provider: BAREMETAL
  ssh: {user: admin, passwd: Seal0r123, pk: /root/.ssh/id_rsa}
  network: {podCIDR: 100.64.0.0/10, svcCIDR: 10.96.0.0/22, cniName: calico}
  certSANS: [api.example]
  masters:
    ipList: [172.20.0.4, 172.20.0.5-172.20.0.6]
  nodes:
    ipList: [172.20.0.7]
---
# stays as it is
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 200 # many
";

    #[test]
    fn a_first_version_becomes_a_second_and_the_rest_stays() {
        let converted = convert("Clusterfile", FIRST).unwrap();
        let read = Clusterfile::read("Clusterfile", &converted);
        assert!(read.fit().is_ok(), "{converted}\n{:?}", read.findings());
        assert_eq!(read.cluster.name.as_deref(), Some("old"));
        assert_eq!(read.cluster.hosts[0].addresses.len(), 3);
        assert_eq!(read.cluster.hosts[1].roles, ["node"]);
        assert_eq!(read.cluster.ssh.user.as_deref(), Some("admin"));
        assert_eq!(read.kubeadm.cluster["networking"]["podSubnet"], "100.64.0.0/10");
        assert_eq!(read.kubeadm.cluster["apiServer"]["certSANs"][0], "api.example");
        assert_eq!(read.kubeadm.kubelet["maxPods"], 200);
        assert!(converted.contains("# network.cniName was \"calico\""), "{converted}");
        assert!(converted.ends_with("# stays as it is\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 200 # many\n"));
    }

    #[test]
    fn what_is_of_the_second_version_already_stays() {
        let converted = convert("Clusterfile", FIRST).unwrap();
        assert_eq!(convert("Clusterfile", &converted).unwrap(), converted);
    }

    #[test]
    fn clouds_and_misspelt_fields_are_refused_with_their_places() {
        let text = FIRST.replace("BAREMETAL", "ALI_CLOUD").replace("certSANS", "certSans");
        let findings = convert("f", &text).unwrap_err().findings;
        let told: Vec<(usize, &str)> = findings.iter().map(|finding| (finding.line, finding.field.as_str())).collect();
        assert_eq!(told, [(11, "spec.certSans"), (8, "spec.provider")]);
        assert_eq!(findings[0].hint.as_deref(), Some("did you mean certSANS?"));
    }
}
