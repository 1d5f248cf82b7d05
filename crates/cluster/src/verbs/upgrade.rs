//! `upgrade` and `rollback`: a cluster goes on to another image, or back to the one before. Masters one by one, then nodes in batches; each
//! is drained, gets the new rootfs, runtime and kubelet, and has to be ready before the next one begins. A failure stops there, with a
//! cluster that works; the same call goes on.

use super::beforehand::{check_hosts, mended, validate};
use super::record::recorded;
use super::run::{Ran, Run};
use crate::delivery::Delivery;
use crate::runner::carry_out;
use crate::step::{Only, Stage, Step};
use crate::steps::{
    AwaitReady, DrainNode, InstallAgent, InstallKubelet, LaunchApplications, LaunchPlugins, MarkNode, PushImages,
    ReplicateImage, ReturnNode, RunPlugins, SendImage, SnapshotEtcd, StartBalancer, StartContainerRuntime,
    StartRegistry, TailorRootfs, TrustRegistry, UnpackRootfs, UpgradeNode, UploadConfiguration,
};
use crate::{Error, Fleet, State, kubectl, removed_apis};
use sealer_model::bundle::{Bundle, RootfsFiles};
use sealer_model::checks::{Finding, Stage as CheckStage};
use sealer_model::cluster::{Cluster, FormerImage, Member};
use sealer_model::event::Listener;
use sealer_model::intention::Work;
use sealer_model::journal::Entry;
use sealer_model::kubeadm::{KubernetesVersion, check_upgrade};
use sealer_model::plan::Plan;

/// The way from one image to another.
#[derive(Clone, Debug)]
pub struct Way {
    /// The cluster as it is.
    pub former: Cluster,
    /// The cluster as it shall be.
    pub cluster: Cluster,
    /// Nodes that are away at the same time.
    pub max_unavailable: usize,
    /// Whether it goes back to an image that the cluster ran before.
    pub back: bool,
}

impl Way {
    fn verb(&self) -> &'static str {
        if self.back { "rollback" } else { "upgrade" }
    }

    /// The plan, from the desired state alone.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan {
            verb: self.verb().into(),
            cluster: self.cluster.name.clone(),
            image: Some(self.cluster.image_digest.clone()),
            stages: self.stages(0).iter().map(|stage| stage.planned(&self.cluster)).collect(),
        }
    }

    fn work(&self) -> Work {
        let (cluster, max_unavailable) = (Box::new(self.cluster.clone()), self.max_unavailable);
        if self.back { Work::Rollback { cluster, max_unavailable } } else { Work::Upgrade { cluster, max_unavailable } }
    }

    /// `asked` is when it was first asked for, in seconds since 1970.
    fn stages(&self, asked: i64) -> Vec<Stage<Delivery>> {
        let image = FormerImage { image: self.former.image.clone(), digest: self.former.image_digest.clone() };
        let mut stages = vec![
            Stage::new(vec![Box::new(InstallAgent)]),
            Stage::new(vec![Box::new(SendImage), Box::new(StartRegistry::First), Box::new(PushImages)]),
            Stage::new(vec![
                Box::new(ReplicateImage),
                Box::new(StartRegistry::Others),
                Box::new(StartBalancer),
                Box::new(TrustRegistry),
            ]),
        ];
        if self.former.image_digest != self.cluster.image_digest {
            stages.push(Stage::new(vec![Box::new(SnapshotEtcd { former: image, asked })]));
        }
        let masters: Vec<Member> = self.cluster.masters().cloned().collect();
        let nodes: Vec<Member> = self.cluster.nodes().cloned().collect();
        stages.extend(masters.chunks(1).map(batch));
        stages.extend(nodes.chunks(self.max_unavailable.max(1)).map(batch));
        let plugins = if self.back { RunPlugins::ROLLBACK } else { RunPlugins::UPGRADE };
        stages.push(Stage::new(vec![Box::new(MarkNode)]));
        stages.push(Stage::new(vec![Box::new(plugins), Box::new(LaunchPlugins), Box::new(LaunchApplications)]));
        stages.push(Stage::new(vec![Box::new(AwaitReady)]));
        stages
    }
}

