//! A report for a terminal.

use super::words::{Words, date, seconds, time};
use crate::output;
use sealer_cluster::report::{Checked, Delivered, Delivers, End, Report};
use sealer_model::checks::{Finding, Severity, Stage};
use std::collections::BTreeMap;

/// The whole text.
pub(super) fn document(report: &Report, words: &Words) -> String {
    let mut text = format!("{}: {}\n\n{}", words.title, report.cluster, output::table(&summary(report, words)));
    section(&mut text, words.hosts, &hosts(report, words), words);
    if let Some(main) = report.main_delivery() {
        section(&mut text, words.timeline, &steps(main, words), words);
        for checked in &main.checks {
            let title = format!("{}: {} ({} {})", words.checks, stage(checked, words), checked.checks, words.made);
            let nothing = vec![[words.nothing_found.to_owned(), String::new(), String::new(), String::new()]];
            let rows = if checked.findings.is_empty() { nothing } else { findings(checked, words) };
            text.push_str(&format!("\n{title}\n{}", output::table(&rows)));
        }
    }
    let accepted = accepted(report, words);
    if accepted.len() > 1 {
        section(&mut text, words.accepted, &accepted, words);
    }
    section(&mut text, words.certificates, &certificates(report, words), words);
    section(&mut text, words.history, &history(report, words), words);
    text
}

/// A table below its title; the first row names the columns.
fn section<const COLUMNS: usize>(text: &mut String, title: &str, rows: &[[String; COLUMNS]], words: &Words) {
    let body = if rows.len() > 1 { output::table(rows) } else { format!("{}\n", words.none) };
    text.push_str(&format!("\n{title}\n{body}"));
}

/// What was delivered, as pairs.
pub(super) fn summary(report: &Report, words: &Words) -> Vec<[String; 2]> {
    let pair = |word: &str, value: String| [word.to_owned(), value];
    let mut rows = vec![pair(words.image, report.image.clone()), pair(words.digest, report.digest.to_string())];
    rows.extend(report.bytes.map(|bytes| pair(words.size, output::size(bytes))));
    rows.extend(report.kubernetes.clone().map(|version| pair(words.kubernetes, version)));
    rows.extend(report.container_images.map(|count| pair(words.container_images, count.to_string())));
    rows.push(pair(words.registry, report.registry.clone()));
    if let Some(main) = report.main_delivery() {
        rows.push(pair(words.verb, main.verb.clone()));
        let delivers = main.delivers.as_ref().filter(|delivers| delivers.digest != report.digest);
        rows.extend(delivers.map(|delivers| pair(words.to_image, format!("{} ({})", delivers.image, delivers.digest))));
        let versions = main.delivers.as_ref().and_then(versions);
        rows.extend(versions.map(|versions| pair(words.versions, versions)));
        rows.push(pair(words.began, time(&main.began)));
        rows.extend(main.milliseconds.map(|took| pair(words.took, seconds(took))));
        rows.push(pair(words.sent, output::size(main.sent)));
        rows.push(pair(words.version, main.version.clone()));
        rows.push(pair(words.result, result(main, words)));
    }
    rows
}

/// `v1.27.0 → v1.28.0`, where the version changes.
fn versions(delivers: &Delivers) -> Option<String> {
    let (before, after) = (delivers.kubernetes_before.as_ref()?, delivers.kubernetes.as_ref()?);
    (before != after).then(|| format!("{before} → {after}"))
}

/// How a verb ended, with the reason where it failed.
pub(super) fn result(delivered: &Delivered, words: &Words) -> String {
    match &delivered.end {
        End::Failed(why) => format!("{}: {why}", words.failed),
        other => words.end(other).to_owned(),
    }
}

/// The hosts with the names of the columns.
pub(super) fn hosts(report: &Report, words: &Words) -> Vec<[String; 7]> {
    let head = [words.address, words.role, words.hostname, words.system, words.kernel, words.processors, words.memory];
    let mut rows = vec![head.map(str::to_owned)];
    for host in &report.hosts {
        let (address, role) = (host.address.to_string(), words.role(host.role).to_owned());
        let found = host.found.as_ref();
        let of = |value: fn(&sealer_model::journal::HostRecord) -> String| found.map(value).unwrap_or_default();
        rows.push([
            address,
            role,
            of(|it| it.hostname.clone()),
            of(|it| it.system.clone()),
            of(|it| it.kernel.clone()),
            of(|it| it.processors.to_string()),
            of(|it| output::size(it.memory)),
        ]);
    }
    rows
}

