//! `adopt`: takes over a cluster that the Go sealer made. Its Clusterfile is in the cluster, or on the master from which it was made; the
//! nodes are asked of the API. Nothing on the hosts changes but that the agent comes to the one that is asked.

use crate::delivery::command;
use crate::fleet::Access;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::InstallAgent;
use crate::{Error, Fleet, State, kubectl};
use sealer_model::Digest;
use sealer_model::cluster::{Cluster, Member, Role, SiteRegistry};
use sealer_model::clusterfile::Clusterfile;
use sealer_model::event::Listener;
use sealer_model::plan::Plan;
use serde_json::Value;
use std::net::IpAddr;
use std::path::Path;

/// Where the Go sealer keeps a Clusterfile on the machine that it runs on, which is a master in practice.
const FILES: [&str; 2] = ["/root/.sealer/Clusterfile", "/var/lib/sealer/Clusterfile"];

/// The name of the state that is used until the cluster's own name is known. It cannot be a cluster's.
const NAMELESS: &str = ".adopting";

/// Takes a cluster over. `file` is its Clusterfile, where somebody has it; without it, the cluster's own.
///
/// # Errors
/// When the master does not answer or knows no such cluster, or a cluster of that name is known here already.
pub async fn adopt(
    root: &Path,
    (master, port): (IpAddr, u16),
    file: Option<Clusterfile>,
    (access, version): (Access, String),
    listener: Listener,
) -> Result<Cluster, Error> {
    let nameless = State::lock(root, NAMELESS)?;
    let found = look(&nameless, (master, port), file, access, listener).await;
    nameless.forget()?;
    let cluster = found?;
    cluster.validate()?;
    let state = State::lock(root, &cluster.name)?;
    if let Some(known) = state.cluster()?.filter(|known| known.adopted.is_none()) {
        return Err(Error::Exists { cluster: known.name, what: "hosts of its own".into() });
    }
    let plan = Plan { verb: "adopt".into(), cluster: cluster.name.clone(), image: None, stages: Vec::new() };
    let journal = crate::journal::Journal::open(&state, Vec::new())?;
    journal.recorded("adopt", plan.digest(), version, async { state.save(&cluster) }).await?;
    Ok(cluster)
}

async fn look(
    state: &State,
    (master, port): (IpAddr, u16),
    file: Option<Clusterfile>,
    access: Access,
    listener: Listener,
) -> Result<Cluster, Error> {
    let fleet = Fleet::connect(seed(master, port), access, state, listener).await?;
    carry_out(&fleet, &[Stage::new(vec![Box::new(InstallAgent)])]).await?;
    let file = match file {
        Some(file) => file,
        None => clusterfile(&fleet, master).await?,
    };
    let nodes = kubectl::nodes_at_once(&fleet, master).await;
    let remove = command(&fleet.cluster, "rm", &["--recursive", "--force", &fleet.cluster.folder()]);
    fleet.run_silently(master, &remove).await?;
    let nodes = nodes?;
    let nodes: Value = serde_json::from_str(&nodes).map_err(|source| Error::Kubectl { host: master, source })?;
    Ok(Cluster::adopt(&file, &nodes, port)?)
}

/// The one in the cluster counts: any machine may have changed it since.
async fn clusterfile(fleet: &Fleet, master: IpAddr) -> Result<Clusterfile, Error> {
    let ask = ["get", "configmap", "sealer-clusterfile", "--namespace=kube-system", "--request-timeout=30s"];
    let ask = [&ask[..], &["--ignore-not-found", "--output=jsonpath={.data.Clusterfile}"]].concat();
    let text = fleet.run_silently(master, &command(&fleet.cluster, "kubectl", &ask)).await?;
    if !text.trim().is_empty() {
        return Ok(Clusterfile::read("sealer-clusterfile", &text));
    }
    for path in FILES {
        if let Some(bytes) = fleet.agent(master)?.read_file(path).await? {
            return Ok(Clusterfile::read(path, &String::from_utf8_lossy(&bytes)));
        }
    }
    Err(Error::NoClusterfile { host: master })
}

/// Nothing but the host that is asked.
fn seed(master: IpAddr, port: u16) -> Cluster {
    Cluster {
        name: NAMELESS.to_owned(),
        image: "none:none".parse().expect("this is an image's name"),
        image_digest: Digest::of(b""),
        members: vec![Member { address: master, ssh_port: port, role: Role::Master }],
        registry: SiteRegistry::default(),
        container_runtime: Default::default(),
        // kubectl keeps a cache in the cluster's folder
        data_root: "/run".to_owned(),
        env: Default::default(),
        applications: None,
        commands: Vec::new(),
        site: Default::default(),
        former_images: Vec::new(),
        image_changes: 0,
        adopted: None,
    }
}
