//! How verbs look at hosts that may not belong to any cluster yet: they connect and read facts, and leave no trace of a
//! cluster that was never made.

use crate::fleet::{Access, Unreached};
use crate::journal::Journal;
use crate::{Error, Fleet, State};
use sealer_model::cluster::Cluster;
use sealer_model::event::Listener;
use std::path::Path;

/// Hosts as they were found.
pub(super) struct Look {
    /// Those that answered; nothing is to be recorded in its journal.
    pub(super) fleet: Fleet,
    /// Those that did not.
    pub(super) unreached: Vec<Unreached>,
    /// Whether an earlier delivery of this cluster was begun and did not end well.
    pub(super) half_done: bool,
    /// Keeps others away from a cluster that is known, for as long as somebody looks.
    _state: Option<State>,
}

impl Look {
    /// Connects to the hosts of a cluster.
    ///
    /// # Errors
    /// When no host answers, or somebody else works on the cluster.
    pub(super) async fn at(root: &Path, cluster: &Cluster, access: Access, listener: Listener) -> Result<Self, Error> {
        let state = State::lock(root, &cluster.name)?;
        let known = state.cluster()?.is_some();
        let half_done = Journal::half_done(&state)?;
        let connected = Fleet::connect_reachable(cluster.clone(), access, &state, listener).await;
        let state = if known {
            Some(state)
        } else {
            state.forget()?;
            None
        };
        let (fleet, unreached) = connected?;
        Ok(Self { fleet, unreached, half_done, _state: state })
    }
}
