//! Marks a node as the site wants it, as soon as it has joined: role labels, labels and taints. What is launched may ask for a node
//! that is marked, so nobody waits for the last host. Only what is missing is done, and a taint that nobody spoke of stays. What
//! follows from the node as it is is decided by pure functions; kubectl on the first master carries it out.

use crate::Error;
use crate::delivery::Delivery;
use crate::kubectl;
use crate::step::{Answer, On, Step};
use sealer_model::cluster::{Cluster, Member, NodeMarks};
use sealer_model::image::Extension;
use sealer_model::taint::Taint;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Mark the node.
pub(crate) struct MarkNode;

impl Step<Delivery> for MarkNode {
    fn id(&self) -> &'static str {
        "mark-node"
    }

    fn title(&self) -> &'static str {
        "Mark the node"
    }

    /// Those with marks of their own.
    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        let marked = |member: &&Member| cluster.site.nodes.contains_key(&member.address);
        cluster.members.iter().filter(marked).cloned().collect()
    }

    fn touches(&self, _: &Cluster, _: &Extension) -> Vec<String> {
        vec!["Node".into()]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(missing(on).await?.is_empty()) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let master = on.cluster().first_master()?.address;
            for arguments in missing(on).await? {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                kubectl::tell(on.fleet(), master, "mark-node", &arguments).await?;
            }
            Ok(())
        })
    }
}

/// A node as far as it can be marked.
#[derive(Debug, Default, Deserialize)]
struct Node {
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    name: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
struct Spec {
    #[serde(default)]
    taints: Vec<Present>,
}

/// A taint that a node has.
#[derive(Debug, Deserialize)]
struct Present {
    key: String,
    #[serde(default)]
    value: String,
    effect: String,
}

#[derive(Deserialize)]
struct Nodes {
    items: Vec<Node>,
}

/// The kubectl commands that are needed, none when all is so already.
async fn missing(on: &On<'_, Delivery>) -> Result<Vec<Vec<String>>, Error> {
    let Some(marks) = on.cluster().site.nodes.get(&on.address()) else { return Ok(Vec::new()) };
    let host = on.cluster().first_master()?.address;
    let text = kubectl::nodes(on.fleet(), host).await?;
    let nodes: Nodes = serde_json::from_str(&text).map_err(|source| Error::Kubectl { host, source })?;
    let name = &on.fleet().facts_of(on.address())?.hostname;
    let unknown = || Error::Missing { host, path: format!("node {name}") };
    let node = nodes.items.iter().find(|node| node.metadata.name == *name).ok_or_else(unknown)?;
    Ok([label(node, marks), taint(node, marks)].into_iter().flatten().collect())
}

fn label(node: &Node, marks: &NodeMarks) -> Option<Vec<String>> {
    let roles = marks.roles.iter().map(|role| (format!("node-role.kubernetes.io/{role}"), String::new()));
    let wanted = roles.chain(marks.labels.clone());
    let missing = wanted.filter(|(key, value)| node.metadata.labels.get(key) != Some(value));
    command("label", node, missing.map(|(key, value)| format!("{key}={value}")).collect())
}

fn taint(node: &Node, marks: &NodeMarks) -> Option<Vec<String>> {
    let missing = marks.taints.iter().filter(|taint| taint.removed == has(node, taint));
    // kubectl takes a taint away by its key and effect
    let words = missing.map(|taint| match taint.removed {
        true => Taint { value: String::new(), ..taint.clone() }.to_string(),
        false => match &taint.effect {
            Some(effect) => format!("{}={}:{}", taint.key, taint.value, effect.as_str()),
            None => taint.to_string(),
        },
    });
    command("taint", node, words.collect())
}

/// Whether the node has the taint, or, for one to be removed, any that it speaks of.
fn has(node: &Node, taint: &Taint) -> bool {
    node.spec.taints.iter().any(|present| {
        let effect = taint.effect.is_none_or(|effect| effect.as_str() == present.effect);
        let value = present.value == taint.value || (taint.removed && taint.value.is_empty());
        present.key == taint.key && effect && value
    })
}

fn command(verb: &str, node: &Node, words: Vec<String>) -> Option<Vec<String>> {
    let head = [verb, "node", &node.metadata.name, "--overwrite"].map(str::to_owned);
    (!words.is_empty()).then(|| head.into_iter().chain(words).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Node {
        let text = r#"{"metadata": {"name": "n1", "labels": {"disk": "ssd"}},
            "spec": {"taints": [{"key": "old", "effect": "NoSchedule"}, {"key": "a", "value": "b", "effect": "NoExecute"}]}}"#;
        serde_json::from_str(text).unwrap()
    }

    fn marks(roles: &[&str], labels: &[(&str, &str)], taints: &[&str]) -> NodeMarks {
        NodeMarks {
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            taints: taints.iter().map(|taint| taint.parse().unwrap()).collect(),
        }
    }

    fn words(command: Option<Vec<String>>) -> String {
        command.unwrap_or_default().join(" ")
    }

    #[test]
    fn what_is_so_already_needs_no_command() {
        let marks = marks(&[], &[("disk", "ssd")], &["a=b:NoExecute", "gone-", "old:NoExecute-"]);
        assert_eq!(label(&node(), &marks), None);
        assert_eq!(taint(&node(), &marks), None);
    }

    #[test]
    fn what_is_missing_or_different_is_set() {
        let marks = marks(&["db"], &[("disk", "hdd")], &["my-key=v:NoSchedule", "key:NoExecute", "a=c:NoExecute"]);
        assert_eq!(words(label(&node(), &marks)), "label node n1 --overwrite node-role.kubernetes.io/db= disk=hdd");
        assert_eq!(
            words(taint(&node(), &marks)),
            "taint node n1 --overwrite my-key=v:NoSchedule key=:NoExecute a=c:NoExecute"
        );
    }

    #[test]
    fn a_taint_is_removed_by_key_or_by_key_and_effect() {
        let marks = marks(&[], &[], &["old-", "a=b:NoExecute-"]);
        assert_eq!(words(taint(&node(), &marks)), "taint node n1 --overwrite old- a:NoExecute-");
    }
}
