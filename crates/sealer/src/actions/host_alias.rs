//! `sealer host-alias`.

use super::access::access;
use super::{Context, version};
use crate::args::{HostAlias, OutputFormat};
use crate::failure::Failure;
use crate::output;
use sealer_cluster::verbs::{self, AliasChange};
use sealer_cluster::{Access, State};
use sealer_model::cluster::{self, Cluster};

/// Lists or changes the names that hosts know.
///
/// # Errors
/// When the cluster is not known, the names cannot be changed like that, or a host cannot be reached; the same command again goes on.
pub(super) async fn host_alias(request: HostAlias, context: &Context) -> Result<(), Failure> {
    let (root, name) = (&context.settings.root, request.whose.cluster_name);
    let Some(ip) = request.ip else {
        let aliases = State::read(root, &name)?.site.host_aliases;
        return match request.output {
            OutputFormat::Json => output::print_json(&aliases),
            OutputFormat::Table => output::print(table(&aliases)),
        };
    };
    if request.hostnames.is_empty() && !request.remove {
        return Err(Failure::usage(format!("no name was given for {ip}")).hint("name one or several with --hostnames"));
    }
    let change = AliasChange { ip, names: request.hostnames, remove: request.remove };
    let access = access(request.whose.login, context).await?;
    verbs::host_alias(root, &name, &change, (access, version::number()), context.listener.clone()).await?;
    let names = if change.names.is_empty() { "all its names".to_owned() } else { change.names.join(", ") };
    let what = if change.remove { "know no more" } else { "know" };
    output::print(format!("the hosts of cluster {name} {what} {ip} as {names}\n"))
}

/// Goes on until the hosts know the names that they were to know.
///
/// # Errors
/// When a host cannot be reached; the same command again goes on.
pub(super) async fn go_on_with_host_alias(wanted: Cluster, access: Access, context: &Context) -> Result<(), Failure> {
    let (name, way) = (wanted.name.clone(), (access, version::number()));
    verbs::go_on_with_host_alias(&context.settings.root, wanted, way, context.listener.clone()).await?;
    output::print(format!("the hosts of cluster {name} know the names that they were to know\n"))
}

fn table(aliases: &[cluster::HostAlias]) -> String {
    let head = ["ADDRESS", "NAMES"].map(str::to_owned);
    let rows = aliases.iter().map(|alias| [alias.ip.to_string(), alias.hostnames.join(" ")]);
    output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}
