//! `kubeconfig`: the administrator's way to the API, for the machine that delivers.

use super::certificates::only_masters;
use crate::fleet::Access;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::InstallAgent;
use crate::{Error, Fleet, State};
use sealer_model::event::Listener;
use std::net::IpAddr;
use std::path::Path;

/// Where kubeadm puts it on a master.
const ADMIN: &str = "/etc/kubernetes/admin.conf";

/// The administrator's kubeconfig as it is on the first master that answers, and that master. It holds a key.
///
/// # Errors
/// When the cluster is unknown, no master answers, or it has no such file.
pub async fn kubeconfig(
    root: &Path,
    cluster: &str,
    access: Access,
    listener: Listener,
) -> Result<(IpAddr, String), Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let (fleet, _) = Fleet::connect_reachable(only_masters(cluster), access, &state, listener).await?;
    carry_out(&fleet, &[Stage::new(vec![Box::new(InstallAgent)])]).await?;
    let host = fleet.cluster.first_master()?.address;
    let missing = || Error::Missing { host, path: ADMIN.into() };
    let bytes = fleet.agent(host)?.read_file(ADMIN).await?.ok_or_else(missing)?;
    let not_text = |_| Error::NotText { host, path: ADMIN.into() };
    Ok((host, String::from_utf8(bytes).map_err(not_text)?))
}
