//! `check`: looks and changes nothing but the agent's presence. Before a delivery it judges the hosts, after it what runs.

use crate::fleet::Access;
use crate::preflight::{Finding, check as judge};
use crate::readiness::NotReady;
use crate::steps::InstallAgent;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::{Error, Fleet, State, kubectl};
use sealer_model::bundle::Bundle;
use sealer_model::event::Listener;
use std::path::Path;

/// What `check` looks at.
pub enum Check {
    /// The hosts, before this image is delivered to them.
    Pre(Box<Bundle>),
    /// The cluster that runs.
    Post,
}

/// What is not well; empty when all is.
#[derive(Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Findings about hosts.
    pub findings: Vec<Finding>,
    /// Nodes and workloads that are not ready.
    pub not_ready: Vec<NotReady>,
}

/// Checks a known cluster.
///
/// # Errors
/// When the cluster is unknown or a host or the API cannot be asked.
pub async fn check(
    root: &Path,
    cluster: &str,
    access: Access,
    what: Check,
    listener: Listener,
) -> Result<Checked, Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let master = cluster.first_master()?.address;
    let fleet = Fleet::connect(cluster, access, &state, listener).await?;
    match what {
        Check::Pre(bundle) => {
            let findings = judge(&fleet.cluster, &bundle, &fleet.facts());
            Ok(Checked { findings, ..Checked::default() })
        }
        Check::Post => {
            let agents: Vec<Stage<Fleet>> = vec![Stage::new(vec![Box::new(InstallAgent)])];
            carry_out(&fleet, &agents).await?;
            let not_ready = kubectl::not_ready(&fleet, master).await?;
            Ok(Checked { not_ready, ..Checked::default() })
        }
    }
}
