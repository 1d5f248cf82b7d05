//! `sealer plan`.

use super::Context;
use super::check::ignored;
use super::desired::Desired;
use super::run::Order;
use crate::args::{OutputFormat, Plan};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::output::size;
use sealer_cluster::{State, verbs};
use sealer_model::checks::Finding;
use sealer_model::plan::{Forecast, HostForecast, PlannedDelivery, StepForecast};

/// Looks at the hosts and prints what `run` would do there.
///
/// # Errors
/// When what is asked for makes no sense, or no host answers.
pub(super) async fn plan(request: Plan, context: &Context) -> Result<Exit, Failure> {
    let mut delivering = request.run.delivering;
    delivering.dry_run = true;
    let (format, ignore) = (delivering.output, ignored(&delivering.ignore)?);
    if request.run.existing.kubeconfig.is_some() {
        return Err(Failure::usage("a plan is made for hosts")
            .hint("`sealer run --kubeconfig FILE --dry-run` tells what would be launched"));
    }
    let order = Order::read(request.run.image, delivering, context).await?;
    let intended = order.intention(&context.environment)?;
    let Desired { cluster, bundle, .. } = order.desired().clone();
    let (access, _) = order.access(context).await?;
    let (root, listener) = (&context.settings.root, context.listener.clone());
    let forecast = verbs::forecast(root, cluster, &bundle, access, &ignore, listener).await?;
    let blocked = forecast.findings.iter().any(Finding::blocks);
    match format {
        OutputFormat::Json => {
            let intention = State::keep_plan(root, &intended)?;
            output::print_json(&PlannedDelivery { intention, forecast })?;
        }
        OutputFormat::Table => output::print(words(&forecast))?,
    }
    Ok(if blocked { Exit::ProblemsFound } else { Exit::Done })
}

/// The forecast for people: steps, then disks, then what the checks found.
fn words(forecast: &Forecast) -> String {
    let mut parts = vec![steps(&forecast.hosts), disks(&forecast.hosts)];
    parts.extend(forecast.findings.iter().map(finding).reduce(|all, one| all + &one));
    parts.join("\n")
}

fn steps(hosts: &[HostForecast]) -> String {
    let mut rows = vec![["HOST", "STEP", "WHAT", "STATE", "SENDS AT MOST", "TOUCHES"].map(str::to_owned)];
    for host in hosts {
        rows.extend(host.steps.iter().map(|step| row(host, step)));
    }
    output::table(&rows)
}

fn row(host: &HostForecast, step: &StepForecast) -> [String; 6] {
    let standing = step.standing.as_str().to_owned();
    let bytes = if step.bytes_at_most == 0 { "-".to_owned() } else { size(step.bytes_at_most) };
    [host.address.to_string(), step.id.clone(), step.title.clone(), standing, bytes, few(&step.touches)]
}

/// As many as a line of a table has room for; programs are told all of them.
fn few(touches: &[String]) -> String {
    match touches.len() {
        0 => "-".to_owned(),
        all if all > FEW => format!("{} and {} more", touches[..FEW].join(","), all - FEW),
        _ => touches.join(","),
    }
}

const FEW: usize = 3;

fn disks(hosts: &[HostForecast]) -> String {
    let mut rows = vec![["HOST", "DISK", "NEEDED AT MOST", "FREE"].map(str::to_owned)];
    for host in hosts {
        let row = |disk: &sealer_model::plan::DiskForecast| {
            [host.address.to_string(), disk.mount_point.clone(), size(disk.needed), size(disk.free)]
        };
        rows.extend(host.disks.iter().map(row));
    }
    output::table(&rows)
}

fn finding(finding: &Finding) -> String {
    let severity = if finding.ignored { "ignored".to_owned() } else { finding.severity.to_string() };
    format!("{severity}: {finding}; {} [{}]\n", finding.remedy, finding.id)
}
