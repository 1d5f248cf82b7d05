//! Carries out stages: on each host, step after step, probe, apply if needed, verify; hosts in parallel with a cap; every
//! beginning and end in the journal and in the stream of events. A failure lets the other hosts finish their current stage,
//! so that a second run finds as much as possible done.

use crate::step::{On, Stage, Step};
use crate::{Error, Fleet};
use futures_util::stream::{self, StreamExt};
use sealer_model::cluster::Member;
use sealer_model::event::{Event, Outcome};
use sealer_model::journal::Entry;
use std::time::Instant;

/// Carries out stages in order and says whether anything had to be done.
///
/// # Errors
/// The first failure of the first stage in which something failed; before that, when there is no agent for a host.
pub(crate) async fn carry_out<C>(context: &C, stages: &[Stage<C>]) -> Result<bool, Error>
where
    C: AsRef<Fleet> + Send + Sync,
{
    context.as_ref().require_programs()?;
    let mut changed = false;
    for stage in stages {
        changed |= one_stage(context, stage).await?;
    }
    Ok(changed)
}

async fn one_stage<C>(context: &C, stage: &Stage<C>) -> Result<bool, Error>
where
    C: AsRef<Fleet> + Send + Sync,
{
    let members = &context.as_ref().cluster.members;
    let on_hosts = members.iter().map(|member| on_one_host(context, stage, member));
    let ended: Vec<Result<bool, Error>> = stream::iter(on_hosts).buffer_unordered(stage.parallel_hosts).collect().await;
    together(ended)
}

/// Whether anything was done on any host. What really failed counts more than that others were told to stop.
fn together(ended: Vec<Result<bool, Error>>) -> Result<bool, Error> {
    let (done, failed): (Vec<_>, Vec<_>) = ended.into_iter().partition(Result::is_ok);
    let mut failures: Vec<Error> = failed.into_iter().filter_map(Result::err).collect();
    let worst = failures.iter().position(|error| !matches!(error, Error::Interrupted)).unwrap_or(0);
    if failures.is_empty() {
        Ok(done.into_iter().any(|host| host.unwrap_or(false)))
    } else {
        Err(failures.swap_remove(worst))
    }
}

async fn on_one_host<C>(context: &C, stage: &Stage<C>, member: &Member) -> Result<bool, Error>
where
    C: AsRef<Fleet> + Send + Sync,
{
    let on = On { context, member };
    let mut changed = false;
    for step in &stage.steps {
        let fleet = context.as_ref();
        fleet.go_on()?;
        if step.hosts(&fleet.cluster).contains(member) {
            changed |= one_step(&on, step.as_ref()).await?;
        }
    }
    Ok(changed)
}

async fn one_step<C>(on: &On<'_, C>, step: &dyn Step<C>) -> Result<bool, Error>
where
    C: AsRef<Fleet> + Send + Sync,
{
    let (fleet, host) = (on.fleet(), on.address());
    let started = Instant::now();
    fleet.journal.append(Entry::StepStarted { step: step.id().into(), host })?;
    fleet.listener.tell(Event::StepStarted {
        step: step.id().into(),
        title: step.title().into(),
        host: host.to_string(),
    });
    fleet.copy_journal().await;
    let result = probe_apply_verify(on, step).await;
    let outcome = match &result {
        Ok(true) => Outcome::Done,
        Ok(false) => Outcome::AlreadyDone,
        Err(error) => Outcome::Failed(error.chain()),
    };
    let entry = Entry::StepEnded { step: step.id().into(), host, outcome: outcome.clone() };
    fleet.journal.append(entry)?;
    fleet.copy_journal().await;
    fleet.listener.tell(Event::StepEnded {
        step: step.id().into(),
        title: step.title().into(),
        host: host.to_string(),
        outcome,
        milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    result.map_err(|source| Error::Step { step: step.title().into(), host, source: Box::new(source) })
}

async fn probe_apply_verify<C>(on: &On<'_, C>, step: &dyn Step<C>) -> Result<bool, Error>
where
    C: AsRef<Fleet> + Send + Sync,
{
    if step.probe(on).await? {
        return Ok(false);
    }
    step.apply(on).await?;
    if step.verify(on).await? {
        return Ok(true);
    }
    Err(Error::NotVerified { step: step.title().into(), host: on.address() })
}
