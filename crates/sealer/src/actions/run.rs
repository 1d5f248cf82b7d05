//! `sealer run`.

use super::access::access_with;
use super::desired::Desired;
use super::{Context, clusterfile, version};
use crate::args::{OutputFormat, Run};
use crate::failure::Failure;
use crate::output;
use sealer_cluster::verbs::{self, Ran};
use sealer_model::cluster::Cluster;
use sealer_model::clusterfile::Clusterfile;
use sealer_model::plan::Plan;
use std::time::Duration;

/// Makes the cluster that was asked for, or prints how it would.
///
/// # Errors
/// When it cannot be made; the same command again goes on.
pub(super) async fn run(request: Run, context: &Context) -> Result<(), Failure> {
    let order = Order::read(request, context).await?;
    deliver(order, context).await
}

/// What was typed, and the Clusterfile that it names.
pub(super) struct Order {
    request: Run,
    clusterfile: Option<Clusterfile>,
    desired: Desired,
}

impl Order {
    /// Reads everything that was asked for and checks it, before any host is touched and anybody is asked for a password.
    ///
    /// # Errors
    /// When the Clusterfile is not fit, the image is nowhere, or both contradict each other.
    pub(super) async fn read(request: Run, context: &Context) -> Result<Self, Failure> {
        let clusterfile = match &request.clusterfile {
            Some(path) => Some(clusterfile::read_fit(path.clone(), context).await?),
            None => None,
        };
        let desired = Desired::of_run(&request, clusterfile.as_ref(), context).await?;
        desired.cluster.validate().map_err(sealer_cluster::Error::from)?;
        Ok(Self { request, clusterfile, desired })
    }

    /// The cluster that was asked for.
    pub(super) fn cluster(&self) -> &Cluster {
        &self.desired.cluster
    }
}

/// Makes the cluster, or prints how it would be made.
///
/// # Errors
/// When it cannot be made; the same command again goes on.
pub(super) async fn deliver(order: Order, context: &Context) -> Result<(), Failure> {
    let Order { request, clusterfile, desired } = order;
    if request.dry_run {
        return print_plan(&verbs::plan(&desired.cluster), request.output);
    }
    let name = desired.cluster.name.clone();
    let usual = clusterfile.as_ref().map(|file| file.cluster.ssh.clone()).unwrap_or_default();
    let differing = clusterfile.map(|file| file.logins()).unwrap_or_default();
    let delivery = verbs::Run {
        root: context.settings.root.clone(),
        cluster: desired.cluster,
        bundle: desired.bundle,
        blobs: desired.blobs,
        access: access_with(request.login, usual, differing, context).await?,
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