/// Each step in the order in which it began: on how many hosts, the longest of them, and how it ended.
pub(super) fn steps(delivered: &Delivered, words: &Words) -> Vec<[String; 4]> {
    let mut order: Vec<&str> = Vec::new();
    let mut longest: BTreeMap<&str, (usize, i64, &End)> = BTreeMap::new();
    for span in &delivered.steps {
        if !order.contains(&span.step.as_str()) {
            order.push(&span.step);
        }
        let entry = longest.entry(&span.step).or_insert((0, 0, &span.end));
        entry.0 += 1;
        entry.1 = entry.1.max(span.milliseconds.unwrap_or(0));
        if matches!(span.end, End::Failed(_) | End::CutOff) || *entry.2 == End::AlreadyDone {
            entry.2 = &span.end;
        }
    }
    let head = [words.step, words.hosts, words.longest, words.result].map(str::to_owned);
    let rows = order.into_iter().map(|step| {
        let (hosts, took, end) = longest[step];
        [words.step(step).to_owned(), hosts.to_string(), seconds(took), words.end(end).to_owned()]
    });
    std::iter::once(head).chain(rows).collect()
}

pub(super) fn stage(checked: &Checked, words: &Words) -> &'static str {
    match checked.stage {
        Stage::Before => words.checks_before,
        Stage::After => words.checks_after,
    }
}

/// What a stage of checks found.
pub(super) fn findings(checked: &Checked, words: &Words) -> Vec<[String; 4]> {
    let head = [words.severity, words.place, words.found, words.remedy].map(str::to_owned);
    let row = |finding: &Finding| {
        let (found, remedy) = words.finding(finding);
        [severity(finding, words).to_owned(), finding.subject.clone(), found, remedy]
    };
    std::iter::once(head).chain(checked.findings.iter().map(row)).collect()
}

fn severity(finding: &Finding, words: &Words) -> &'static str {
    match finding.severity {
        _ if finding.fixed => words.fixed,
        _ if finding.ignored => words.ignored,
        Severity::Error => words.error,
        Severity::Warning => words.warning,
    }
}

/// Certificates, the one that ends first in front.
pub(super) fn certificates(report: &Report, words: &Words) -> Vec<[String; 3]> {
    let head = [words.ends, words.address, words.file].map(str::to_owned);
    let rows = report.certificates.iter().map(|it| [date(it.ends), it.host.to_string(), it.path.clone()]);
    std::iter::once(head).chain(rows).collect()
}

/// What was found and let pass.
pub(super) fn accepted(report: &Report, words: &Words) -> Vec<[String; 3]> {
    let head = [words.place, words.found, words.remedy].map(str::to_owned);
    let row = |finding: &Finding| {
        let (found, remedy) = words.finding(finding);
        [finding.subject.clone(), found, remedy]
    };
    std::iter::once(head).chain(report.accepted().map(row)).collect()
}

/// Everything that was done to the cluster from here.
pub(super) fn history(report: &Report, words: &Words) -> Vec<[String; 8]> {
    let head =
        [words.began, words.verb, words.image, words.digest, words.kubernetes, words.took, words.sent, words.result];
    std::iter::once(head.map(str::to_owned)).chain(report.deliveries.iter().map(|it| told(it, words))).collect()
}

fn told(delivered: &Delivered, words: &Words) -> [String; 8] {
    let took = delivered.milliseconds.map(seconds).unwrap_or_default();
    let of = |value: fn(&Delivers) -> String| delivered.delivers.as_ref().map(value).unwrap_or_default();
    let kubernetes = |it: &Delivers| versions(it).or_else(|| it.kubernetes.clone()).unwrap_or_default();
    [
        time(&delivered.began),
        delivered.verb.clone(),
        of(|it| it.image.clone()),
        of(|it| it.digest.short().to_owned()),
        of(kubernetes),
        took,
        output::size(delivered.sent),
        result(delivered, words),
    ]
}
