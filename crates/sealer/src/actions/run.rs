//! `sealer run`.

use super::Context;
use super::access::access;
use super::desired::Desired;
use super::version;
use crate::args::{OutputFormat, Run};
use crate::failure::Failure;
use crate::output;
use sealer_cluster::verbs::{self, Ran};
use sealer_model::plan::Plan;
use std::time::Duration;

/// Makes the cluster that was asked for, or prints how it would.
///
/// # Errors
/// When it cannot be made; the same command again goes on.
pub(super) async fn run(request: Run, context: &Context) -> Result<(), Failure> {
    let desired = Desired::of_run(&request, context).await?;
    // Before anybody is asked for a password.
    desired.cluster.validate().map_err(sealer_cluster::Error::from)?;
    if request.dry_run {
        return print_plan(&verbs::plan(&desired.cluster), request.output);
    }
    let name = desired.cluster.name.clone();
    let delivery = verbs::Run {
        root: context.settings.root.clone(),
        cluster: desired.cluster,
        bundle: desired.bundle,
        blobs: desired.blobs,
        access: access(request.login, context).await?,
        deadline: Duration::from_secs(request.deadline * 60),
        version: version::number(),
    };
    let ran = verbs::run(delivery, context.listener.clone()).await?;
    conclude(&name, &ran, context)
}

fn conclude(cluster: &str, ran: &Ran, context: &Context) -> Result<(), Failure> {
    for warning in &ran.warnings {
        let remedy = &warning.remedy;
        context.listener.warn(format!("{}: {}; {remedy}", warning.host, warning.found));
    }
    let what = if ran.changed { "is ready" } else { "was ready already; nothing was changed" };
    output::print(format!("cluster {cluster} {what}\n"))
}

fn print_plan(plan: &Plan, format: OutputFormat) -> Result<(), Failure> {
    match format {
        OutputFormat::Json => output::print_json(plan),
        OutputFormat::Table => output::print(words(plan)),
    }
}

/// The plan for people: stages one after the other, in each of them the steps and their hosts.
fn words(plan: &Plan) -> String {
    let mut rows = vec![["STAGE", "STEP", "WHAT", "HOSTS"].map(str::to_owned)];
    for (number, stage) in plan.stages.iter().enumerate() {
        for step in stage.steps.iter().filter(|step| !step.hosts.is_empty()) {
            let hosts: Vec<String> = step.hosts.iter().map(ToString::to_string).collect();
            let (stage, hosts) = ((number + 1).to_string(), hosts.join(","));
            rows.push([stage, step.id.clone(), step.title.clone(), hosts]);
        }
    }
    output::table(&rows)
}
