//! `sealer app`.

mod access;
mod differences;
mod listing;
mod logs;
mod manifests;
mod print;
mod unified;

use super::Context;
use super::chart::request::{origin, sources};
use crate::args::{App, AppInstall, AppRollback, AppUninstall, AppUpgrade, AppVerb, Carrying, ChartValues, Named};
use crate::exit::Exit;
use crate::failure::Failure;
use access::Reached;
use sealer_release::{Settings, Source, Values, Work};
use std::time::Duration;

/// Does what was asked for with releases.
///
/// # Errors
/// When the cluster cannot be reached, or the release is not what it shall be.
pub(super) async fn app(request: App, context: &Context) -> Result<Exit, Failure> {
    match request.verb {
        AppVerb::List(it) => listing::list(it, context).await?,
        AppVerb::Status(it) => return listing::status(it, context).await,
        AppVerb::History(it) => listing::history(it, context).await?,
        AppVerb::Diff(it) => return listing::diff(*it, context).await,
        AppVerb::Install(it) => install(*it, context).await?,
        AppVerb::Upgrade(it) => upgrade(*it, context).await?,
        AppVerb::Rollback(it) => rollback(it, context).await?,
        AppVerb::Uninstall(it) => uninstall(it, context).await?,
        AppVerb::Apply(it) => manifests::apply(it, context).await?,
        AppVerb::Logs(it) => logs::logs(it, context).await?,
        AppVerb::Wait(it) => manifests::wait(it, context).await?,
    }
    Ok(Exit::Done)
}

async fn install(request: AppInstall, context: &Context) -> Result<(), Failure> {
    let names = manifests::image_names(request.image_names.clone()).await?;
    let settings = Settings { image_names: names, ..install_settings(&request, Settings::default().most_revisions) };
    let source = source(&request.source.chart, request.source.given, context).await?;
    let (reached, name) = reach(&request.release, context).await?;
    let mut work = work(&reached, &name, &settings, context)?;
    print::revision(&work.install(&source).await?)
}

async fn upgrade(request: AppUpgrade, context: &Context) -> Result<(), Failure> {
    let names = manifests::image_names(request.wanted.image_names.clone()).await?;
    let settings = Settings { image_names: names, ..install_settings(&request.wanted, request.history_max) };
    let values = wish(request.reset_values, request.reuse_values);
    let wanted = request.wanted;
    let source = source(&wanted.source.chart, wanted.source.given, context).await?;
    let (reached, name) = reach(&wanted.release, context).await?;
    let mut work = work(&reached, &name, &settings, context)?;
    let revision = match request.or_install {
        true => work.upgrade_or_install(&source, values).await?,
        false => work.upgrade(&source, values).await?,
    };
    print::revision(&revision)
}

async fn rollback(request: AppRollback, context: &Context) -> Result<(), Failure> {
    let settings = Settings { forces: request.force_conflicts, ..settings(&request.carrying) };
    let (reached, name) = reach(&request.release, context).await?;
    let mut work = find(&reached, &name, &settings, context).await?;
    print::revision(&work.rollback(request.revision).await?)
}

async fn uninstall(request: AppUninstall, context: &Context) -> Result<(), Failure> {
    let settings = Settings { keeps_history: request.keep_history, ..settings(&request.carrying) };
    let (reached, name) = reach(&request.release, context).await?;
    let work = find(&reached, &name, &settings, context).await?;
    print::uninstalled(&reached.namespace, &name, &work.uninstall().await?)
}

async fn reach(named: &Named, context: &Context) -> Result<(Reached, String), Failure> {
    Ok((access::reach(&named.kubeconfig, context).await?, named.name.clone()))
}

fn work<'a>(
    reached: &'a Reached,
    name: &'a str,
    settings: &'a Settings,
    context: &'a Context,
) -> Result<Work<'a>, Failure> {
    Ok(Work::new(&reached.cluster, (&reached.namespace, name), settings, &context.listener)?)
}

/// Whichever there is under that name: a release, or an application of manifests.
async fn find<'a>(
    reached: &'a Reached,
    name: &'a str,
    settings: &'a Settings,
    context: &'a Context,
) -> Result<Work<'a>, Failure> {
    Ok(Work::find(&reached.cluster, (&reached.namespace, name), settings, &context.listener).await?)
}

/// The chart with its values read.
async fn source(chart: &str, given: ChartValues, context: &Context) -> Result<Source, Failure> {
    let skips_schemas = given.skip_schema_validation;
    Ok(Source { origin: origin(chart, &given, context).await?, values: sources(given).await?, skips_schemas })
}

fn settings(carrying: &Carrying) -> Settings {
    Settings {
        waits: carrying.wait,
        timeout: Duration::from_secs(carrying.timeout),
        skips_hooks: carrying.no_hooks,
        takes_over: carrying.take_over,
        ..Settings::default()
    }
}

/// What fails after the waiting can only be taken back by who waits.
fn install_settings(request: &AppInstall, most_revisions: u32) -> Settings {
    Settings {
        waits: request.carrying.wait || request.atomic,
        is_atomic: request.atomic,
        creates_namespace: request.create_namespace,
        most_revisions,
        ..settings(&request.carrying)
    }
}

fn wish(reset: bool, reuse: bool) -> Values {
    match (reset, reuse) {
        (true, _) => Values::Given,
        (_, true) => Values::LastAndGiven,
        _ => Values::GivenElseLast,
    }
}
