//! `upgrade` and `rollback`: a cluster goes on to another image, or back to the one before. Masters one by one, then nodes in batches; each
//! is drained, gets the new rootfs, runtime and kubelet, and has to be ready before the next one begins. A failure stops there, with a
//! cluster that works; the same call goes on.

use super::beforehand::{check_hosts, mended, validate};
use super::record::recorded;
use super::run::{Ran, Run};
use crate::backup::EtcdMember;
use crate::delivery::Delivery;
use crate::runner::carry_out;
use crate::step::{Only, Stage, Step};
use crate::steps::{
    AwaitReady, DrainNode, InstallAgent, InstallKubelet, KeepStaticPods, LaunchApplications, LaunchPlugins, MarkNode,
    PushImages, RenewDaemons, ReplicateImage, ReturnEtcd, ReturnNode, RunPlugins, SendImage, SnapshotEtcd,
    StartBalancer, StartContainerRuntime, StartControlPlane, StartRegistry, StopControlPlane, TailorRootfs,
    TrustRegistry, UnpackRootfs, Upgrade, UpgradeNode, UploadConfiguration, find_upgrade, mark_of_return,
    running_static_pods,
};
use crate::{Error, Fleet, State, kubectl, removed_apis};
use sealer_model::bundle::{Bundle, RootfsFiles};
use sealer_model::checks::{Finding, Stage as CheckStage};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::Listener;
use sealer_model::intention::Work;
use sealer_model::journal::Entry;
use sealer_model::kubeadm::{Direction, KubernetesVersion, check_upgrade};
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
    /// On, or back to an image that the cluster ran before.
    pub direction: Direction,
}

impl Way {
    fn verb(&self) -> &'static str {
        match self.direction {
            Direction::On => "upgrade",
            Direction::Back | Direction::BackToSnapshot(_) => "rollback",
        }
    }

    /// The plan, from the desired state alone.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan {
            verb: self.verb().into(),
            cluster: self.cluster.name.clone(),
            image: Some(self.cluster.image_digest.clone()),
            stages: self.stages(0, self.taken_back(0)).iter().map(|stage| stage.planned(&self.cluster)).collect(),
        }
    }

    fn work(&self) -> Work {
        let (cluster, max_unavailable) = (Box::new(self.cluster.clone()), self.max_unavailable);
        match &self.direction {
            Direction::On => Work::Upgrade { cluster, max_unavailable },
            Direction::Back => Work::Rollback { cluster, max_unavailable, before_upgrade_to: None },
            Direction::BackToSnapshot(image) => {
                Work::Rollback { cluster, max_unavailable, before_upgrade_to: Some(image.clone()) }
            }
        }
    }

    /// The upgrade that was asked for then and that etcd goes back behind, if it does.
    fn taken_back(&self, asked: i64) -> Option<Upgrade> {
        let Direction::BackToSnapshot(to) = &self.direction else { return None };
        Some(Upgrade { from: self.cluster.image_digest.clone(), to: to.clone(), asked })
    }

    /// `asked` is when it was first asked for, in seconds since 1970; `taken_back` is the upgrade that etcd goes back behind.
    fn stages(&self, asked: i64, taken_back: Option<Upgrade>) -> Vec<Stage<Delivery>> {
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
            let (from, to) = (self.former.image_digest.clone(), self.cluster.image_digest.clone());
            let upgrade = Upgrade { from, to, asked };
            stages.push(Stage::new(vec![Box::new(SnapshotEtcd(upgrade.clone())), Box::new(KeepStaticPods(upgrade))]));
        }
        if let Some(upgrade) = taken_back {
            stages.extend(returned(&self.cluster, upgrade, asked));
        }
        let masters: Vec<Member> = self.cluster.masters().cloned().collect();
        let nodes: Vec<Member> = self.cluster.nodes().cloned().collect();
        let batches = masters.chunks(1).chain(nodes.chunks(self.max_unavailable.max(1)));
        stages.extend(batches.map(|members| self.batch(members)));
        let plugins = if self.direction == Direction::On { RunPlugins::UPGRADE } else { RunPlugins::ROLLBACK };
        stages.push(Stage::new(vec![Box::new(MarkNode)]));
        stages.push(Stage::new(vec![Box::new(plugins), Box::new(LaunchPlugins), Box::new(LaunchApplications)]));
        stages.push(Stage::new(vec![Box::new(AwaitReady)]));
        stages
    }

    /// Everything that happens to hosts that are upgraded at the same time.
    fn batch(&self, members: &[Member]) -> Stage<Delivery> {
        fn only<S: Step<Delivery> + 'static>(step: S, members: &[Member]) -> Box<dyn Step<Delivery>> {
            Box::new(Only::new(step, members))
        }
        let mut steps = vec![
            only(DrainNode, members),
            only(UnpackRootfs::InTurns, members),
            only(TailorRootfs, members),
            only(RunPlugins::UPGRADE_HOST, members),
            only(UploadConfiguration, members),
            only(UpgradeNode, members),
            only(StartContainerRuntime, members),
            only(InstallKubelet, members),
        ];
        if matches!(self.direction, Direction::BackToSnapshot(_)) {
            steps.push(only(RenewDaemons, members));
        }
        steps.push(only(ReturnNode, members));
        Stage::new(steps)
    }
}

