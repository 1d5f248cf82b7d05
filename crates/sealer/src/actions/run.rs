//! `sealer run`.

use super::access::{Referred, access_with};
use super::desired::Desired;
use super::report::leave;
use super::scale_up::Terms;
use super::{Context, clusterfile, on_cluster, version};
use crate::args::{Delivering, OutputFormat, Run};
use crate::failure::Failure;
use crate::output;
use crate::settings::{Environment, secret_places};
use sealer_cluster::Access;
use sealer_cluster::verbs::{self, Ran};
use sealer_model::Reference;
use sealer_model::cluster::Cluster;
use sealer_model::clusterfile::Clusterfile;
use sealer_model::intention::{Intention, Work};
use sealer_model::plan::Plan;
use std::time::Duration;

/// Makes the cluster that was asked for, or prints how it would.
///
/// # Errors
/// When it cannot be made; the same command again goes on.
pub(super) async fn run(request: Run, context: &Context) -> Result<(), Failure> {
    if let Some(kubeconfig) = request.existing.kubeconfig.clone() {
        return on_cluster::run(request, kubeconfig, context).await;
    }
    let order = Order::read(request.image, request.delivering, context).await?;
    deliver(order, context).await
}

/// What was typed, and the Clusterfile that it names.
#[derive(Clone)]
pub(super) struct Order {
    request: Delivering,
    clusterfile: Option<Clusterfile>,
    desired: Desired,
}

impl Order {
    /// Reads everything that was asked for and checks it, before any host is touched and anybody is asked for a password.
    ///
    /// # Errors
    /// When the Clusterfile is not fit, the image is nowhere, or both contradict each other.
    pub(super) async fn read(
        image: Option<Reference>,
        request: Delivering,
        context: &Context,
    ) -> Result<Self, Failure> {
        if request.clusterfile.is_none() && request.masters.is_none() {
            return Err(Failure::usage("no master was named").hint("name one or several: --masters ADDRESSES"));
        }
        if request.output == OutputFormat::Json && !request.dry_run {
            return Err(
                Failure::usage("--output says how a plan is printed").hint("add --dry-run, or use `sealer plan`")
            );
        }
        let clusterfile = match &request.clusterfile {
            Some(path) => Some(clusterfile::read_fit(path.clone(), context).await?),
            None => None,
        };
        let desired = Desired::of_run(image.as_ref(), &request, clusterfile.as_ref(), context).await?;
        desired.cluster.validate().map_err(sealer_cluster::Error::from)?;
        Ok(Self { request, clusterfile, desired })
    }

    /// The way to the hosts, and how long everything may take to become ready.
    ///
    /// # Errors
    /// When nobody answers who is asked for a password.
    pub(super) async fn access(self, context: &Context) -> Result<(Access, Duration), Failure> {
        let referred = self.clusterfile.as_ref().map(Referred::by).unwrap_or_default();
        let referred = referred.with_environment(&self.desired.cluster);
        let access = access_with(self.request.login, referred, context).await?;
        Ok((access, Duration::from_secs(self.request.deadline * 60)))
    }

    /// What the delivery may take and let pass.
    ///
    /// # Errors
    /// When there is no such check.
    pub(super) fn terms(&self) -> Result<Terms, Failure> {
        Terms::of(self.request.deadline, &self.request.ignore, self.request.fix)
    }

    /// What was asked for, to be carried out later.
    ///
    /// # Errors
    /// When there is no such check.
    pub(super) fn intention(&self, environment: &Environment) -> Result<Intention, Failure> {
        let cluster = Box::new(self.cluster().clone());
        let written = self.clusterfile.as_ref().map(|file| secret_places(&file.cluster.registry, environment));
        let terms = self.terms()?.to_remember(written.unwrap_or_default());
        Ok(Intention { work: Work::Run { cluster }, terms, asked: 0 })
    }

    /// Whether nothing is to be changed.
    pub(super) fn is_dry_run(&self) -> bool {
        self.request.dry_run
    }

    /// Whether the image is brought to the hosts and no further.
    fn only_loads(&self) -> bool {
        self.request.only_loads()
    }

    /// What was asked for.
    pub(super) fn desired(&self) -> &Desired {
        &self.desired
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
    if order.request.dry_run {
        let cluster = order.cluster();
        let plan = if order.only_loads() { verbs::plan_load_image(cluster) } else { verbs::plan(cluster) };
        return print_plan(&plan, order.request.output);
    }
    let (desired, terms, only_loads) = (order.desired.clone(), order.terms()?, order.only_loads());
    let (access, _) = order.access(context).await?;
    if only_loads { load(desired, access, terms, context).await } else { make(desired, access, terms, context).await }
}

/// Brings the image to the hosts and no further.
///
/// # Errors
/// When it cannot be brought there; the same again goes on.
pub(super) async fn load(desired: Desired, access: Access, terms: Terms, context: &Context) -> Result<(), Failure> {
    let image = desired.cluster.image.clone();
    let hosts = desired.cluster.members.len();
    let delivery = delivery(desired, access, terms, context);
    verbs::load_image(delivery, context.listener.clone()).await?;
    output::print(format!("image {image} is on {hosts} hosts\n"))
}

/// Makes the cluster, or what is missing of it.
///
/// # Errors
/// When it cannot be made; the same again goes on.
pub(super) async fn make(desired: Desired, access: Access, terms: Terms, context: &Context) -> Result<(), Failure> {
    let name = desired.cluster.name.clone();
    let ran = verbs::run(delivery(desired, access, terms, context), context.listener.clone()).await;
    leave(&name, context).await;
    conclude(&name, &ran?, context)
}

/// What the room below is asked for.
pub(super) fn delivery(desired: Desired, access: Access, terms: Terms, context: &Context) -> verbs::Run {
    let Desired { cluster, bundle, blobs } = desired;
    let Terms { deadline, ignore, fix } = terms;
    let (root, version) = (context.settings.root.clone(), version::number());
    verbs::Run { root, cluster, bundle, blobs, access, deadline, ignore, fix, version, backup: None }
}

/// Tells how it went.
///
/// # Errors
/// When standard output cannot be written to.
pub(super) fn conclude(cluster: &str, ran: &Ran, context: &Context) -> Result<(), Failure> {
    for warning in &ran.warnings {
        let id = &warning.id;
        if warning.fixed {
            context.listener.stage(format!("put right: {warning} [{id}]"));
            continue;
        }
        let ignored = if warning.ignored { " (ignored)" } else { "" };
        context.listener.warn(format!("{warning}; {} [{id}]{ignored}", warning.remedy));
    }
    let what = if ran.changed { "is ready" } else { "was ready already; nothing was changed" };
    output::print(format!("cluster {cluster} {what}\n"))
}

/// Prints a plan.
///
/// # Errors
/// When standard output cannot be written to.
pub(super) fn print_plan(plan: &Plan, format: OutputFormat) -> Result<(), Failure> {
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
