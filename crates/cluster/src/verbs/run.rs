//! `run`: from bare hosts to a cluster with its applications.

use super::beforehand::{check_hosts, mended, refuse_another_cluster, validate};
use super::record::recorded;
use crate::backup::Backup;
use crate::blobs::Blobs;
use crate::checks::Ignore;
use crate::delivery::Delivery;
use crate::fleet::Access;
use crate::journal::Journal;
use crate::runner::carry_out;
use crate::step::{Stage, Step};
use crate::steps::{
    AwaitReady, ForgetMasters, InitControlPlane, InstallAgent, InstallKubelet, JoinMasters, JoinNodes,
    LaunchApplications, LaunchPlugins, ListenAnew, MarkNode, PushImages, ReplicateImage, RunPlugins, SendImage,
    SetHostName, StartBalancer, StartContainerRuntime, StartRegistry, TailorRootfs, TrustRegistry, UnpackRootfs,
};
use crate::{Error, Fleet, State};
use sealer_model::bundle::Bundle;
use sealer_model::checks::Finding;
use sealer_model::cluster::Cluster;
use sealer_model::event::Listener;
use sealer_model::intention::{Terms, Work};
use sealer_model::plan::Plan;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The stages of `run`. The hosts of one stage do not wait for each other; the next stage begins when all are through.
pub(super) fn stages(occasion: Occasion, cluster: &Cluster) -> Vec<Stage<Delivery>> {
    let mut stages = vec![
        Stage::new(vec![Box::new(InstallAgent) as Box<dyn Step<Delivery>>]),
        Stage::new(vec![Box::new(SendImage), Box::new(StartRegistry::First), Box::new(PushImages)]),
    ];
    let (before, after) = match occasion {
        Occasion::LoadImage => {
            let others: Vec<Box<dyn Step<Delivery>>> =
                vec![Box::new(ReplicateImage), Box::new(StartRegistry::Others), Box::new(UnpackRootfs::Together)];
            stages.push(Stage::new(others).on_many_hosts());
            return stages;
        }
        Occasion::Run => (RunPlugins::PRE_INSTALL, RunPlugins::POST_INSTALL),
        Occasion::ScaleUp | Occasion::Restore => (RunPlugins::PRE_SCALEUP, RunPlugins::POST_SCALEUP),
    };
    let mut installation: Vec<Box<dyn Step<Delivery>>> = vec![
        Box::new(ReplicateImage),
        Box::new(StartRegistry::Others),
        Box::new(StartBalancer),
        Box::new(TrustRegistry),
        Box::new(UnpackRootfs::Together),
        Box::new(TailorRootfs),
        Box::new(SetHostName),
        Box::new(before),
        Box::new(RunPlugins::PRE_INIT_HOST),
        Box::new(StartContainerRuntime),
        Box::new(InstallKubelet),
        Box::new(InitControlPlane),
    ];
    if matches!(occasion, Occasion::Restore) {
        installation.push(Box::new(ForgetMasters));
    }
    installation.push(Box::new(LaunchPlugins));
    stages.push(Stage::new(installation).on_many_hosts());
    let joins: [Box<dyn Step<Delivery>>; 4] =
        [Box::new(JoinMasters), Box::new(JoinNodes), Box::new(MarkNode), Box::new(RunPlugins::POST_INIT_HOST)];
    if Step::<Delivery>::hosts(&after, cluster).is_empty() {
        // what is launched needs no script, and waits by itself for the nodes that it needs
        stages.push(Stage::new(joins.into_iter().chain([Box::new(LaunchApplications) as _]).collect()));
    } else {
        stages.push(Stage::new(joins.into()));
        stages.push(Stage::new(vec![Box::new(after), Box::new(LaunchApplications)]));
    }
    if matches!(occasion, Occasion::Restore) {
        stages.push(Stage::new(vec![Box::new(ListenAnew)]));
    }
    stages.push(Stage::new(vec![Box::new(AwaitReady)]));
    stages
}

/// Why the stages are gone through.
#[derive(Clone, Copy, Debug)]
pub(super) enum Occasion {
    Run,
    /// Only what brings the image to the hosts, so that a later run finds it there.
    LoadImage,
    ScaleUp,
    /// What a backup holds begins anew on other masters.
    Restore,
}

impl Occasion {
    fn verb(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::LoadImage => "load-image",
            Self::ScaleUp => "scale-up",
            Self::Restore => "restore",
        }
    }

    pub(super) fn work(self, run: &Run) -> Work {
        let cluster = Box::new(run.cluster.clone());
        match self {
            Self::Run => Work::Run { cluster },
            Self::LoadImage => Work::LoadImage { cluster },
            Self::ScaleUp => Work::ScaleUp { cluster },
            Self::Restore => {
                let backup = run.backup.as_ref().map(|backup| backup.path().to_owned()).unwrap_or_default();
                Work::Restore { cluster, backup }
            }
        }
    }
}

