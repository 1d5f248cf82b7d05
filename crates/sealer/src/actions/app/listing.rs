//! What is told of releases: which there are, how one stands, what it was before, and how the cluster differs from it.

use super::super::Context;
use super::super::blocking::blocking;
use super::{access, differences, find, manifests, print, reach, source, wish, work};
use crate::args::{AppDiff, AppHistory, AppList, AppStatus};
use crate::exit::Exit;
use crate::failure::Failure;
use sealer_release::{Difference, History, Settings, Work, releases};

/// `sealer app list`.
pub(super) async fn list(request: AppList, context: &Context) -> Result<(), Failure> {
    let reached = access::reach(&request.kubeconfig, context).await?;
    let namespace = (!request.all_namespaces).then_some(reached.namespace.as_str());
    let mut readable = Vec::new();
    for found in releases(&reached.cluster, namespace).await? {
        match found {
            Ok(release) => readable.push(release),
            Err(error) => context.listener.warn(error.to_string()),
        }
    }
    print::releases(&readable, request.output)
}

/// `sealer app status`.
pub(super) async fn status(request: AppStatus, context: &Context) -> Result<Exit, Failure> {
    let (reached, name) = reach(&request.release, context).await?;
    let settings = Settings::default();
    let status = find(&reached, &name, &settings, context).await?.status().await?;
    print::status(&status, request.output)?;
    Ok(if status.unready.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

/// `sealer app history`.
pub(super) async fn history(request: AppHistory, context: &Context) -> Result<(), Failure> {
    let (reached, name) = reach(&request.release, context).await?;
    let history = History::find(&reached.cluster, &reached.namespace, &name).await?;
    let revisions = history.existing().await?;
    print::history(&revisions, request.output)
}

/// `sealer app diff`.
pub(super) async fn diff(request: AppDiff, context: &Context) -> Result<Exit, Failure> {
    let found = match &request.chart {
        Some(chart) => of_chart(chart, &request, context).await?,
        None => of_manifests(&request, context).await?,
    };
    differences::print(&found, request.output)?;
    Ok(if found.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

async fn of_chart(chart: &str, request: &AppDiff, context: &Context) -> Result<Vec<Difference>, Failure> {
    let source = source(chart, request.given.clone(), context).await?;
    let (reached, name) = reach(&request.release, context).await?;
    let (settings, values) = (Settings::default(), wish(request.reset_values, request.reuse_values));
    Ok(work(&reached, &name, &settings, context)?.difference(Some((&source, values))).await?)
}

/// Without manifests it is drift, of whichever there is under that name.
async fn of_manifests(request: &AppDiff, context: &Context) -> Result<Vec<Difference>, Failure> {
    let paths = request.manifests.clone();
    let given = blocking(move || manifests::read(&paths)).await?;
    let (reached, name) = reach(&request.release, context).await?;
    let settings = Settings::default();
    if !request.manifests.is_empty() {
        let target = (reached.namespace.as_str(), name.as_str());
        let work = Work::of_manifests(&reached.cluster, target, &settings, &context.listener)?;
        return Ok(work.difference_of_manifests(Some(&given)).await?);
    }
    let work = find(&reached, &name, &settings, context).await?;
    Ok(if work.is_of_manifests() { work.difference_of_manifests(None).await? } else { work.difference(None).await? })
}
