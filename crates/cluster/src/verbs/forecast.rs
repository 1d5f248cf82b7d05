//! `plan`: what `run` will do on each host, from what can be seen there without starting or installing anything.

use super::beforehand::validate;
use super::look::Look;
use super::run::{Occasion, plan, stages};
use crate::checks::{Before, FleetFacts, Ignore, before, disks};
use crate::delivery::Delivery;
use crate::fleet::Access;
use crate::step::Step;
use crate::{Error, Fleet};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sealer_model::bundle::Bundle;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::Listener;
use sealer_model::facts::Facts;
use sealer_model::plan::{Forecast, HostForecast, Standing, StepForecast};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

/// Hosts that are asked for their agent at the same time.
const PARALLEL_QUESTIONS: usize = 16;

const INSTALL_AGENT: &str = "agent";
const SEND_IMAGE: &str = "send-image";
const PUSH_IMAGES: &str = "push-images";

/// Connects to the hosts, only looks, and says what `run` will do on each of them.
///
/// # Errors
/// When the desired state is contradictory, no host answers, or somebody else works on the cluster.
pub async fn forecast(
    root: &Path,
    cluster: Cluster,
    bundle: &Bundle,
    access: Access,
    ignore: &Ignore,
    listener: Listener,
) -> Result<Forecast, Error> {
    validate(&cluster, bundle, &access.secrets)?;
    listener.stage("connect to the hosts and look");
    let Look { fleet, unreached, half_done, .. } = Look::at(root, &cluster, access, listener).await?;
    let (facts, agents) = (fleet.facts(), agents(&fleet).await?);
    let subject = Before::new(&cluster, bundle, &facts, fleet.programs(), half_done)?.without(unreached);
    let agent_bytes =
        facts.keys().map(|host| Ok((*host, agent_bytes(&fleet, *host)?))).collect::<Result<_, Error>>()?;
    Ok(judged(&subject, &Seen { cluster: &cluster, bundle, facts: &facts, agents, agent_bytes }, ignore))
}

/// The bytes of a host's agent, where there is one for it.
fn agent_bytes(fleet: &Fleet, host: IpAddr) -> Result<u64, Error> {
    match fleet.program(host) {
        Err(Error::Program { .. }) => Ok(0),
        program => Ok(program?.size()),
    }
}

/// The hosts that have this very agent.
async fn agents(fleet: &Fleet) -> Result<BTreeSet<IpAddr>, Error> {
    let ask = |address| async move { Ok::<_, Error>(fleet.has_agent(address).await?.then_some(address)) };
    let answers = stream::iter(fleet.cluster.members.iter().map(|member| ask(member.address)));
    let found: Vec<_> = answers.buffer_unordered(PARALLEL_QUESTIONS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// What somebody sees who only looks.
struct Seen<'a> {
    cluster: &'a Cluster,
    bundle: &'a Bundle,
    facts: &'a FleetFacts,
    agents: BTreeSet<IpAddr>,
    agent_bytes: BTreeMap<IpAddr, u64>,
}

/// The forecast, from what was seen alone.
fn judged(subject: &Before<'_>, seen: &Seen<'_>, ignore: &Ignore) -> Forecast {
    let (stages, mut disks) = (stages(Occasion::Run, seen.cluster), disks(subject));
    let host = |member: &Member| {
        let facts = seen.facts.get(&member.address)?;
        let steps = stages.iter().flat_map(|stage| &stage.steps);
        let steps = steps.filter(|step| step.hosts(seen.cluster).contains(member));
        Some(HostForecast {
            address: member.address,
            role: member.role,
            hostname: facts.hostname.clone(),
            steps: steps.map(|step| seen.step(step.as_ref(), member, facts)).collect(),
            disks: disks.remove(&member.address).unwrap_or_default(),
        })
    };
    Forecast {
        plan: plan(seen.cluster),
        hosts: seen.cluster.members.iter().filter_map(host).collect(),
        findings: before(subject, ignore),
    }
}

impl Seen<'_> {
    fn step(&self, step: &dyn Step<Delivery>, member: &Member, facts: &Facts) -> StepForecast {
        let standing = self.standing(step.id(), member, facts);
        StepForecast {
            id: step.id().to_owned(),
            title: step.title().to_owned(),
            standing,
            bytes_at_most: self.bytes(step.id(), member.address, standing),
            touches: step.touches(self.cluster, &self.bundle.extension),
        }
    }

    fn bytes(&self, step: &str, host: IpAddr, standing: Standing) -> u64 {
        match step {
            _ if standing == Standing::Done => 0,
            INSTALL_AGENT => self.agent_bytes.get(&host).copied().unwrap_or(0),
            SEND_IMAGE => self.bundle.sent.size(),
            PUSH_IMAGES => self.bundle.size().saturating_sub(self.bundle.sent.size()),
            _ => 0,
        }
    }

    /// A host that no ledger calls ours has nothing of this cluster; of one that has, only the agent knows how far it is.
    fn standing(&self, step: &str, member: &Member, facts: &Facts) -> Standing {
        let ours = facts.cluster.as_ref() == Some(&self.cluster.name);
        match (step, ours) {
            (INSTALL_AGENT, _) if self.agents.contains(&member.address) => Standing::Done,
            (INSTALL_AGENT, _) => Standing::ToDo,
            // blobs may lie there from a cluster that was removed
            (SEND_IMAGE | PUSH_IMAGES, _) | (_, true) => Standing::Unknown,
            (_, false) => Standing::ToDo,
        }
    }
}

#[cfg(test)]
#[path = "forecast/tests.rs"]
mod tests;