/// What `run` is asked for.
pub struct Run {
    /// Where the state of clusters is kept.
    pub root: PathBuf,
    /// The desired state.
    pub cluster: Cluster,
    /// The image.
    pub bundle: Bundle,
    /// Its bytes.
    pub blobs: Arc<dyn Blobs>,
    /// How hosts are reached.
    pub access: Access,
    /// How long everything may take to become ready.
    pub deadline: Duration,
    /// Checks that do not count.
    pub ignore: Ignore,
    /// Whether what checks find is put right where that is safe.
    pub fix: bool,
    /// sealer's version, for the journal.
    pub version: String,
    /// What the control plane begins with, where that is not nothing.
    pub backup: Option<Arc<Backup>>,
}

impl Run {
    /// What it may take and let pass, to be remembered.
    pub(super) fn terms(&self) -> Terms {
        let (ignore, secrets) = (self.ignore.names().clone(), self.access.registry.places.clone());
        Terms { deadline_seconds: self.deadline.as_secs(), ignore, fix: self.fix, secrets }
    }
}

/// How `run` ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Whether anything had to be done.
    pub changed: bool,
    /// What the checks before and after found that does not block.
    pub warnings: Vec<Finding>,
}

/// The plan, from the desired state alone.
#[must_use]
pub fn plan(cluster: &Cluster) -> Plan {
    plan_of(Occasion::Run, cluster)
}

/// The plan of bringing an image to hosts and no further.
#[must_use]
pub fn plan_load_image(cluster: &Cluster) -> Plan {
    plan_of(Occasion::LoadImage, cluster)
}

/// The plan of a cluster that grows to the desired state.
#[must_use]
pub fn plan_scale_up(cluster: &Cluster) -> Plan {
    plan_of(Occasion::ScaleUp, cluster)
}

/// The plan of a cluster that begins anew on other masters, with what a backup holds.
#[must_use]
pub fn plan_restore_onto(cluster: &Cluster) -> Plan {
    plan_of(Occasion::Restore, cluster)
}

fn plan_of(occasion: Occasion, cluster: &Cluster) -> Plan {
    Plan {
        verb: occasion.verb().into(),
        cluster: cluster.name.clone(),
        image: Some(cluster.image_digest.clone()),
        stages: stages(occasion, cluster).iter().map(|stage| stage.planned(cluster)).collect(),
    }
}

/// Makes the cluster, or what is missing of it.
///
/// # Errors
/// When the desired state is contradictory, a host cannot be used, or a step fails. What was done stays done; the same call
/// again goes on from there.
pub async fn run(run: Run, listener: Listener) -> Result<Ran, Error> {
    begin(Occasion::Run, run, listener).await
}

/// Brings the image to the hosts, the registry's and the rootfs, so that a later `run` has only the cluster left to make.
///
/// # Errors
/// As [`run`].
pub async fn load_image(run: Run, listener: Listener) -> Result<Ran, Error> {
    begin(Occasion::LoadImage, run, listener).await
}

async fn begin(occasion: Occasion, mut run: Run, listener: Listener) -> Result<Ran, Error> {
    validate(&run.cluster, &run.bundle, &run.access.secrets)?;
    let state = State::lock(&run.root, &run.cluster.name)?;
    state.refuse_meanwhile(&run.cluster.name, &occasion.work(&run))?;
    refuse_another_cluster(&state, &run.cluster)?;
    let former = state.cluster()?;
    let begun = former.is_some();
    former.iter().for_each(|former| run.cluster.remember(former));
    state.save(&run.cluster)?;
    let half_done = begun && Journal::half_done(&state)?;
    deliver(occasion, run, state, half_done, listener).await
}

/// Connects to the hosts, checks them, and takes the steps.
pub(super) async fn deliver(
    occasion: Occasion,
    run: Run,
    state: State,
    half_done: bool,
    listener: Listener,
) -> Result<Ran, Error> {
    listener.stage("connect to the hosts and check them");
    let fleet = Fleet::connect(run.cluster.clone(), run.access.clone(), &state, listener.clone()).await?;
    let fleet = fleet.claiming(&state, occasion.verb())?;
    let (fleet, fixed) = mended(&run, fleet, &state, half_done, || state.save(&run.cluster)).await?;
    let warnings = check_hosts(&run.bundle, &fleet, &run.ignore, half_done, fixed)?;
    // a cluster that grows is recorded only now: a host that cannot be reached at all, or not be used, has not become part of it
    state.intend(occasion.work(&run), run.terms())?;
    state.save(&run.cluster)?;
    let delivery = Delivery::open(fleet, &state, (run.bundle, run.blobs), run.deadline, run.ignore)?;
    let delivery = Delivery { backup: run.backup, ..delivery };
    let plan = plan_of(occasion, &run.cluster).digest();
    let stages = stages(occasion, &run.cluster);
    let work = carry_out(&delivery, &stages);
    let changed = recorded(occasion.verb(), plan, run.version, &delivery, work).await?;
    state.fulfil()?;
    let examined = delivery.examined.into_inner().unwrap_or_default();
    Ok(Ran { changed, warnings: warnings.into_iter().chain(examined).collect() })
}

#[cfg(test)]
#[path = "run/tests.rs"]
mod tests;
