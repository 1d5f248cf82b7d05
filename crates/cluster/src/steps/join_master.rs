//! Joins a further master with `kubeadm join`, one at a time, because etcd takes one new member at a time. The keys that all masters
//! share go from the first master through this program's memory to the new one, and rest nowhere on the way.

use crate::Error;
use crate::delivery::Delivery;
use crate::kubectl;
use crate::step::{Answer, On, Step, other_masters};
use crate::steps::init::{self, mark};
use crate::steps::registry::file;
use crate::steps::snapshot_etcd::etcd_access;
use crate::steps::{clean, join, trust};
use sealer_model::agent::{Change, RemoveEtcdMember, Text};
use sealer_model::cluster::{API_SERVER_PORT, Cluster, Member};
use sealer_model::image::Extension;
use sealer_model::kubeadm::{Endpoint, JoinControlPlane};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Join the master.
pub(crate) struct JoinMasters;

pub(super) const PKI: &str = "/etc/kubernetes/pki";

/// What masters share; everything else kubeadm signs with these for each master.
pub(super) const SHARED: [(&str, u32); 8] = [
    ("ca.crt", 0o644),
    ("ca.key", 0o600),
    ("sa.pub", 0o600),
    ("sa.key", 0o600),
    ("front-proxy-ca.crt", 0o644),
    ("front-proxy-ca.key", 0o600),
    ("etcd/ca.crt", 0o644),
    ("etcd/ca.key", 0o600),
];

impl Step<Delivery> for JoinMasters {
    fn id(&self) -> &'static str {
        "join-master"
    }

    fn title(&self) -> &'static str {
        "Join the master"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        other_masters(cluster)
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        let folders = ["/etc/kubernetes/", "/var/lib/kubelet/", "/var/lib/etcd/"].map(str::to_owned).into_iter();
        folders.chain([init::CERTIFICATES_MARK.to_owned(), init::mark(cluster), "Node".to_owned()]).collect()
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(on.agent()?.read_file(&mark(on.cluster())).await?.is_some()) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let _turn = on.context.turn.lock().await;
            if on.agent()?.read_file(TRACE).await?.is_some() {
                give_back_membership(on).await?;
                clean::half_made_node(on, TRACE).await?;
                kubectl::forget_node(on.fleet(), on.cluster().first_master()?.address, on.address()).await?;
            }
            on.change(shared(on).await?, false).await?;
            kubeadm_join(on).await?;
            settle(on).await?;
            on.change(vec![file(mark(on.cluster()), 0o644, "")], false).await?;
            Ok(())
        })
    }
}

/// What kubeadm writes early when it joins a host.
const TRACE: &str = "/etc/kubernetes/kubelet.conf";

/// How long an etcd that has lost its majority may take to find it again, when the member that it waits for is started.
const MAJORITY: Duration = Duration::from_secs(180);

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(2);

/// An interrupted join may have made this host a member of etcd. Of two members both must run, or the API is gone: so what kubeadm has
/// started here so far goes on until etcd has let its member go, and only then it may be cleaned away.
async fn give_back_membership(on: &On<'_, Delivery>) -> Result<(), Error> {
    for unit in clean::runtime_units(on.cluster()).iter().chain(&["kubelet.service"]) {
        let start = on.context.command("systemctl", &["start", *unit]);
        // a kubelet that was never configured does not start, and then there is no member that waits for it
        on.agent()?.command(&start, |_| ()).await?;
    }
    let first = on.cluster().first_master()?.address;
    let request = RemoveEtcdMember { address: on.address(), etcd: etcd_access(first) };
    let started = Instant::now();
    loop {
        match on.fleet().agent(first)?.remove_etcd_member(&request).await {
            Ok(_) => return Ok(()),
            Err(error) if started.elapsed() > MAJORITY => return Err(error.into()),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// The shared files with their content.
async fn shared(on: &On<'_, Delivery>) -> Result<Vec<Change>, Error> {
    let master = on.cluster().first_master()?.address;
    let mut changes = vec![init::certificates_mark()];
    for (name, mode) in SHARED {
        let path = format!("{PKI}/{name}");
        let text = init::read(on, master, &path).await?;
        changes.push(file(path, mode, &text));
    }
    Ok(changes)
}

async fn kubeadm_join(on: &On<'_, Delivery>) -> Result<(), Error> {
    let mut documents = join::documents(on).await?;
    let endpoint = Endpoint { advertise_address: on.address().to_string(), bind_port: API_SERVER_PORT };
    documents.join.control_plane = Some(JoinControlPlane { local_api_endpoint: endpoint, ..Default::default() });
    let written = documents.join_file(on.context.bundle.kubernetes_version()?)?;
    let arguments = ["join", "--config", "/dev/stdin", &init::skipped(&documents.join.skip_phases)];
    let mut join = on.context.command("kubeadm", &arguments);
    join.input = Some(Text(init::told(on, written)));
    on.fleet().run(on.address(), "join-master", join).await?;
    Ok(())
}

/// From now on this master's programs use its own API. Its kube-proxy has kept the hosts file with which it was started, and is
/// started anew.
async fn settle(on: &On<'_, Delivery>) -> Result<(), Error> {
    on.change(vec![trust::names(on.cluster(), on.member, true)?], false).await?;
    let master: IpAddr = on.cluster().first_master()?.address;
    let node = &on.fleet().facts_of(on.address())?.hostname;
    kubectl::restart_proxy(on.fleet(), master, node).await
}
