//! What each verb does, one file each: turn what was typed into what a room asks for, let the room work, print the result.

mod access;
mod adopt;
mod agent;
mod alpha;
mod app;
mod apply;
mod backup;
mod balancer;
mod blocking;
mod build;
mod certificates;
mod chart;
mod check;
mod clusterfile;
mod completion;
mod confirm;
mod delete;
mod desired;
mod diff;
mod events;
mod exec;
mod host_alias;
mod images;
mod inspect;
mod kubeconfig;
mod load;
mod log_in;
mod man;
mod manifest;
mod merge;
mod mount;
mod on_cluster;
mod plan;
mod planned;
mod pull;
mod push;
mod reference;
mod registry;
mod remote;
mod report;
mod resume;
mod rmi;
mod run;
mod save;
mod scale_up;
mod search;
mod status;
mod store;
mod stored_blobs;
mod stored_programs;
mod support_bundle;
mod tag;
mod upgrade;
mod verify;
mod version;

use crate::args::{CertVerb, RegistryVerb, Verb};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Environment, Settings};
use crate::signals::Signals;
use sealer_model::event::Listener;
use tokio_util::sync::CancellationToken;

/// What every action may use.
pub(crate) struct Context {
    /// Settled choices.
    pub(crate) settings: Settings,
    /// The surroundings of the process.
    pub(crate) environment: Environment,
    /// Who is told what happens.
    pub(crate) listener: Listener,
    /// Cancelled when somebody asks a verb to stop that can do so between two steps.
    pub(crate) stop: CancellationToken,
}

/// Carries a verb out, until it is done or somebody asks it to end.
///
/// # Errors
/// Whatever kept it from being done.
pub(crate) async fn carry_out(verb: Verb, context: &Context) -> Result<Exit, Failure> {
    if serves(&verb) {
        // It serves until it is asked to end, which is no failure then.
        return dispatch(verb, context).await;
    }
    let mut signals = Signals::listen()?;
    let takes_steps = takes_steps(&verb);
    let mut work = std::pin::pin!(dispatch(verb, context));
    tokio::select! {
        result = &mut work => return result,
        () = signals.asked_to_end() => {}
    }
    if !takes_steps {
        return Err(Failure::interrupted());
    }
    context.stop.cancel();
    context.listener.warn("stopping when the steps under way have ended; ask once more to stop at once");
    tokio::select! {
        result = work => result,
        () = signals.asked_to_end() => Err(Failure::interrupted()),
    }
}

/// Whether a verb changes hosts step by step, so that it can stop between two of them and leave nothing half-done.
fn takes_steps(verb: &Verb) -> bool {
    match verb {
        Verb::Run(_)
        | Verb::Apply(_)
        | Verb::ScaleUp(_)
        | Verb::Upgrade(_)
        | Verb::Rollback(_)
        | Verb::Resume(_)
        | Verb::Restore(_)
        | Verb::HostAlias(_)
        | Verb::Delete(_) => true,
        Verb::Cert(it) => !matches!(it.verb, Some(CertVerb::Check(_))),
        _ => false,
    }
}

/// Whether a verb has no end of its own.
fn serves(verb: &Verb) -> bool {
    match verb {
        Verb::Balancer(_) => true,
        Verb::Check(it) => it.watch.is_some(),
        Verb::Registry(it) => matches!(it.verb, RegistryVerb::Serve(_)),
        _ => false,
    }
}

async fn dispatch(verb: Verb, context: &Context) -> Result<Exit, Failure> {
    match verb {
        Verb::Build(it) => build::build(it, context).await?,
        Verb::Images(it) => images::images(it, context).await?,
        Verb::Inspect(it) => inspect::inspect(it, context).await?,
        Verb::Diff(it) => diff::diff(it, context).await?,
        Verb::Merge(it) => merge::merge(it, context).await?,
        Verb::Manifest(it) => manifest::manifest(it, context).await?,
        Verb::Mount(it) => mount::mount(it, context).await?,
        Verb::Unmount(it) => mount::unmount(it, context).await?,
        Verb::Search(it) => search::search(it, context).await?,
        Verb::Tag(it) => tag::tag(it, context).await?,
        Verb::Rmi(it) => rmi::rmi(it, context).await?,
        Verb::Save(it) => save::save(it, context).await?,
        Verb::Load(it) => load::load(it, context).await?,
        Verb::Pull(it) => pull::pull(it, context).await?,
        Verb::Push(it) => push::push(it, context).await?,
        Verb::LogIn(it) => log_in::log_in(it, context).await?,
        Verb::LogOut(it) => log_in::log_out(it, context).await?,
        Verb::Store(it) => return store::store(it, context).await,
        Verb::Prune(it) => store::prune(&it, context).await?,
        Verb::Plan(it) => return plan::plan(it, context).await,
        Verb::Run(it) => run::run(it, context).await?,
        Verb::Apply(it) => apply::apply(it, context).await?,
        Verb::Clusterfile(it) => return clusterfile::clusterfile(it, context).await,
        Verb::Check(it) => return check::check(it, context).await,
        Verb::Cert(it) => return certificates::certificates(it, context).await,
        Verb::App(it) => return app::app(it, context).await,
        Verb::Chart(it) => return chart::chart(it, context).await,
        Verb::Verify(it) => return verify::verify(it, context).await,
        Verb::Alpha(it) => alpha::alpha(it, context).await?,
        Verb::ScaleUp(it) => scale_up::scale_up(it, context).await?,
        Verb::Upgrade(it) => upgrade::upgrade(it, context).await?,
        Verb::Rollback(it) => upgrade::rollback(it, context).await?,
        Verb::Resume(it) => return resume::resume(it, context).await,
        Verb::Events(it) => events::events(it, context).await?,
        Verb::Status(it) => return status::status(it, context).await,
        Verb::Exec(it) => return exec::exec(it, context).await,
        Verb::Adopt(it) => adopt::adopt(it, context).await?,
        Verb::Kubeconfig(it) => kubeconfig::kubeconfig(it, context).await?,
        Verb::HostAlias(it) => host_alias::host_alias(it, context).await?,
        Verb::Backup(it) => backup::back_up(it, context).await?,
        Verb::Restore(it) => backup::restore(it, context).await?,
        Verb::Report(it) => report::report(it, context).await?,
        Verb::SupportBundle(it) => support_bundle::support_bundle(it, context).await?,
        Verb::Delete(it) => return delete::delete(it, context).await,
        Verb::Registry(it) => return registry::registry(it, context).await,
        Verb::Version(it) => version::version(&it)?,
        Verb::Completion(it) => completion::completion(&it)?,
        Verb::Man(it) => man::man(&it)?,
        Verb::Reference => reference::reference()?,
        Verb::Agent(_) => agent::agent(context).await?,
        Verb::Balancer(it) => balancer::balancer(&it).await?,
        Verb::RunStep(_) => return Err(Failure::usage("run-step must be the only thing that a process does")),
    }
    Ok(Exit::Done)
}
