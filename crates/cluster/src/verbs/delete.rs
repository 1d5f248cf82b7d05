//! `delete --all`: from a cluster back to the hosts as they were.

use crate::fleet::Access;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::{InstallAgent, RemoveEverything, RemoveNetwork, StopKubernetes};
use crate::{Error, Fleet, State};
use sealer_model::event::Listener;
use std::path::Path;

/// The stages of `delete --all`. Networks go while the rootfs with its tools is still there.
fn stages() -> Vec<Stage<Fleet>> {
    vec![
        Stage::new(vec![Box::new(InstallAgent)]),
        Stage::new(vec![Box::new(StopKubernetes), Box::new(RemoveNetwork), Box::new(RemoveEverything)]),
    ]
}

/// Removes a cluster from all of its hosts and forgets it.
///
/// # Errors
/// When the cluster is unknown, a host cannot be reached, or something could not be removed. The state is kept then, so that
/// the same call can be made again.
pub async fn delete(root: &Path, cluster: &str, access: Access, listener: Listener) -> Result<(), Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    listener.stage("connect to the hosts");
    let fleet = Fleet::connect(cluster, access, &state, listener).await?;
    carry_out(&fleet, &stages()).await?;
    drop(fleet);
    state.forget()
}
