//! `sealer status`.

use super::Context;
use super::access::access;
use crate::args::{self, OutputFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::report::End;
use sealer_cluster::verbs::{self, NodeStatus, Status};

/// Shows a cluster at a glance.
///
/// # Errors
/// When the cluster is not known or another sealer works on it.
pub(super) async fn status(request: args::Status, context: &Context) -> Result<Exit, Failure> {
    let access = access(request.login, context).await?;
    let status = verbs::status(&context.settings.root, &request.cluster, access, context.listener.clone()).await?;
    match request.output {
        OutputFormat::Json => output::print_json(&status)?,
        OutputFormat::Table => output::print(text(&status))?,
    }
    let well = status.nodes.as_ref().is_some_and(|nodes| nodes.iter().all(|node| node.ready));
    Ok(if well { Exit::Done } else { Exit::ProblemsFound })
}

fn text(status: &Status) -> String {
    let mut rows: Vec<[String; 2]> = Vec::new();
    let mut row = |name: &str, value: String| rows.push([name.to_owned(), value]);
    row("CLUSTER", status.cluster.clone());
    match &status.adopted {
        None => row("IMAGE", format!("{} ({})", status.image.image, status.image.digest.short())),
        Some(adopted) => {
            row("IMAGE", format!("{}, made by the Go sealer with {}", status.image.image, adopted.runtime))
        }
    }
    for former in &status.former_images {
        row("BEFORE", format!("{} ({})", former.image, former.digest.short()));
    }
    row("KUBERNETES", status.kubernetes.clone().unwrap_or_else(|| "not recorded".into()));
    row("REGISTRY", status.registry.clone());
    row("APPLICATIONS", status.applications.as_ref().map_or_else(|| "those of the image".into(), |all| all.join(", ")));
    if let Some(certificate) = &status.next_certificate {
        let ends = jiff::Timestamp::from_second(certificate.ends).map(|ends| ends.to_string()).unwrap_or_default();
        row("CERTIFICATE", format!("{} of {} ends first, {ends}", certificate.path, certificate.host));
    }
    if let Some(last) = &status.last_delivery {
        row("LAST DELIVERY", format!("{} of {}: {}", last.verb, last.began, ended(&last.end)));
    }
    if let Some(reason) = &status.unanswered {
        row("NODES", format!("no master answers: {reason}"));
    }
    let nodes = status.nodes.as_deref().unwrap_or_default();
    output::table(&rows) + &if nodes.is_empty() { String::new() } else { format!("\n{}", table(nodes)) }
}

fn ended(end: &End) -> String {
    match end {
        End::Done => "done".into(),
        End::AlreadyDone => "nothing to do".into(),
        End::Failed(reason) => format!("failed: {reason}"),
        End::CutOff => "cut off".into(),
    }
}

fn table(nodes: &[NodeStatus]) -> String {
    let head = ["NODE", "ADDRESS", "VERSION", "STATE"].map(str::to_owned);
    let row = |it: &NodeStatus| {
        let state = match (it.ready, it.schedulable) {
            (true, true) => "ready",
            (true, false) => "ready, takes no new pods",
            (false, _) => "not ready",
        };
        [it.name.clone(), it.address.clone(), it.version.clone(), state.to_owned()]
    };
    output::table(&std::iter::once(head).chain(nodes.iter().map(row)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_told_with_their_state() {
        let node = |ready, schedulable| NodeStatus {
            name: "n".into(),
            address: "10.0.0.1".into(),
            version: "v1.20.2".into(),
            ready,
            schedulable,
        };
        let table = table(&[node(true, true), node(true, false), node(false, true)]);
        let states: Vec<&str> = table.lines().skip(1).filter_map(|line| line.split("v1.20.2").nth(1)).collect();
        assert_eq!(
            states.iter().map(|it| it.trim()).collect::<Vec<_>>(),
            ["ready", "ready, takes no new pods", "not ready"]
        );
    }
}
