//! `sealer resume`.

use super::Context;
use super::access::{access_again, access_as_far};
use super::certificates::{name_api, renew};
use super::delete::{Removal, remove, remove_all, says_farewell};
use super::desired::{Desired, image_of};
use super::host_alias::go_on_with_host_alias;
use super::run;
use super::scale_up::{Terms, join};
use super::upgrade::bring;
use crate::args::Resume;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::{Access, State, verbs};
use sealer_model::cluster::Cluster;
use sealer_model::intention::{Intention, Work};
use sealer_model::kubeadm::Direction;

/// Goes on with what was begun and has not ended well.
///
/// # Errors
/// When the cluster is not known, or it cannot be done; the same command again goes on.
pub(super) async fn resume(request: Resume, context: &Context) -> Result<Exit, Failure> {
    let (root, name) = (&context.settings.root, &request.cluster_name);
    let cluster = State::read(root, name)?;
    let Some(intention) = State::unfinished(root, name)? else {
        output::print(format!("cluster {name}: nothing was left unfinished\n"))?;
        return Ok(Exit::Done);
    };
    if request.dry_run {
        output::print(format!("cluster {name}: {} was begun and has not ended well\n", intention.work))?;
        return Ok(Exit::Done);
    }
    context.listener.stage(format!("go on with {}", intention.work));
    let access = match &intention.work {
        Work::Delete { .. } => access_as_far(&cluster, says_farewell(&cluster), request.login, context).await?,
        work => {
            let wanted = work.cluster().unwrap_or(&cluster);
            access_again(wanted, request.login, intention.terms.secrets.clone(), context).await?
        }
    };
    go_on(cluster, intention, access, context).await
}

async fn go_on(former: Cluster, intention: Intention, access: Access, context: &Context) -> Result<Exit, Failure> {
    let terms = Terms::remembered(&intention.terms)?;
    let gone_on = match intention.work {
        Work::Run { cluster } => run::make(with_image(*cluster, context).await?, access, terms, context).await,
        Work::LoadImage { cluster } => run::load(with_image(*cluster, context).await?, access, terms, context).await,
        Work::ScaleUp { cluster } => join(&former, *cluster, access, terms, context).await,
        Work::ScaleDown { hosts, force } => {
            let removal = Removal { hosts, force, deadline: terms.deadline };
            remove(&former, removal, access, context).await
        }
        Work::Upgrade { cluster, max_unavailable } => {
            let desired = with_image(*cluster, context).await?;
            let way =
                verbs::Way { former, cluster: desired.cluster.clone(), max_unavailable, direction: Direction::On };
            bring(desired, way, access, terms, context).await
        }
        Work::Rollback { cluster, max_unavailable, before_upgrade_to } => {
            let desired = with_image(*cluster, context).await?;
            let direction = before_upgrade_to.map_or(Direction::Back, Direction::BackToSnapshot);
            let way = verbs::Way { former, cluster: desired.cluster.clone(), max_unavailable, direction };
            bring(desired, way, access, terms, context).await
        }
        Work::Restore { cluster, backup } => {
            let backup = super::backup::read(backup).await?;
            super::backup::bring_onto(*cluster, backup, access, terms, context).await
        }
        Work::RestoreInPlace { backup } => {
            let backup = super::backup::read(backup).await?;
            super::backup::bring_back(backup, access, context).await
        }
        Work::HostAlias { cluster } => go_on_with_host_alias(*cluster, access, context).await,
        Work::NameApi { names } => name_api(&former.name, &names, access, context).await,
        Work::RenewCertificates => renew(&former.name, access, context).await,
        Work::Delete { force } => return remove_all(&former, force, access, context).await,
    };
    gone_on.map(|()| Exit::Done)
}

/// The cluster with the very image that it was to have.
///
/// # Errors
/// When the image is neither here nor where its name says, or the name leads to another one by now.
pub(super) async fn with_image(cluster: Cluster, context: &Context) -> Result<Desired, Failure> {
    let (bundle, blobs) = image_of(&cluster, context).await?;
    Ok(Desired { cluster, bundle, blobs })
}
