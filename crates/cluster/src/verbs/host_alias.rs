//! `host-alias`: names that every host of a cluster knows, added and taken away on all of them.

use super::beforehand::refuse_adopted;
use crate::fleet::Access;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::{InstallAgent, NameHosts};
use crate::{Error, Fleet, State};
use sealer_model::cluster::Cluster;
use sealer_model::event::Listener;
use sealer_model::intention::Work;
use sealer_model::plan::Plan;
use std::net::IpAddr;
use std::path::Path;

/// What becomes of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasChange {
    /// The address.
    pub ip: IpAddr,
    /// Its names; without any, all of them when they are taken away.
    pub names: Vec<String>,
    /// Whether they are taken away.
    pub remove: bool,
}

impl AliasChange {
    fn of(&self, cluster: &Cluster) -> Result<Cluster, Error> {
        Ok(if self.remove {
            cluster.without_host_alias(self.ip, &self.names)?
        } else {
            cluster.with_host_alias(self.ip, &self.names)?
        })
    }
}

/// Changes the names on every host, and then in the cluster's own record, so that hosts that join later know them.
///
/// # Errors
/// When the names cannot be changed like that, something else was begun and has not ended, or a host cannot be reached; the same call
/// again goes on.
pub async fn host_alias(
    root: &Path,
    cluster: &str,
    change: &AliasChange,
    (access, version): (Access, String),
    listener: Listener,
) -> Result<(), Error> {
    let (state, former) = State::lock_existing(root, cluster)?;
    refuse_adopted(&former, "host-alias")?;
    name_hosts(&state, change.of(&former)?, (access, version), listener).await
}

/// Goes on until every host knows the names that it was to know.
///
/// # Errors
/// As [`host_alias`].
pub async fn go_on_with_host_alias(
    root: &Path,
    wanted: Cluster,
    way: (Access, String),
    listener: Listener,
) -> Result<(), Error> {
    let (state, _) = State::lock_existing(root, &wanted.name)?;
    name_hosts(&state, wanted, way, listener).await
}

async fn name_hosts(
    state: &State,
    wanted: Cluster,
    (access, version): (Access, String),
    listener: Listener,
) -> Result<(), Error> {
    let intended = Work::HostAlias { cluster: Box::new(wanted.clone()) };
    if let Some(begun) = state.intention()?.filter(|begun| !matches!(begun.work, Work::HostAlias { .. })) {
        // what it leads to was written down before these names
        return Err(Error::Unfinished { cluster: wanted.name, begun: begun.work.to_string() });
    }
    listener.stage("connect to the hosts");
    let fleet = Fleet::connect(wanted.clone(), access, state, listener).await?.claiming(state, "host-alias")?;
    let stages: [Stage<Fleet>; 2] = [Stage::new(vec![Box::new(InstallAgent)]), Stage::new(vec![Box::new(NameHosts)])];
    let plan = Plan {
        verb: "host-alias".into(),
        cluster: wanted.name.clone(),
        image: None,
        stages: stages.iter().map(|stage| stage.planned(&wanted)).collect(),
    };
    let work = async {
        carry_out(&fleet, &stages).await?;
        state.save(&wanted)
    };
    state.remembering(intended, fleet.journal.recorded("host-alias", plan.digest(), version, work)).await
}
