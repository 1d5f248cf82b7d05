//! `sealer check`: before a delivery it judges hosts, after it a cluster.

use super::Context;
use super::access::access;
use super::desired::Desired;
use crate::args::{Check, OutputFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::preflight::{Finding, Severity};
use sealer_cluster::readiness::NotReady;
use sealer_cluster::verbs;
use serde::Serialize;

/// Checks, prints what was found, and says so in the exit code.
///
/// # Errors
/// When the check itself could not be made.
pub(super) async fn check(request: Check, context: &Context) -> Result<Exit, Failure> {
    if request.pre { before(request, context).await } else { after(request, context).await }
}

async fn before(request: Check, context: &Context) -> Result<Exit, Failure> {
    let desired = Desired::of_check(&request, context).await?;
    let access = access(request.login, context).await?;
    let root = &context.settings.root;
    let (cluster, bundle, listener) = (desired.cluster, desired.bundle, context.listener.clone());
    let findings = verbs::check_before(root, cluster, &bundle, access, listener).await?;
    let problems = findings.iter().any(|finding| finding.severity == Severity::Error);
    print(request.output, &findings, findings_table)?;
    Ok(if problems { Exit::ProblemsFound } else { Exit::Done })
}

async fn after(request: Check, context: &Context) -> Result<Exit, Failure> {
    let access = access(request.login, context).await?;
    let (root, listener) = (&context.settings.root, context.listener.clone());
    let not_ready = verbs::check_after(root, &request.cluster_name, access, listener).await?;
    print(request.output, &not_ready, not_ready_table)?;
    Ok(if not_ready.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

fn print<T: Serialize>(format: OutputFormat, found: &[T], table: fn(&[T]) -> String) -> Result<(), Failure> {
    match format {
        OutputFormat::Json => output::print_json(&found),
        OutputFormat::Table if found.is_empty() => output::print("no problems found\n"),
        OutputFormat::Table => output::print(table(found)),
    }
}

fn findings_table(findings: &[Finding]) -> String {
    let row = |finding: &Finding| {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let Finding { id, host, found, remedy, .. } = finding;
        [host.to_string(), severity.into(), (*id).into(), found.clone(), remedy.clone()]
    };
    let head = ["HOST", "SEVERITY", "CHECK", "FOUND", "REMEDY"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(findings.iter().map(row)).collect();
    output::table(&rows)
}

fn not_ready_table(not_ready: &[NotReady]) -> String {
    let row = |it: &NotReady| [it.kind.clone(), it.namespace.clone(), it.name.clone(), it.reason.clone()];
    let head = ["KIND", "NAMESPACE", "NAME", "REASON"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(not_ready.iter().map(row)).collect();
    output::table(&rows)
}
