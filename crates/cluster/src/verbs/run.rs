//! `run`: from bare hosts to a cluster with its applications.

use super::delete;
use crate::blobs::Blobs;
use crate::checks::{Ignore, registry};
use crate::delivery::Delivery;
use crate::fleet::Access;
use crate::journal::Journal;
use crate::mending::{Judge, mend};
use crate::runner::carry_out;
use crate::step::{Stage, Step};
use crate::steps::{
    AwaitReady, InitControlPlane, InstallAgent, InstallKubelet, JoinMasters, JoinNodes, LaunchApplications,
    LaunchPlugins, MarkNode, ReplicateImage, RunPlugins, SendImage, StartBalancer, StartContainerRuntime,
    StartRegistry, TailorRootfs, TrustRegistry, UnpackRootfs,
};
use crate::{Error, Fleet, State, image_checks};
use sealer_model::Digest;
use sealer_model::bundle::Bundle;
use sealer_model::checks::{Finding, Stage as CheckStage};
use sealer_model::cluster::{Cluster, Difference, Member};
use sealer_model::event::Listener;
use sealer_model::image::ImageType;
use sealer_model::intention::{Terms, Work};
use sealer_model::journal::{Entry, HostRecord};
use sealer_model::launch;
use sealer_model::plan::Plan;
use sealer_tailor::tailor;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The stages of `run`. The hosts of one stage do not wait for each other; the next stage begins when all are through.
pub(super) fn stages(occasion: Occasion, cluster: &Cluster) -> Vec<Stage<Delivery>> {
    let mut stages = vec![
        Stage::new(vec![Box::new(InstallAgent) as Box<dyn Step<Delivery>>]),
        Stage::new(vec![Box::new(SendImage), Box::new(StartRegistry::First)]),
    ];
    let (before, after) = match occasion {
        Occasion::LoadImage => {
            let others: Vec<Box<dyn Step<Delivery>>> =
                vec![Box::new(ReplicateImage), Box::new(StartRegistry::Others), Box::new(UnpackRootfs)];
            stages.push(Stage::new(others));
            return stages;
        }
        Occasion::Run => (RunPlugins::PRE_INSTALL, RunPlugins::POST_INSTALL),
        Occasion::ScaleUp => (RunPlugins::PRE_SCALEUP, RunPlugins::POST_SCALEUP),
    };
    stages.push(Stage::new(vec![
        Box::new(ReplicateImage) as Box<dyn Step<Delivery>>,
        Box::new(StartRegistry::Others),
        Box::new(StartBalancer),
        Box::new(TrustRegistry),
        Box::new(UnpackRootfs),
        Box::new(TailorRootfs),
        Box::new(before),
        Box::new(RunPlugins::PRE_INIT_HOST),
        Box::new(StartContainerRuntime),
        Box::new(InstallKubelet),
        Box::new(InitControlPlane),
        Box::new(LaunchPlugins),
    ]));
    let joins: [Box<dyn Step<Delivery>>; 4] =
        [Box::new(JoinMasters), Box::new(JoinNodes), Box::new(MarkNode), Box::new(RunPlugins::POST_INIT_HOST)];
    if Step::<Delivery>::hosts(&after, cluster).is_empty() {
        // what is launched needs no script, and waits by itself for the nodes that it needs
        stages.push(Stage::new(joins.into_iter().chain([Box::new(LaunchApplications) as _]).collect()));
    } else {
        stages.push(Stage::new(joins.into()));
        stages.push(Stage::new(vec![Box::new(after), Box::new(LaunchApplications)]));
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
}

impl Occasion {
    fn verb(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::LoadImage => "load-image",
            Self::ScaleUp => "scale-up",
        }
    }

    fn work(self, cluster: &Cluster) -> Work {
        let cluster = Box::new(cluster.clone());
        match self {
            Self::Run => Work::Run { cluster },
            Self::LoadImage => Work::LoadImage { cluster },
            Self::ScaleUp => Work::ScaleUp { cluster },
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
}

impl Run {
    /// What it may take and let pass, to be remembered.
    pub(super) fn terms(&self) -> Terms {
        let ignore = self.ignore.names().clone();
        Terms { deadline_seconds: self.deadline.as_secs(), ignore, fix: self.fix }
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
    validate(&run.cluster, &run.bundle)?;
    let state = State::lock(&run.root, &run.cluster.name)?;
    state.refuse_meanwhile(&run.cluster.name, &occasion.work(&run.cluster))?;
    refuse_another_cluster(&state, &run.cluster)?;
    let former = state.cluster()?;
    let begun = former.is_some();
    former.iter().for_each(|former| run.cluster.remember(former));
    state.save(&run.cluster)?;
    let half_done = begun && Journal::half_done(&state)?;
    deliver(occasion, run, state, half_done, listener).await
}

/// Adds hosts to a cluster that was made whole: what `run` does, with the same steps, where the others find themselves done.
///
/// # Errors
/// As [`run`]; and when the cluster is not known, was never made whole, or the desired state differs in more than new hosts.
pub async fn scale_up(run: Run, listener: Listener) -> Result<Ran, Error> {
    validate(&run.cluster, &run.bundle)?;
    let (state, former) = State::lock_existing(&run.root, &run.cluster.name)?;
    state.refuse_meanwhile(&former.name, &Occasion::ScaleUp.work(&run.cluster))?;
    if !Journal::ended_well(&state, "run")? {
        return Err(Error::NeverMade { cluster: former.name });
    }
    let stays = |member| run.cluster.members.contains(member);
    if !former.members.iter().all(stays) {
        return Err(Error::Exists { cluster: former.name, what: "hosts that would be gone".into() });
    }
    if former.image_digest != run.cluster.image_digest {
        return Err(Error::Exists { what: another_image(&former), cluster: former.name });
    }
    let joining = run.cluster.members.iter().filter(|member| !former.members.contains(member)).cloned().collect();
    clean_returning(Cluster { members: joining, ..former }, run.access.clone(), &state, listener.clone()).await?;
    deliver(Occasion::ScaleUp, run, state, false, listener).await
}

/// A host that was removed while it could not be reached comes back with all that it had, which neither Kubernetes nor etcd know any
/// more. It starts anew.
async fn clean_returning(joining: Cluster, access: Access, state: &State, listener: Listener) -> Result<(), Error> {
    let (fleet, _) = Fleet::connect_some(joining.clone(), access.clone(), state, listener.clone()).await?;
    let facts = fleet.facts();
    let is_ours = |member: &Member| {
        facts.get(&member.address).is_some_and(|it| it.delivered && it.cluster.as_ref() == Some(&joining.name))
    };
    let members: Vec<Member> = joining.members.iter().filter(|member| is_ours(member)).cloned().collect();
    if members.is_empty() {
        return Ok(());
    }
    drop(fleet);
    let fleet = Fleet::connect(Cluster { members, ..joining }, access, state, listener).await?;
    carry_out(&fleet, &delete::stages_of_hosts()).await.map(drop)
}

async fn deliver(
    occasion: Occasion,
    run: Run,
    state: State,
    half_done: bool,
    listener: Listener,
) -> Result<Ran, Error> {
    listener.stage("connect to the hosts and check them");
    let fleet = Fleet::connect(run.cluster.clone(), run.access.clone(), &state, listener.clone()).await?;
    let fleet = fleet.claiming(occasion.verb());
    let (fleet, fixed) = mended(&run, fleet, &state, half_done, || state.save(&run.cluster)).await?;
    let warnings = check_hosts(&run.bundle, &fleet, &run.ignore, half_done, fixed)?;
    // a cluster that grows is recorded only now: a host that cannot be reached at all, or not be used, has not become part of it
    state.save(&run.cluster)?;
    state.intend(occasion.work(&run.cluster), run.terms())?;
    let delivery = Delivery::open(fleet, &state, (run.bundle, run.blobs), run.deadline, run.ignore)?;
    let plan = plan_of(occasion, &run.cluster).digest();
    let stages = stages(occasion, &run.cluster);
    let work = carry_out(&delivery, &stages);
    let changed = recorded(occasion.verb(), plan, run.version, &delivery, work).await?;
    state.fulfil()?;
    let examined = delivery.examined.into_inner().unwrap_or_default();
    Ok(Ran { changed, warnings: warnings.into_iter().chain(examined).collect() })
}

/// The hosts, put right where that was asked for and nothing stops the delivery all the same.
pub(super) async fn mended(
    run: &Run,
    fleet: Fleet,
    state: &State,
    half_done: bool,
    save: impl FnOnce() -> Result<(), Error>,
) -> Result<(Fleet, Vec<Finding>), Error> {
    let judge = Judge { bundle: &run.bundle, ignore: &run.ignore, half_done, unreached: Vec::new() };
    let stops = |finding: &Finding| finding.blocks() && !finding.fixable;
    if !run.fix || judge.findings(&fleet)?.iter().any(stops) {
        return Ok((fleet, Vec::new()));
    }
    mend(fleet, state, &judge, save).await
}

/// Does a verb's work between its records in the journal, which also say what is delivered to whom.
pub(super) async fn recorded<T>(
    verb: &str,
    plan: Digest,
    version: String,
    delivery: &Delivery,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let journal = &delivery.fleet.journal;
    let told = async {
        journal.append(delivers(delivery)?)?;
        work.await
    };
    journal.recorded(verb, plan, version, told).await
}

/// What is delivered and to whom, for the record.
fn delivers(delivery: &Delivery) -> Result<Entry, Error> {
    let (fleet, bundle) = (&delivery.fleet, &delivery.bundle);
    let host = |member: &Member| {
        let facts = fleet.facts_of(member.address)?;
        Ok(HostRecord {
            address: member.address,
            role: member.role,
            hostname: facts.hostname.clone(),
            system: facts.system().to_owned(),
            kernel: facts.kernel.clone(),
            processors: facts.processors,
            memory: facts.memory,
        })
    };
    Ok(Entry::Delivers {
        image: bundle.name.to_string(),
        digest: bundle.index.digest.clone(),
        bytes: bundle.size(),
        kubernetes: bundle.kubernetes_version().ok().map(|version| version.to_string()),
        container_images: bundle.container_images.len(),
        hosts: fleet.cluster.members.iter().map(host).collect::<Result<_, Error>>()?,
    })
}

/// Whether an image can be delivered to a cluster like this at all.
pub(super) fn validate(cluster: &Cluster, bundle: &Bundle) -> Result<(), Error> {
    cluster.validate()?;
    if bundle.extension.image_type != ImageType::KubeInstaller {
        return Err(Error::NotAnInstaller(bundle.name.to_string()));
    }
    bundle.kubernetes_version()?;
    bundle.sandbox_image()?;
    launch::plugins(cluster, &bundle.extension)?;
    launch::applications(cluster, &bundle.extension)?;
    image_checks::of_bundle(bundle)?;
    tailorable(cluster, bundle)
}

/// Whether every host's files can be tailored, whatever its platform.
fn tailorable(cluster: &Cluster, bundle: &Bundle) -> Result<(), Error> {
    for rootfs in &bundle.rootfs {
        for member in &cluster.members {
            tailor(cluster, &bundle.extension, member, &rootfs.files)?;
        }
    }
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
    match cluster.differences(&former).into_iter().find(|difference| !difference.is_brought_about()) {
        None => Ok(()),
        Some(difference) => Err(Error::Exists { cluster: cluster.name.clone(), what: told(&difference, &former) }),
    }
}

fn told(difference: &Difference, former: &Cluster) -> String {
    match difference {
        Difference::Hosts(_) => "other hosts".into(),
        Difference::Image(_) => another_image(former),
        Difference::Setting(name) => format!("another setting of {name}"),
    }
}

fn another_image(former: &Cluster) -> String {
    format!("another image, {} ({})", former.image, former.image_digest.short())
}

/// What was found and does not block. All of it is recorded, with what was ignored and what was put right.
pub(super) fn check_hosts(
    bundle: &Bundle,
    fleet: &Fleet,
    ignore: &Ignore,
    half_done: bool,
    fixed: Vec<Finding>,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Judge { bundle, ignore, half_done, unreached: Vec::new() }.findings(fleet)?;
    findings.extend(fixed);
    let checks = registry().filter(|check| check.stage == CheckStage::Before).count();
    fleet.journal.append(Entry::Checked { stage: CheckStage::Before, checks, findings: findings.clone() })?;
    let (blocking, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(Finding::blocks);
    if blocking.is_empty() { Ok(others) } else { Err(Error::Preflight(blocking)) }
}

#[cfg(test)]
#[path = "run/tests.rs"]
mod tests;
