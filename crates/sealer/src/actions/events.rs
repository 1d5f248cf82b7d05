//! `sealer events`: the journal, told.

use super::Context;
use crate::args::{Events, OutputFormat};
use crate::failure::Failure;
use crate::output;
use sealer_cluster::report::Records;
use sealer_model::event::Outcome;
use sealer_model::journal::{Entry, Record};
use std::time::Duration;

/// How often a journal that is followed is looked at.
const PAUSE: Duration = Duration::from_millis(300);

/// Shows what was done to a cluster.
///
/// # Errors
/// When the cluster is not known or its journal is damaged.
pub(super) async fn events(request: Events, context: &Context) -> Result<(), Failure> {
    let mut records = Records::of(&context.settings.root, &request.cluster)?;
    loop {
        for record in records.more()? {
            output::print(told(&record, request.output)?)?;
        }
        if !request.follow {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn told(record: &Record, format: OutputFormat) -> Result<String, Failure> {
    match format {
        OutputFormat::Json => Ok(serde_json::to_string(record)? + "\n"),
        OutputFormat::Table => Ok(format!("{} {}\n", record.at, words(&record.entry))),
    }
}

fn words(entry: &Entry) -> String {
    match entry {
        Entry::Began { verb, plan, version } => format!("{verb} began, plan {}, sealer {version}", plan.short()),
        Entry::Ended { verb, outcome } => format!("{verb} ended: {}", ended(outcome)),
        Entry::Delivers { image, digest, hosts, .. } => {
            format!("image {image} ({}) goes to {} hosts", digest.short(), hosts.len())
        }
        Entry::Sent { step, host, bytes } => format!("{host} {step}: {} sent", output::size(*bytes)),
        Entry::Certificates { certificates } => format!("{} certificates looked at", certificates.len()),
        Entry::Checked { checks, findings, .. } => format!("{checks} checks made, {} findings", findings.len()),
        Entry::StepStarted { step, host } => format!("{host} {step}: began"),
        Entry::StepEnded { step, host, outcome } => format!("{host} {step}: {}", ended(outcome)),
        Entry::Command { step, host, program, exit, .. } => format!("{host} {step}: {program} ended with {exit}"),
    }
}

fn ended(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".into(),
        Outcome::AlreadyDone => "was done already".into(),
        Outcome::Failed(reason) => format!("failed: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_with_its_host_and_its_end() {
        let record = Record {
            at: "2026-01-01T00:00:00Z".into(),
            entry: Entry::StepEnded {
                step: "init".into(),
                host: [10, 0, 0, 1].into(),
                outcome: Outcome::Failed("no disk".into()),
            },
        };
        assert_eq!(
            told(&record, OutputFormat::Table).unwrap(),
            "2026-01-01T00:00:00Z 10.0.0.1 init: failed: no disk\n"
        );
        let json = told(&record, OutputFormat::Json).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    }
}
