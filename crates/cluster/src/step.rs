//! What a step is: something that shall be so on a host, that can tell whether it already is, make it so, and check that it
//! became so. A stage is a row of steps that each host takes at its own pace.

use crate::delivery::Delivery;
use crate::{Error, Fleet};
use futures_util::future::BoxFuture;
use sealer_host::Agent;
use sealer_model::agent::{Batch, Change, Changed, Progress};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::{Event, Transfer};
use sealer_model::image::Extension;
use sealer_model::plan::{PlannedStage, PlannedStep};
use std::net::IpAddr;

/// The answer of a step, in its own time.
pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// A step on one host: what the step may look at and act through.
pub(crate) struct On<'a, C> {
    /// What the verb works with.
    pub(crate) context: &'a C,
    /// The host.
    pub(crate) member: &'a Member,
}

impl<C: AsRef<Fleet>> On<'_, C> {
    /// The hosts of the cluster and how they are reached.
    pub(crate) fn fleet(&self) -> &Fleet {
        self.context.as_ref()
    }

    /// The desired state.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.fleet().cluster
    }

    /// The host's address.
    pub(crate) fn address(&self) -> IpAddr {
        self.member.address
    }

    /// The host's agent.
    pub(crate) fn agent(&self) -> Result<&Agent, Error> {
        self.fleet().agent(self.member.address)
    }

    /// Tells how many bytes of a long request are done, and what the host remarks meanwhile.
    pub(crate) fn tell_bytes(&self, title: &str, progress: &Progress) {
        let (listener, host) = (&self.fleet().listener, self.address().to_string());
        match progress {
            Progress::Bytes(done, total) => {
                let transfer = Transfer { title: title.to_owned(), host: Some(host), digest: None };
                listener.tell(Event::Bytes { transfer, done: *done, total: Some(*total) });
            }
            Progress::Note(text) => listener.warn(format!("{host}: {text}")),
            // the end is the answer
            Progress::Done(_) | Progress::Failed(_) | Progress::OutOfReach(_) => {}
        }
    }

    /// Makes changes on the host, or only says whether they are needed.
    pub(crate) async fn change(&self, changes: Vec<Change>, dry_run: bool) -> Result<bool, Error> {
        let batch = Batch { cluster: self.cluster().name.clone(), dry_run, changes };
        let changed = self.agent()?.changes(&batch).await?;
        Ok(changed.contains(&Changed::Yes))
    }
}

/// One step. File, type and title say the same.
pub(crate) trait Step<C>: Send + Sync {
    /// The name of its file, with dashes.
    fn id(&self) -> &'static str;

    /// What it does, for people.
    fn title(&self) -> &'static str;

    /// The hosts it concerns.
    fn hosts(&self, cluster: &Cluster) -> Vec<Member>;

    /// What it touches, as far as the desired state and the image say: files, folders with `/` at their end, kernel settings, and Kubernetes
    /// objects by their kind; for plans. Pure.
    fn touches(&self, _cluster: &Cluster, _: &Extension) -> Vec<String> {
        Vec::new()
    }

    /// Whether it is done already. Changes nothing.
    fn probe<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool>;

    /// Does it. May be repeated after any interruption.
    fn apply<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, ()>;

    /// Whether it is done now.
    fn verify<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool> {
        self.probe(on)
    }
}

/// A step of a delivery that is a batch of changes: the agent knows by itself which of them are needed.
pub(crate) trait Changes: Send + Sync {
    /// As [`Step::id`].
    fn id(&self) -> &'static str;

    /// As [`Step::title`].
    fn title(&self) -> &'static str;

    /// As [`Step::hosts`].
    fn hosts(&self, cluster: &Cluster) -> Vec<Member>;

    /// As [`Step::touches`].
    fn touches(&self, _cluster: &Cluster, _: &Extension) -> Vec<String> {
        Vec::new()
    }

    /// What shall be so.
    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>>;
}

impl<T: Changes> Step<Delivery> for T {
    fn id(&self) -> &'static str {
        Changes::id(self)
    }

    fn title(&self) -> &'static str {
        Changes::title(self)
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        Changes::hosts(self, cluster)
    }

    fn touches(&self, cluster: &Cluster, image: &Extension) -> Vec<String> {
        Changes::touches(self, cluster, image)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(!on.change(self.changes(on).await?, true).await?) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            on.change(self.changes(on).await?, false).await?;
            Ok(())
        })
    }
}