/// Everything that happens to hosts that are upgraded at the same time.
fn batch(members: &[Member]) -> Stage<Delivery> {
    fn only<S: Step<Delivery> + 'static>(step: S, members: &[Member]) -> Box<dyn Step<Delivery>> {
        Box::new(Only::new(step, members))
    }
    Stage::new(vec![
        only(DrainNode, members),
        only(UnpackRootfs::InTurns, members),
        only(TailorRootfs, members),
        only(RunPlugins::UPGRADE_HOST, members),
        only(UploadConfiguration, members),
        only(UpgradeNode, members),
        only(StartContainerRuntime, members),
        only(InstallKubelet, members),
        only(ReturnNode, members),
    ])
}

/// Brings a cluster to another image; `run` is the delivery of that image to the cluster as it shall be, `manifests` are the objects that
/// it brings as they are.
///
/// # Errors
/// When the cluster is not the one that was looked at, Kubernetes does not support the way, a host cannot be reached, or a step fails. The
/// same call again goes on.
pub async fn upgrade(run: Run, way: Way, manifests: RootfsFiles, listener: Listener) -> Result<Ran, Error> {
    validate(&run.cluster, &run.bundle, &run.access.secrets)?;
    let (state, found) = State::lock_existing(&run.root, &run.cluster.name)?;
    if found != way.former {
        return Err(Error::Exists { cluster: found.name, what: "a state that has changed meanwhile".into() });
    }
    state.refuse_meanwhile(&found.name, &way.work())?;
    listener.stage("connect to the hosts and check them");
    let fleet = Fleet::connect(run.cluster.clone(), run.access.clone(), &state, listener.clone()).await?;
    let fleet = fleet.claiming(&state, way.verb())?;
    let (fleet, fixed) = mended(&run, fleet, &state, false, || Ok(())).await?;
    let mut warnings = check_hosts(&run.bundle, &fleet, &run.ignore, false, fixed)?;
    // nothing is begun as long as it is not clear that it can be done
    carry_out(&fleet, &[Stage::new(vec![Box::new(InstallAgent)])]).await?;
    let running = check_versions(&fleet, &run.bundle, way.back).await?;
    if !way.back {
        warnings.extend(check_apis(&fleet, &run, &manifests, running).await?);
    }
    let intention = state.intend(way.work(), run.terms())?;
    let delivery = Delivery::open(fleet, &state, (run.bundle, run.blobs), run.deadline, run.ignore)?;
    let stages = way.stages(intention.asked);
    let work = async {
        let changed = carry_out(&delivery, &stages).await?;
        state.save(&run.cluster)?;
        Ok(changed)
    };
    let changed = recorded(way.verb(), way.plan().digest(), run.version, &delivery, work).await?;
    state.fulfil()?;
    let examined = delivery.examined.into_inner().unwrap_or_default();
    Ok(Ran { changed, warnings: warnings.into_iter().chain(examined).collect() })
}

/// What the nodes really run decides, not what somebody wrote down. Returns the oldest.
async fn check_versions(fleet: &Fleet, bundle: &Bundle, back: bool) -> Result<Option<KubernetesVersion>, Error> {
    let master = fleet.cluster.first_master()?.address;
    let versions = kubectl::versions(fleet, master).await?;
    let versions = versions.iter().map(|text| text.parse()).collect::<Result<Vec<KubernetesVersion>, _>>()?;
    check_upgrade(&versions, bundle.kubernetes_version()?, back)?;
    Ok(versions.into_iter().min())
}

/// What uses API versions that the image's Kubernetes does not have. It is recorded, and told beforehand where it does not block.
async fn check_apis(
    fleet: &Fleet,
    run: &Run,
    manifests: &RootfsFiles,
    running: Option<KubernetesVersion>,
) -> Result<Vec<Finding>, Error> {
    let Some(running) = running else { return Ok(Vec::new()) };
    let findings = removed_apis::findings(fleet, (&run.bundle, manifests), running.minor, &run.ignore).await?;
    if !findings.is_empty() {
        let entry = Entry::Checked { stage: CheckStage::Before, checks: 1, findings: findings.clone() };
        fleet.journal.append(entry)?;
    }
    let (blocking, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(Finding::blocks);
    if blocking.is_empty() { Ok(others) } else { Err(Error::Preflight(blocking)) }
}
