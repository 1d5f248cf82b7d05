//! `sealer support-bundle`: what the room of clusters collects, written as it comes into one archive.

mod archive;
mod index;

use super::Context;
use super::access::access_as_far;
use super::blocking::blocking;
use crate::args::SupportBundle;
use crate::failure::Failure;
use crate::output;
use archive::Archive;
use sealer_cluster::State;
use sealer_cluster::support::{self, Part};
use std::path::PathBuf;
use tokio::sync::mpsc::{Receiver, channel};

/// Parts that wait to be written; each may have megabytes.
const WAITING: usize = 4;

/// Collects and writes; the file appears when it is whole.
///
/// # Errors
/// When the cluster is unknown here or the file cannot be written. What cannot be collected is named in the archive.
pub(super) async fn support_bundle(request: SupportBundle, context: &Context) -> Result<(), Failure> {
    let name = request.cluster.clone();
    let path = request.output.unwrap_or_else(|| PathBuf::from(format!("{name}-support.tar.gz")));
    let cluster = State::read(&context.settings.root, &name)?;
    let access = access_as_far(&cluster, true, request.login, context).await?;
    let known = access.known_secrets();
    let (parts, taken) = channel(WAITING);
    let archive = Archive::create(path.clone(), &name, request.max_size * 1_000_000);
    let writing = tokio::spawn(blocking(move || write(archive?, taken)));
    let collected =
        support::collect(&context.settings.root, &name, access, known, parts, context.listener.clone()).await;
    // the writer's error is the cause where both fail
    let written = writing.await.map_err(Failure::of)??;
    collected?;
    let (held, left_out) = written.finish()?;
    let missing = if left_out > 0 { format!(", {left_out} left out; index.html says why") } else { String::new() };
    output::print(format!("{}: {held} parts{missing}\n", path.display()))
}

fn write(mut archive: Archive, mut parts: Receiver<Part>) -> Result<Archive, Failure> {
    while let Some(part) = parts.blocking_recv() {
        archive.take(part)?;
    }
    Ok(archive)
}
