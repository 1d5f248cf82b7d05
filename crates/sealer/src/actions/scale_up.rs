//! `sealer scale-up`.

use super::Context;
use super::access::access;
use super::check::ignored;
use super::desired::image_of;
use super::report::leave;
use super::run::{conclude, print_plan};
use super::version;
use crate::args::ScaleUp;
use crate::failure::Failure;
use crate::settings::members;
use sealer_cluster::checks::Ignore;
use sealer_cluster::{Access, State, verbs};
use sealer_model::cluster::{Cluster, Member};
use std::time::Duration;

/// Adds hosts to a cluster.
///
/// # Errors
/// When the cluster is not known, the image is not here, or a host cannot be added; the same command again goes on.
pub(super) async fn scale_up(request: ScaleUp, context: &Context) -> Result<(), Failure> {
    let former = State::read(&context.settings.root, &request.cluster_name)?;
    let joining = members(request.masters.as_ref(), request.nodes.as_ref(), request.login.port);
    let terms = Terms::of(request.deadline, &request.ignore, request.fix)?;
    // asked for before anybody is asked for a password
    let desired = grown(&former, &joining)?;
    if request.dry_run {
        return print_plan(&verbs::plan_scale_up(&desired), request.output);
    }
    let access = access(request.login, context).await?;
    join(&former, desired, access, terms, context).await
}

/// What a delivery may take and let pass.
pub(super) struct Terms {
    deadline: Duration,
    ignore: Ignore,
    fix: bool,
}

impl Terms {
    /// # Errors
    /// When there is no such check.
    pub(super) fn of(minutes: u64, ignore: &[String], fix: bool) -> Result<Self, Failure> {
        Ok(Self { deadline: Duration::from_secs(minutes * 60), ignore: ignored(ignore)?, fix })
    }
}

/// The cluster with the new hosts.
///
/// # Errors
/// When it cannot have them.
pub(super) fn grown(former: &Cluster, joining: &[Member]) -> Result<Cluster, Failure> {
    let desired = former.with_hosts(joining).map_err(sealer_cluster::Error::from)?;
    desired.validate().map_err(sealer_cluster::Error::from)?;
    Ok(desired)
}

/// Makes a cluster grow to the desired state.
///
/// # Errors
/// When the image is not here, or a host cannot be added.
pub(super) async fn join(
    former: &Cluster,
    desired: Cluster,
    access: Access,
    terms: Terms,
    context: &Context,
) -> Result<(), Failure> {
    let (bundle, blobs) = image_of(former, context).await?;
    let name = desired.name.clone();
    let root = context.settings.root.clone();
    let version = version::number();
    let Terms { deadline, ignore, fix } = terms;
    let run = verbs::Run { root, cluster: desired, bundle, blobs, access, deadline, ignore, fix, version };
    let ran = verbs::scale_up(run, context.listener.clone()).await;
    leave(&name, context).await;
    conclude(&name, &ran?, context)
}
