//! What is told of releases: which there are, how one stands, what it was before, and how the cluster differs from it.

use super::super::Context;
use super::{access, print, reach, source, wish, work};
use crate::args::{AppDiff, AppHistory, AppList, AppStatus};
use crate::exit::Exit;
use crate::failure::Failure;
use sealer_release::{History, Settings, releases};

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
    let status = work(&reached, &name, &settings, context)?.status().await?;
    print::status(&status, request.output)?;
    Ok(if status.unready.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

/// `sealer app history`.
pub(super) async fn history(request: AppHistory, context: &Context) -> Result<(), Failure> {
    let (reached, name) = reach(&request.release, context).await?;
    let revisions = History::new(&reached.cluster, &reached.namespace, &name).existing().await?;
    print::history(&revisions, request.output)
}

/// `sealer app diff`.
pub(super) async fn diff(request: AppDiff, context: &Context) -> Result<Exit, Failure> {
    let source = match &request.chart {
        Some(chart) => Some(source(chart, request.given.clone(), context).await?),
        None => None,
    };
    let (reached, name) = reach(&request.release, context).await?;
    let values = wish(request.reset_values, request.reuse_values);
    let settings = Settings::default();
    let upgrade = source.as_ref().map(|source| (source, values));
    let differences = work(&reached, &name, &settings, context)?.difference(upgrade).await?;
    print::differences(&differences, request.output)?;
    Ok(if differences.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}
