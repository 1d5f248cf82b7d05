//! The hooks of one event, one after the other: what is left of the last run goes first, then the object comes and is waited for, and
//! the policies say what stays of it. How each run went is recorded in the release.

use crate::apply;
use crate::error::{Error, Result};
use crate::object::{Object, parse};
use crate::order::{hooks_of, is_removed};
use crate::stored::{LastRun, Stored};
use crate::wait::{self, Deadline};
use crate::work::Work;
use jiff::Timestamp;

/// Runs the hooks of an event.
pub(crate) async fn run(work: &Work<'_>, release: &mut Stored, event: &str) -> Result<()> {
    if work.settings.skips_hooks {
        return Ok(());
    }
    let indexes = hooks_of(&release.hooks, event);
    for index in &indexes {
        run_one(work, release, *index, event).await?;
    }
    for index in indexes.iter().rev() {
        let hook = release.hooks.get(*index);
        if hook.is_some_and(|hook| is_removed(hook, "hook-succeeded")) {
            remove(work, &objects(work, release, *index)?).await?;
        }
    }
    Ok(())
}

async fn run_one(work: &Work<'_>, release: &mut Stored, index: usize, event: &str) -> Result<()> {
    let objects = objects(work, release, index)?;
    let Some(hook) = release.hooks.get(index).cloned() else { return Ok(()) };
    work.tell(format!("{event}: {} {}", hook.kind, hook.name));
    if is_removed(&hook, "before-hook-creation") {
        remove(work, &objects).await?;
    }
    let started_at = Timestamp::now().to_string();
    let began = LastRun { started_at: started_at.clone(), phase: "Running".to_owned(), ..LastRun::default() };
    record(work, release, index, began).await?;
    let tried = carry_out(work, &objects).await;
    let phase = if tried.is_ok() { "Succeeded" } else { "Failed" };
    let ended = LastRun { started_at, completed_at: Timestamp::now().to_string(), phase: phase.to_owned() };
    record(work, release, index, ended).await?;
    if let Err(error) = tried {
        if is_removed(&hook, "hook-failed") {
            remove(work, &objects).await?;
        }
        let reason = error.whole_text();
        return Err(Error::Hook { hook: format!("{} {}", hook.kind, hook.name), event: event.to_owned(), reason });
    }
    Ok(())
}

async fn carry_out(work: &Work<'_>, objects: &[Object]) -> Result<()> {
    apply::bring(&work.cluster, &[], objects, work.deadline()).await?;
    let identities: Vec<_> = objects.iter().map(|object| object.identity.clone()).collect();
    wait::ended(&work.cluster, &identities, work.deadline()).await
}

fn objects(work: &Work<'_>, release: &Stored, index: usize) -> Result<Vec<Object>> {
    let Some(hook) = release.hooks.get(index) else { return Ok(Vec::new()) };
    parse(&hook.path, &hook.manifest, &work.cluster.kinds, &release.namespace)
}

async fn record(work: &Work<'_>, release: &mut Stored, index: usize, run: LastRun) -> Result<()> {
    if let Some(hook) = release.hooks.get_mut(index) {
        hook.last_run = run;
    }
    work.history.update(release).await
}

async fn remove(work: &Work<'_>, objects: &[Object]) -> Result<()> {
    apply::remove(&work.cluster, objects).await?;
    let identities = objects.iter().map(|object| object.identity.clone()).collect();
    wait::gone(&work.cluster, identities, Deadline::after(work.settings.timeout)).await
}
