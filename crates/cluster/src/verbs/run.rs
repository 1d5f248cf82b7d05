//! `run`: from bare hosts to a cluster with its applications.

use crate::authority::Authority;
use crate::blobs::Blobs;
use crate::delivery::Delivery;
use crate::fleet::Access;
use crate::journal::Journal;
use crate::preflight::{Finding, Severity, check};
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::{
    AwaitReady, InitControlPlane, InstallAgent, InstallKubelet, JoinMasters, JoinNodes, LaunchApplications,
    LaunchPlugins, MarkNodes, ReplicateImage, SendImage, StartBalancer, StartContainerRuntime, StartRegistry,
    TrustRegistry, UnpackRootfs,
};
use crate::{Error, Fleet, State};
use sealer_model::bundle::Bundle;
use sealer_model::cluster::Cluster;
use sealer_model::event::{Listener, Outcome};
use sealer_model::image::ImageType;
use sealer_model::journal::Entry;
use sealer_model::launch;
use sealer_model::plan::Plan;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The stages of `run`. The hosts of one stage do not wait for each other; the next stage begins when all are through.
fn stages() -> Vec<Stage<Delivery>> {
    vec![
        Stage::new(vec![Box::new(InstallAgent)]),
        Stage::new(vec![Box::new(SendImage), Box::new(StartRegistry::First)]),
        Stage::new(vec![
            Box::new(ReplicateImage),
            Box::new(StartRegistry::Others),
            Box::new(StartBalancer),
            Box::new(TrustRegistry),
            Box::new(UnpackRootfs),
            Box::new(StartContainerRuntime),
            Box::new(InstallKubelet),
            Box::new(InitControlPlane),
            Box::new(LaunchPlugins),
        ]),
        Stage::new(vec![Box::new(JoinMasters), Box::new(JoinNodes), Box::new(LaunchApplications)]),
        Stage::new(vec![Box::new(MarkNodes), Box::new(AwaitReady)]),
    ]
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
    /// sealer's version, for the journal.
    pub version: String,
}

/// How `run` ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Whether anything had to be done.
    pub changed: bool,
    /// Warnings of the checks before the start.
    pub warnings: Vec<Finding>,
}

/// The plan, from the desired state alone.
#[must_use]
pub fn plan(cluster: &Cluster) -> Plan {
    Plan {
        verb: "run".into(),
        cluster: cluster.name.clone(),
        image: Some(cluster.image_digest.clone()),
        stages: stages().iter().map(|stage| stage.planned(cluster)).collect(),
    }
}

/// Makes the cluster, or what is missing of it.
///
/// # Errors
/// When the desired state is contradictory, a host cannot be used, or a step fails. What was done stays done; the same call
/// again goes on from there.
pub async fn run(run: Run, listener: Listener) -> Result<Ran, Error> {
    validate(&run)?;
    let state = State::lock(&run.root, &run.cluster.name)?;
    refuse_another_cluster(&state, &run.cluster)?;
    state.save(&run.cluster)?;
    listener.stage("connect to the hosts and check them");
    let fleet = Fleet::connect(run.cluster.clone(), run.access, &state, listener.clone()).await?;
    let warnings = preflight(&run.cluster, &run.bundle, &fleet)?;
    let authority = Authority::open(&state, &run.cluster)?;
    let turn = tokio::sync::Mutex::default();
    let delivery = Delivery { fleet, bundle: run.bundle, blobs: run.blobs, authority, deadline: run.deadline, turn };
    let plan = plan(&run.cluster).digest();
    let journal = &delivery.fleet.journal;
    journal.append(Entry::Began { verb: "run".into(), plan, version: run.version })?;
    let result = carry_out(&delivery, &stages()).await;
    let outcome = match &result {
        Ok(_) => Outcome::Done,
        Err(error) => Outcome::Failed(error.chain()),
    };
    journal.append(Entry::Ended { verb: "run".into(), outcome })?;
    Ok(Ran { changed: result?, warnings })
}

fn validate(run: &Run) -> Result<(), Error> {
    run.cluster.validate()?;
    if run.bundle.extension.image_type != ImageType::KubeInstaller {
        return Err(Error::NotAnInstaller(run.bundle.name.to_string()));
    }
    run.bundle.kubernetes_version()?;
    run.bundle.sandbox_image()?;
    launch::plugins(&run.cluster, &run.bundle.extension)?;
    launch::applications(&run.cluster, &run.bundle.extension)?;
    Ok(())
}

/// A cluster that was made whole is changed by other verbs; one that never was may be asked for differently.
fn refuse_another_cluster(state: &State, cluster: &Cluster) -> Result<(), Error> {
    let Some(former) = state.cluster()? else {
        return Ok(());
    };
    if !Journal::ended_well(state, "run")? {
        return Ok(());
    }
    let what = if former.image_digest != cluster.image_digest {
        format!("another image, {} ({})", former.image, former.image_digest.short())
    } else if former.members != cluster.members {
        "other hosts".into()
    } else {
        return Ok(());
    };
    Err(Error::Exists { cluster: cluster.name.clone(), what })
}

fn preflight(cluster: &Cluster, bundle: &Bundle, fleet: &Fleet) -> Result<Vec<Finding>, Error> {
    let findings = check(cluster, bundle, &fleet.facts());
    let (errors, warnings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    if errors.is_empty() { Ok(warnings) } else { Err(Error::Preflight(errors)) }
}
