//! Joins the nodes with `kubeadm join`, in parallel. The token lives an hour, is made for this purpose, and travels on the
//! standard input of kubeadm, so that it is in no file, no argument and no log.

use crate::Error;
use crate::authority::public_key_hash;
use crate::delivery::{Delivery, command};
use crate::step::{Answer, On, Step, nodes};
use crate::steps::registry::file;
use crate::steps::{clean, init};
use crate::{Fleet, kubectl};
use sealer_model::agent::Text;
use sealer_model::cluster::{API_SERVER_DOMAIN, API_SERVER_PORT, Cluster, Member, Role};
use sealer_model::image::Extension;
use sealer_model::kubeadm::{BootstrapTokenDiscovery, Documents, NodeRegistration, Taint};
use std::net::IpAddr;

/// Join the nodes.
pub(crate) struct JoinNodes;

const AUTHORITY: &str = "/etc/kubernetes/pki/ca.crt";

impl Step<Delivery> for JoinNodes {
    fn id(&self) -> &'static str {
        "join"
    }

    fn title(&self) -> &'static str {
        "Join the node"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        nodes(cluster)
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        let folders = ["/etc/kubernetes/", "/var/lib/kubelet/"].map(str::to_owned).into_iter();
        folders.chain([init::CERTIFICATES_MARK.to_owned(), mark(cluster), "Node".to_owned()]).collect()
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let mark = mark(on.cluster());
            Ok(on.agent()?.read_file(&mark).await?.is_some())
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            if clean::half_made_node(on, "/var/lib/kubelet/config.yaml").await? {
                let master = on.cluster().first_master()?.address;
                kubectl::forget_node(on.fleet(), master, on.address()).await?;
            }
            let delivery = on.context;
            let documents = documents(on).await?;
            let written = documents.join_file(delivery.bundle.kubernetes_version()?)?;
            let arguments = ["join", "--config", "/dev/stdin", &init::skipped(&documents.join.skip_phases)];
            let mut join = delivery.command("kubeadm", &arguments);
            join.input = Some(Text(init::told(on, written)));
            on.fleet().run(on.address(), "join", join).await?;
            on.change(vec![file(mark(on.cluster()), 0o644, "")], false).await?;
            Ok(())
        })
    }
}

/// What every joining host tells kubeadm.
pub(super) async fn documents(on: &On<'_, Delivery>) -> Result<Documents, Error> {
    let master = on.cluster().first_master()?.address;
    let mut documents = on.context.kubeadm_documents(on.address()).await?;
    documents.join.discovery.bootstrap_token = discovery(on, master).await?;
    let registration = &mut documents.join.node_registration;
    init::register(registration, on)?;
    registration.taints = taints(on.cluster(), on.member, registration);
    Ok(documents)
}

/// The taints with which a node registers: were it tainted only afterwards, pods would have come to it meanwhile. Of masters kubeadm
/// knows taints of its own, which it would leave out beside others.
fn taints(cluster: &Cluster, member: &Member, registration: &NodeRegistration) -> Option<Vec<Taint>> {
    let marks = cluster.site.nodes.get(&member.address).filter(|_| member.role == Role::Node);
    let of_site = marks.map(|marks| marks.taints.as_slice()).unwrap_or_default();
    let wanted = of_site.iter().filter(|taint| !taint.removed).filter_map(|taint| {
        let effect = taint.effect?.as_str().to_owned();
        Some(Taint { key: taint.key.clone(), value: taint.value.clone(), effect, ..Taint::default() })
    });
    let mut taints = registration.taints.clone().unwrap_or_default();
    for taint in wanted {
        // Kubernetes has one taint of a key and an effect
        taints.retain(|there| (&there.key, &there.effect) != (&taint.key, &taint.effect));
        taints.push(taint);
    }
    if taints.is_empty() { registration.taints.clone() } else { Some(taints) }
}

/// What tells that this host is a node that went through.
pub(super) fn mark(cluster: &Cluster) -> String {
    format!("{}/node", cluster.folder())
}

/// How a host finds and trusts the cluster of this master, for an hour.
pub(super) async fn discovery<C: AsRef<Fleet>>(
    on: &On<'_, C>,
    master: IpAddr,
) -> Result<BootstrapTokenDiscovery, Error> {
    let create = command(on.cluster(), "kubeadm", &["token", "create", "--ttl", "1h"]);
    let token = on.fleet().run_silently(master, &create).await?;
    let authority = init::read(on, master, AUTHORITY).await?;
    let not_one =
        || Error::NotACertificate { host: master, path: AUTHORITY.into(), reason: "holds no certificate".into() };
    let hash = public_key_hash(&authority).ok_or_else(not_one)?;
    Ok(BootstrapTokenDiscovery {
        token: token.trim().to_owned(),
        api_server_endpoint: format!("{API_SERVER_DOMAIN}:{API_SERVER_PORT}"),
        ca_cert_hashes: vec![hash],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;
    use sealer_model::cluster::NodeMarks;
    use serde_json::json;

    #[test]
    fn a_node_registers_with_the_sites_taints_and_those_of_the_documents() {
        let mut cluster = cluster(&["10.0.0.1"], &["10.0.0.2", "10.0.0.3"]);
        let taints = ["a=new:NoSchedule", "b:NoExecute", "gone-"].map(|taint| taint.parse().unwrap());
        let marks = NodeMarks { taints: taints.to_vec(), ..NodeMarks::default() };
        for address in ["10.0.0.1", "10.0.0.2"] {
            cluster.site.nodes.insert(address.parse().unwrap(), marks.clone());
        }
        let documents = json!({"taints": [{"key": "a", "value": "old", "effect": "NoSchedule"}, {"key": "c", "effect": "NoSchedule"}]});
        let registration: NodeRegistration = serde_json::from_value(documents).unwrap();
        let found = |index: usize| taints_of(&cluster, index, &registration);
        assert_eq!(found(0), ["a=old:NoSchedule", "c=:NoSchedule"], "kubeadm knows a master's");
        assert_eq!(found(1), ["c=:NoSchedule", "a=new:NoSchedule", "b=:NoExecute"]);
        assert_eq!(found(2), ["a=old:NoSchedule", "c=:NoSchedule"], "nothing was said of it");
        let silent = NodeRegistration::default();
        assert_eq!(super::taints(&cluster, &cluster.members[2], &silent), None);
    }

    fn taints_of(cluster: &Cluster, index: usize, registration: &NodeRegistration) -> Vec<String> {
        let taints = super::taints(cluster, &cluster.members[index], registration).unwrap_or_default();
        taints.iter().map(|taint| format!("{}={}:{}", taint.key, taint.value, taint.effect)).collect()
    }
}
