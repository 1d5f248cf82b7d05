//! `sealer upgrade` and `sealer rollback`.

mod charts;

use super::Context;
use super::access::access_for;
use super::blocking::blocking;
use super::confirm::confirm;
use super::desired::Desired;
use super::report::leave;
use super::run::{conclude, delivery, print_plan};
use super::scale_up::Terms;
use super::store::open;
use crate::args::{ImageChange, Rollback, Upgrade};
use crate::failure::Failure;
use sealer_cluster::{Access, State, is_manifest, verbs};
use sealer_model::bundle::RootfsFiles;
use sealer_model::cluster::Cluster;
use sealer_model::intention::Work;
use sealer_model::kubeadm::Direction;
use sealer_model::{Digest, Reference};

/// Brings a cluster to another image.
///
/// # Errors
/// When the cluster is not known, the image is nowhere, or a host cannot be upgraded; the same command again goes on.
pub(super) async fn upgrade(request: Upgrade, context: &Context) -> Result<(), Failure> {
    let former = State::read(&context.settings.root, &request.change.cluster_name)?;
    change(former, &request.image, request.change, Direction::On, context).await
}

/// Brings a cluster back to an image that it ran before.
///
/// # Errors
/// As [`upgrade`], and when it ran no other image before.
pub(super) async fn rollback(request: Rollback, context: &Context) -> Result<(), Failure> {
    let former = State::read(&context.settings.root, &request.change.cluster_name)?;
    let begun = State::unfinished(&context.settings.root, &former.name)?.map(|it| it.work);
    let before = match &begun {
        // what is recorded is still the image before
        Some(Work::Upgrade { .. }) => Some(former.image.clone()),
        Some(Work::Rollback { cluster, .. }) => Some(cluster.image.clone()),
        _ => former.former_images.first().map(|it| it.image.clone()),
    };
    let direction =
        if request.to_snapshot { Direction::BackToSnapshot(upgraded_to(&former, begun)) } else { Direction::Back };
    let none = || sealer_cluster::Error::NoFormerImage { cluster: former.name.clone() };
    let image = request.image.or(before).ok_or_else(none)?;
    change(former, &image, request.change, direction, context).await
}

/// The image of the upgrade that is taken back: the one that has not ended, or the one that the cluster runs.
fn upgraded_to(former: &Cluster, begun: Option<Work>) -> Digest {
    match begun {
        Some(Work::Upgrade { cluster, .. }) => cluster.image_digest,
        Some(Work::Rollback { before_upgrade_to: Some(image), .. }) => image,
        _ => former.image_digest.clone(),
    }
}

async fn change(
    former: Cluster,
    image: &Reference,
    request: ImageChange,
    direction: Direction,
    context: &Context,
) -> Result<(), Failure> {
    let mut base = former.clone();
    if let Some(names) = &request.apps {
        base.applications = Some(names.iter().filter(|name| !name.is_empty()).cloned().collect());
    }
    let desired = Desired::of_image(&base, image, context).await?;
    let name = former.name.clone();
    if desired.cluster.image_digest == former.image_digest && !request.dry_run {
        context.listener.stage(format!("cluster {name} runs {image} already; what is missing of it is done"));
    }
    let lost = match direction {
        Direction::BackToSnapshot(_) => " What was written to it since the upgrade is lost.",
        Direction::On | Direction::Back => "",
    };
    let question = format!("Bring cluster {name} from {} to {}?{lost}", former.image, desired.cluster.image);
    let cluster = desired.cluster.clone();
    let way = verbs::Way { former, cluster, max_unavailable: request.max_unavailable.into(), direction };
    if request.dry_run {
        return print_plan(&way.plan(), request.output);
    }
    let terms = Terms::of(request.deadline, &request.ignore, request.fix)?;
    if !request.yes {
        confirm(question, context).await?;
    }
    let access = access_for(&desired.cluster, request.login, context).await?;
    bring(desired, way, access, terms, context).await
}

/// Brings a cluster to an image, on or back.
///
/// # Errors
/// When a host cannot be brought there; the same again goes on.
pub(super) async fn bring(
    desired: Desired,
    way: verbs::Way,
    access: Access,
    terms: Terms,
    context: &Context,
) -> Result<(), Failure> {
    let name = desired.cluster.name.clone();
    let mut manifests = manifests(&desired.cluster.image, context).await;
    if way.direction == Direction::On {
        charts::render(&desired, &access.secrets, &mut manifests, context).await;
    }
    let run = delivery(desired, access, terms, context);
    let ran = verbs::upgrade(run, way, manifests, context.listener.clone()).await;
    leave(&name, context).await;
    conclude(&name, &ran?, context)
}

/// The objects that an image brings as they are. Where they cannot be read they are not looked at, and that is told.
async fn manifests(image: &Reference, context: &Context) -> RootfsFiles {
    let (folder, name) = (context.settings.store(), image.clone());
    let read = move || Ok(sealer_image::bundle(&open(&folder)?, &name, &is_manifest)?);
    match blocking(read).await {
        Ok(bundle) => bundle.rootfs.into_iter().flat_map(|rootfs| rootfs.files).collect(),
        Err(failure) => {
            let causes = failure.causes.join(": ");
            context.listener.warn(format!("the manifests of {image} are not looked at for removed APIs: {causes}"));
            RootfsFiles::new()
        }
    }
}
