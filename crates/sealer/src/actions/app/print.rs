//! Releases as tables and as JSON.

use crate::args::OutputFormat;
use crate::failure::Failure;
use crate::output;
use sealer_release::{ReleaseStatus, Stored, Uninstalled};
use serde_json::{Value, json};

/// One line about a revision that has come, and what the chart tells its user.
pub(super) fn revision(revision: &Stored) -> Result<(), Failure> {
    let notes = revision.info.notes.trim();
    let line = format!("{} revision {} {}\n", revision.title(), revision.version, revision.info.status);
    output::print(if notes.is_empty() { line } else { format!("{line}\n{notes}\n") })
}

/// One line about a release that has gone, and what stays.
pub(super) fn uninstalled(namespace: &str, name: &str, gone: &Uninstalled) -> Result<(), Failure> {
    let kept = gone.kept.iter().map(|object| format!("stays: {object}\n"));
    output::print(format!("{namespace}/{name} removed\n{}", kept.collect::<String>()))
}

/// Releases, one a line.
pub(super) fn releases(releases: &[Stored], format: OutputFormat) -> Result<(), Failure> {
    let columns = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
    table(&columns, releases, format, |release| {
        [
            release.name.clone(),
            release.namespace.clone(),
            release.version.to_string(),
            second(&release.info.last_deployed),
            release.info.status.to_string(),
            release.chart_title(),
            release.app_version().to_owned(),
        ]
    })
}

/// Revisions, one a line.
pub(super) fn history(revisions: &[Stored], format: OutputFormat) -> Result<(), Failure> {
    let columns = ["REVISION", "UPDATED", "STATUS", "CHART", "DESCRIPTION"];
    table(&columns, revisions, format, |revision| {
        [
            revision.version.to_string(),
            second(&revision.info.last_deployed),
            revision.info.status.to_string(),
            revision.chart_title(),
            revision.info.description.clone(),
        ]
    })
}

fn table<const COLUMNS: usize>(
    columns: &[&str; COLUMNS],
    revisions: &[Stored],
    format: OutputFormat,
    row: fn(&Stored) -> [String; COLUMNS],
) -> Result<(), Failure> {
    match format {
        OutputFormat::Table => {
            let rows: Vec<_> = std::iter::once(columns.map(str::to_owned)).chain(revisions.iter().map(row)).collect();
            output::print(output::table(&rows))
        }
        OutputFormat::Json => output::print_json(&revisions.iter().map(summary).collect::<Vec<_>>()),
    }
}

/// What scripts want to know of a revision. Values and manifests may hold secrets and are left out.
fn summary(revision: &Stored) -> Value {
    json!({
        "name": revision.name,
        "namespace": revision.namespace,
        "revision": revision.version,
        "updated": revision.info.last_deployed,
        "status": revision.info.status.to_string(),
        "chart": revision.chart_title(),
        "app_version": revision.app_version(),
        "description": revision.info.description,
    })
}

/// A time without what is shorter than a second.
fn second(time: &str) -> String {
    match time.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => time.to_owned(),
    }
}

/// How a release and its objects stand.
pub(super) fn status(status: &ReleaseStatus, format: OutputFormat) -> Result<(), Failure> {
    let (revision, unready) = (&status.revision, &status.unready);
    if format == OutputFormat::Json {
        let mut all = summary(revision);
        all["objects"] = json!(status.objects);
        all["unready"] = json!(unready);
        all["notes"] = json!(revision.info.notes);
        return output::print_json(&all);
    }
    let lines = [
        format!(
            "{} revision {} {}: {}\n",
            revision.title(),
            revision.version,
            revision.info.status,
            revision.info.description
        ),
        format!("{}, deployed {}\n", revision.chart_title(), second(&revision.info.last_deployed)),
        format!("{} of {} objects are ready\n", status.objects - unready.len(), status.objects),
    ];
    let reasons = unready.iter().map(|reason| format!("{reason}\n"));
    output::print(lines.into_iter().chain(reasons).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_to_the_second() {
        assert_eq!(second("2026-11-23T17:54:16.208Z"), "2026-11-23T17:54:16Z");
        assert_eq!(second("2026-11-23T17:54:16Z"), "2026-11-23T17:54:16Z");
    }
}
