//! `sealer report`: what was delivered, from what this machine keeps.

mod chinese_checks;
mod html;
mod phrases;
mod signature;
mod text;
mod timeline;
mod words;

use super::Context;
use super::blocking::blocking;
use crate::args::{self, Language, ReportFormat};
use crate::failure::Failure;
use crate::output;
use sealer_cluster::report::Report;
use std::io::Write;
use std::path::Path;
use words::Words;

/// Makes the report and prints it, or writes it into a file.
///
/// # Errors
/// When the cluster is not known here, or the file cannot be written.
pub(super) async fn report(request: args::Report, context: &Context) -> Result<(), Failure> {
    if let (Some(file), Some(key)) = (request.verify, request.key) {
        return blocking(move || signature::verify(&file, &key)).await;
    }
    let (root, name, deleted) = (context.settings.root.clone(), request.cluster_name.clone(), request.deleted);
    let report = blocking(move || read(&root, &name, deleted)).await?;
    let words = Words::of(request.lang);
    let document = match request.output {
        ReportFormat::Text => text::document(&report, words),
        ReportFormat::Json => serde_json::to_string_pretty(&report)? + "\n",
        ReportFormat::Html => html::document(&report, words),
    };
    match request.file {
        None => output::print(document),
        Some(path) => {
            let sign = request.sign;
            let work = move || {
                // a key that cannot be used is told before anything is written
                let signature = sign.map(|key| signature::sign(document.as_bytes(), &key)).transpose()?;
                write(&path, document.as_bytes())?;
                signature.map_or(Ok(()), |signature| write(&signature::beside(&path), &signature))
            };
            blocking(work).await
        }
    }
}

/// Leaves the report where the cluster's state is, at the end of a verb, however it ended. That it cannot be written is told and is no
/// reason for the verb to fail; a cluster that never came to be known has none.
pub(super) async fn leave(cluster: &str, context: &Context) {
    let (root, name) = (context.settings.root.clone(), cluster.to_owned());
    let keep = move || {
        let report = match Report::read(&root, &name) {
            Err(sealer_cluster::Error::Unknown { .. }) => return Ok(None),
            other => other?,
        };
        let page = html::document(&report, Words::of(Language::default()));
        Ok(Some(Report::keep(&root, &name, &page)?))
    };
    match blocking(keep).await {
        Ok(Some(path)) => context.listener.stage(format!("report: {}", path.display())),
        Ok(None) => {}
        Err(failure) => context.listener.warn(format!("the report was not written: {}", failure.causes.join(": "))),
    }
}

fn read(root: &Path, name: &str, deleted: bool) -> Result<Report, Failure> {
    if !deleted {
        return Ok(Report::read(root, name)?);
    }
    let none = || Failure::failed(format!("no cluster {name} was deleted from this machine"));
    Report::deleted(root, name)?.ok_or_else(none)
}

/// Writes it whole or not at all: a report is handed on, and half of one may be mistaken for it.
fn write(path: &Path, document: &[u8]) -> Result<(), Failure> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let written = std::fs::File::create(&part).and_then(|mut file| {
        file.write_all(document)?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    });
    written.map_err(|error| Failure::of(error).within(format!("cannot write {}", path.display())))
}
