//! `sealer scale-up`.

use super::access::access_for;
use super::check::ignored;
use super::desired::{Desired, image_of};
use super::report::leave;
use super::run::{conclude, delivery, print_plan};
use super::{Context, version};
use crate::args::ScaleUp;
use crate::failure::Failure;
use crate::settings::members;
use sealer_cluster::checks::Ignore;
use sealer_cluster::{Access, State, verbs};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::intention::{self, SecretPlaces};
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
    let access = access_for(&desired, request.login, context).await?;
    join(&former, desired, access, terms, context).await
}

/// What a delivery may take and let pass.
pub(super) struct Terms {
    /// How long everything may take to become ready.
    pub(super) deadline: Duration,
    /// Checks that do not count.
    pub(super) ignore: Ignore,
    /// Whether what checks find is put right where that is safe.
    pub(super) fix: bool,
}

impl Terms {
    /// # Errors
    /// When there is no such check.
    pub(super) fn of(minutes: u64, ignore: &[String], fix: bool) -> Result<Self, Failure> {
        Ok(Self { deadline: Duration::from_secs(minutes * 60), ignore: ignored(ignore)?, fix })
    }

    /// The same, as they are kept.
    pub(super) fn to_remember(&self, secrets: SecretPlaces) -> intention::Terms {
        let (deadline_seconds, ignore) = (self.deadline.as_secs(), self.ignore.names().clone());
        intention::Terms { deadline_seconds, ignore, fix: self.fix, secrets }
    }

    /// As they were when the work was begun.
    ///
    /// # Errors
    /// When there is no such check any more.
    pub(super) fn remembered(terms: &intention::Terms) -> Result<Self, Failure> {
        let ignore: Vec<String> = terms.ignore.iter().cloned().collect();
        let deadline = Duration::from_secs(terms.deadline_seconds);
        Ok(Self { deadline, ignore: ignored(&ignore)?, fix: terms.fix })
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
    let name = desired.name.clone();
    if former.adopted.is_some() {
        let (root, way) = (&context.settings.root, (access, version::number()));
        let joined = verbs::join_adopted(root, &desired, terms.deadline, way, context.listener.clone()).await;
        leave(&name, context).await;
        return conclude(&name, &verbs::Ran { changed: joined?, warnings: Vec::new() }, context);
    }
    let (bundle, blobs) = image_of(former, context).await?;
    let run = delivery(Desired { cluster: desired, bundle, blobs }, access, terms, context);
    let ran = verbs::scale_up(run, context.listener.clone()).await;
    leave(&name, context).await;
    conclude(&name, &ran?, context)
}