/// Nothing is replaced on any master while another one still runs: members of two pasts must never meet.
fn returned(cluster: &Cluster, upgrade: Upgrade, asked: i64) -> [Stage<Delivery>; 3] {
    let done = Some(mark_of_return(cluster, asked));
    [
        Stage::new(vec![Box::new(StopControlPlane { done })]),
        Stage::new(vec![Box::new(ReturnEtcd { upgrade, asked })]),
        Stage::new(vec![Box::new(StartControlPlane)]),
    ]
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
    let (running, taken_back) = check_direction(&fleet, &state, &run, &way).await?;
    if way.direction == Direction::On {
        warnings.extend(check_apis(&fleet, &run, &manifests, running).await?);
    }
    let intention = state.intend(way.work(), run.terms())?;
    let delivery = Delivery::open(fleet, &state, (run.bundle, run.blobs), run.deadline, run.ignore)?;
    let stages = way.stages(intention.asked, taken_back);
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

/// Whether Kubernetes and etcd go this way: the oldest version that runs, and the upgrade that etcd goes back behind. A way back that has
/// begun already may have an API that rests, so it is not asked again.
async fn check_direction(
    fleet: &Fleet,
    state: &State,
    run: &Run,
    way: &Way,
) -> Result<(Option<KubernetesVersion>, Option<Upgrade>), Error> {
    if let Direction::BackToSnapshot(to) = &way.direction {
        if !state.intention()?.is_some_and(|it| it.work.is_same_as(&way.work())) {
            check_versions(fleet, &run.bundle, &way.direction).await?;
        }
        return Ok((None, Some(find_upgrade(fleet, &way.cluster.image_digest, to).await?)));
    }
    let running = check_versions(fleet, &run.bundle, &way.direction).await?;
    if way.direction == Direction::Back {
        check_etcd(fleet, &run.bundle).await?;
    }
    Ok((running, None))
}

/// What the nodes really run decides, not what somebody wrote down. Returns the oldest.
async fn check_versions(
    fleet: &Fleet,
    bundle: &Bundle,
    direction: &Direction,
) -> Result<Option<KubernetesVersion>, Error> {
    let master = fleet.cluster.first_master()?.address;
    let versions = kubectl::versions(fleet, master).await?;
    let versions = versions.iter().map(|text| text.parse()).collect::<Result<Vec<KubernetesVersion>, _>>()?;
    check_upgrade(&versions, bundle.kubernetes_version()?, direction)?;
    Ok(versions.into_iter().min())
}

/// An etcd does not start with what a newer minor version of it wrote.
async fn check_etcd(fleet: &Fleet, bundle: &Bundle) -> Result<(), Error> {
    for master in fleet.cluster.masters() {
        let Some(pods) = running_static_pods(fleet, master.address).await? else { continue };
        let Some(member) = EtcdMember::of_manifest(pods.etcd()) else { continue };
        if let Some(carried) = bundle.etcd_version().filter(|carried| member.version() > Some(*carried)) {
            return Err(Error::OlderEtcd { host: master.address, running: member.image, carried });
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;
    use sealer_model::Digest;

    fn ids(direction: Direction) -> Vec<String> {
        let former = cluster(&["10.0.0.1", "10.0.0.2"], &["10.0.0.3"]);
        let to = Cluster { image_digest: Digest::of(b"another"), ..former.clone() };
        let plan = Way { former, cluster: to, max_unavailable: 1, direction }.plan();
        plan.stages.into_iter().map(|stage| stage.steps.into_iter().map(|step| step.id).collect()).map(joined).collect()
    }

    fn joined(steps: Vec<String>) -> String {
        steps.join(" ")
    }

    #[test]
    fn etcd_goes_back_between_two_standstills_and_only_where_it_is_asked_for() {
        let stages = ids(Direction::BackToSnapshot(Digest::of(b"left")));
        let of =
            |steps: &str| stages.iter().position(|it| it == steps).unwrap_or_else(|| panic!("{steps}: {stages:?}"));
        let kept = of("snapshot-etcd keep-static-pods");
        let order = ["stop-control-plane", "return-etcd", "start-control-plane"].map(of);
        assert_eq!(order, [kept + 1, kept + 2, kept + 3]);
        assert!(stages[kept + 4].starts_with("drain-node"));
        assert!(stages[kept + 4].ends_with("renew-daemons return-node"));
        for direction in [Direction::On, Direction::Back] {
            let stages = ids(direction).join(" ");
            assert!(!stages.contains("return-etcd") && !stages.contains("renew-daemons"), "{stages}");
        }
    }
}
