//! What is wrong with variables of older Clusterfiles that are more than environment: those that say what a kubeadm document says, and
//! those that ask for something that sealer does otherwise.

use super::super::Clusterfile;
use super::super::finding::{Finding, Severity};
use super::super::network::Network;
use super::super::view::View;

pub(super) fn variables(clusterfile: &Clusterfile) -> Vec<Finding> {
    let spec = clusterfile.of_kind("Cluster").and_then(|document| document.get("spec"));
    let items = spec.map(|spec| spec.list("env")).unwrap_or_default();
    items.iter().filter_map(|item| variable(item, clusterfile)).collect()
}

fn variable(item: &View<'_>, clusterfile: &Clusterfile) -> Option<Finding> {
    let text = item.text()?;
    let (name, value) = text.split_once('=')?;
    match name {
        "SvcCIDR" | "PodCIDR" => range(item, name, value).or_else(|| said_twice(item, name, value, clusterfile)),
        "CgroupDriver" => said_twice(item, name, value, clusterfile),
        "UseIPasNodeName" if value == "true" => {
            let message = "nodes have the names of their hosts";
            let finding = Finding::new(Severity::NotYet, item.position(), &item.path, message);
            Some(finding.hint("leave it out, and give hosts the names that nodes shall have"))
        }
        "IPv6DualStack" if value == "true" => {
            let hint = "write a range of each family: SvcCIDR=10.96.0.0/22,fd00:10:96::/112, and PodCIDR alike";
            Some(without_effect(item, name).hint(hint))
        }
        "IPvsVIPv4" | "IPvsVIPv6" => {
            let hint = "leave it out: every node reaches the masters through a balancer of its own";
            Some(without_effect(item, name).hint(hint))
        }
        _ => None,
    }
}

fn without_effect(item: &View<'_>, name: &str) -> Finding {
    Finding::warning(
        item.position(),
        &item.path,
        format!("{name} is seen by templates and scripts and changes nothing else"),
    )
}

fn range(item: &View<'_>, name: &str, value: &str) -> Option<Finding> {
    let wrong = value.split(',').find(|range| range.parse::<Network>().is_err())?;
    let message = format!("{name}: \"{wrong}\" is not an address range");
    Some(Finding::error(item.position(), &item.path, message).hint("an address range looks like 100.64.0.0/16"))
}

fn said_twice(item: &View<'_>, name: &str, value: &str, clusterfile: &Clusterfile) -> Option<Finding> {
    let said = clusterfile.kubeadm.said_instead_of(name).filter(|said| said != value)?;
    let message = format!("{name} is {value} here, and the kubeadm documents say {said}");
    Some(Finding::error(item.position(), &item.path, message).hint("say it in one place"))
}