/// A step that only some of its hosts take: one batch of several.
pub(crate) struct Only<S> {
    step: S,
    members: Vec<Member>,
}

impl<S> Only<S> {
    /// The step, on these hosts.
    pub(crate) fn new(step: S, members: &[Member]) -> Self {
        Self { step, members: members.to_vec() }
    }
}

impl<C, S: Step<C>> Step<C> for Only<S> {
    fn id(&self) -> &'static str {
        self.step.id()
    }

    fn title(&self) -> &'static str {
        self.step.title()
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        self.step.hosts(cluster).into_iter().filter(|member| self.members.contains(member)).collect()
    }

    fn touches(&self, cluster: &Cluster, image: &Extension) -> Vec<String> {
        self.step.touches(cluster, image)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool> {
        self.step.probe(on)
    }

    fn apply<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, ()> {
        self.step.apply(on)
    }

    fn verify<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool> {
        self.step.verify(on)
    }
}

/// Steps that each host takes at its own pace, one after the other.
pub(crate) struct Stage<C> {
    /// The steps in order.
    pub(crate) steps: Vec<Box<dyn Step<C>>>,
    /// Hosts that are worked on at the same time.
    pub(crate) parallel_hosts: usize,
}

/// What a control plane and this machine stand well.
const SOME: usize = 16;

/// Hosts that relay to one another have to do so at the same time; each costs this machine a connection over which little goes.
const MANY: usize = 128;

impl<C> Stage<C> {
    /// A stage of these steps.
    pub(crate) fn new(steps: Vec<Box<dyn Step<C>>>) -> Self {
        Self { steps, parallel_hosts: SOME }
    }

    /// The same on more hosts at the same time: for steps that leave the work to the hosts.
    pub(crate) fn on_many_hosts(self) -> Self {
        Self { parallel_hosts: MANY, ..self }
    }

    /// The stage as data.
    pub(crate) fn planned(&self, cluster: &Cluster) -> PlannedStage {
        let planned = |step: &dyn Step<C>| PlannedStep {
            id: step.id().to_owned(),
            title: step.title().to_owned(),
            hosts: step.hosts(cluster).iter().map(|member| member.address).collect(),
        };
        let steps = self.steps.iter().map(|step| planned(step.as_ref())).collect();
        PlannedStage { steps }
    }
}

/// Every host.
pub(crate) fn everywhere(cluster: &Cluster) -> Vec<Member> {
    cluster.members.clone()
}

/// The host where the control plane starts.
pub(crate) fn first_master(cluster: &Cluster) -> Vec<Member> {
    cluster.first_master().ok().into_iter().cloned().collect()
}

/// Every host of the control plane.
pub(crate) fn masters(cluster: &Cluster) -> Vec<Member> {
    cluster.masters().cloned().collect()
}

/// The masters that join the first one.
pub(crate) fn other_masters(cluster: &Cluster) -> Vec<Member> {
    cluster.other_masters().cloned().collect()
}

/// The host whose registry gets images first.
pub(crate) fn first_registry(cluster: &Cluster) -> Vec<Member> {
    cluster.registry_hosts().into_iter().take(1).cloned().collect()
}

/// The other hosts that run the site's registry.
pub(crate) fn other_registries(cluster: &Cluster) -> Vec<Member> {
    cluster.registry_hosts().into_iter().skip(1).cloned().collect()
}

/// Hosts that run applications only.
pub(crate) fn nodes(cluster: &Cluster) -> Vec<Member> {
    cluster.nodes().cloned().collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use sealer_model::Digest;
    use sealer_model::cluster::{Cluster, DEFAULT_DATA_ROOT, Member, Role, Site, SiteRegistry};

    /// A cluster of these hosts.
    pub(crate) fn cluster(masters: &[&str], nodes: &[&str]) -> Cluster {
        let member = |role| move |address: &&str| Member { address: address.parse().unwrap(), ssh_port: 22, role };
        let masters = masters.iter().map(member(Role::Master));
        Cluster {
            name: "my-cluster".into(),
            image: "guestbook:v1".parse().unwrap(),
            image_digest: Digest::of(b""),
            members: masters.chain(nodes.iter().map(member(Role::Node))).collect(),
            registry: SiteRegistry::default(),
            container_runtime: Default::default(),
            data_root: DEFAULT_DATA_ROOT.into(),
            env: std::collections::BTreeMap::new(),
            applications: None,
            commands: Vec::new(),
            site: Site::default(),
            former_images: Vec::new(),
            image_changes: 0,
            adopted: None,
        }
    }
}
