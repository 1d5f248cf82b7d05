//! Joins the nodes with `kubeadm join`, in parallel. The token lives an hour, is made for this purpose, and travels on the
//! standard input of kubeadm, so that it is in no file, no argument and no log.

use crate::Error;
use crate::authority::public_key_hash;
use crate::delivery::Delivery;
use crate::kubectl;
use crate::step::{Answer, On, Step, nodes};
use crate::steps::registry::file;
use crate::steps::{clean, init};
use sealer_model::agent::Text;
use sealer_model::cluster::{API_SERVER_DOMAIN, API_SERVER_PORT, Cluster, Member};
use sealer_model::kubeadm::{ApiVersion, BootstrapTokenDiscovery, Documents};
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
            let version = ApiVersion::of(delivery.bundle.kubernetes_version()?)?;
            let arguments = ["join", "--config", "/dev/stdin", &init::skipped(&[])];
            let mut join = delivery.command("kubeadm", &arguments);
            join.input = Some(Text(documents.join_file(version)));
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
    let facts = on.fleet().facts_of(on.address())?;
    init::register(&mut documents.join.node_registration, on.address(), facts);
    Ok(documents)
}

fn mark(cluster: &Cluster) -> String {
    format!("{}/node", cluster.folder())
}

async fn discovery(on: &On<'_, Delivery>, master: IpAddr) -> Result<BootstrapTokenDiscovery, Error> {
    let create = on.context.command("kubeadm", &["token", "create", "--ttl", "1h"]);
    let token = on.fleet().run_silently(master, &create).await?;
    let authority = init::read(on, master, AUTHORITY).await?;
    let not_one = || Error::NotACertificate { host: master, path: AUTHORITY.into() };
    let hash = public_key_hash(&authority).ok_or_else(not_one)?;
    Ok(BootstrapTokenDiscovery {
        token: token.trim().to_owned(),
        api_server_endpoint: format!("{API_SERVER_DOMAIN}:{API_SERVER_PORT}"),
        ca_cert_hashes: vec![hash],
    })
}
