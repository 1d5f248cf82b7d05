//! `exec`: one program on many hosts, without a shell, each host's outcome told apart.

use crate::delivery::command;
use crate::fleet::Access;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::InstallAgent;
use crate::{Error, Fleet, State};
use futures_util::stream::{self, StreamExt as _};
use sealer_model::agent::Command;
use sealer_model::cluster::{Cluster, Role};
use sealer_model::event::Listener;
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

/// What shall run, and where.
#[derive(Clone, Debug)]
pub struct Exec {
    /// Only hosts in these roles; empty means all.
    pub roles: Vec<Role>,
    /// Only these hosts; empty means all.
    pub hosts: BTreeSet<IpAddr>,
    /// How many hosts at the same time.
    pub parallel: usize,
    /// Seconds after which the program is ended.
    pub timeout_seconds: u64,
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// What became of the program on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Executed {
    /// The host.
    pub host: IpAddr,
    /// Its exit status, or 128 + signal; none when it did not run to its end.
    pub exit: Option<i32>,
    /// All of its standard output.
    pub output: String,
    /// The end of its standard error, at most 64 KiB.
    pub errors: String,
    /// Why it did not run to its end.
    pub failure: Option<String>,
}

impl Executed {
    fn failed(host: IpAddr, failure: String) -> Self {
        Self { host, exit: None, output: String::new(), errors: String::new(), failure: Some(failure) }
    }

    /// Whether the program ran and its exit status is 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.exit == Some(0)
    }
}

/// Runs a program on hosts of a cluster; `on_line` is told each line as it comes. The outcomes are in the order of the cluster's hosts,
/// with those among them that could not be reached.
///
/// # Errors
/// When the cluster is unknown, it has none of the hosts, or the agent cannot be started on one that was reached.
pub async fn exec(
    root: &Path,
    cluster: &str,
    access: Access,
    request: Exec,
    listener: Listener,
    on_line: impl Fn(IpAddr, &str) + Sync,
) -> Result<Vec<Executed>, Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let chosen = chosen(cluster, &request)?;
    let order: Vec<IpAddr> = chosen.members.iter().map(|member| member.address).collect();
    let (fleet, unreached) = Fleet::connect_some(chosen, access, &state, listener).await?;
    carry_out(&fleet, &[Stage::new(vec![Box::new(InstallAgent)])]).await?;
    let program = program(&fleet.cluster, &request);
    let running = fleet.cluster.members.iter().map(|member| one(&fleet, member.address, &program, &on_line));
    let mut all: Vec<Executed> = stream::iter(running).buffer_unordered(request.parallel.max(1)).collect().await;
    all.extend(unreached.into_iter().map(|(host, reason)| Executed::failed(host, reason)));
    all.sort_by_key(|it| order.iter().position(|host| *host == it.host));
    Ok(all)
}

fn program(cluster: &Cluster, request: &Exec) -> Command {
    let arguments: Vec<&str> = request.arguments.iter().map(String::as_str).collect();
    Command { timeout_seconds: request.timeout_seconds, ..command(cluster, &request.program, &arguments) }
}

async fn one(fleet: &Fleet, host: IpAddr, program: &Command, on_line: &(impl Fn(IpAddr, &str) + Sync)) -> Executed {
    let run = async { Ok::<_, Error>(fleet.agent(host)?.command(program, |line| on_line(host, line)).await?) };
    match run.await {
        Ok(ended) => {
            Executed { host, exit: Some(ended.exit), output: ended.output, errors: ended.errors, failure: None }
        }
        Err(error) => Executed::failed(host, error.chain()),
    }
}

/// The cluster with only the hosts that were asked for.
fn chosen(cluster: Cluster, request: &Exec) -> Result<Cluster, Error> {
    if let Some(foreign) = request.hosts.iter().find(|host| !cluster.members.iter().any(|it| it.address == **host)) {
        return Err(Error::NoNode(*foreign));
    }
    let mut members = cluster.members.clone();
    members.retain(|it| request.hosts.is_empty() || request.hosts.contains(&it.address));
    members.retain(|it| request.roles.is_empty() || request.roles.contains(&it.role));
    if members.is_empty() {
        return Err(Error::NoHosts { cluster: cluster.name });
    }
    Ok(Cluster { members, ..cluster })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    fn asked(roles: &[Role], hosts: &[&str]) -> Result<Vec<String>, String> {
        let request = Exec {
            roles: roles.to_vec(),
            hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(),
            parallel: 1,
            timeout_seconds: 1,
            program: "true".into(),
            arguments: Vec::new(),
        };
        let chosen = chosen(cluster(&["10.0.0.1", "10.0.0.2"], &["10.0.0.3"]), &request);
        let listed = |it: Cluster| it.members.iter().map(|member| member.address.to_string()).collect();
        chosen.map(listed).map_err(|error| error.to_string())
    }

    #[test]
    fn hosts_are_those_that_were_named_and_have_the_role() {
        assert_eq!(asked(&[], &[]).unwrap().len(), 3);
        assert_eq!(asked(&[Role::Node], &[]).unwrap(), ["10.0.0.3"]);
        assert_eq!(asked(&[Role::Master, Role::Node], &["10.0.0.2"]).unwrap(), ["10.0.0.2"]);
        assert!(asked(&[Role::Node], &["10.0.0.1"]).unwrap_err().contains("no host"));
        assert!(asked(&[], &["10.0.0.9"]).unwrap_err().contains("10.0.0.9"));
    }

    #[test]
    fn words_reach_the_program_as_they_were_typed() {
        let request = Exec {
            roles: Vec::new(),
            hosts: BTreeSet::new(),
            parallel: 1,
            timeout_seconds: 7,
            program: "echo".into(),
            arguments: vec!["$HOME; rm -rf *".into(), String::new()],
        };
        let program = program(&cluster(&["10.0.0.1"], &[]), &request);
        assert_eq!(program.arguments, ["$HOME; rm -rf *", ""]);
        assert_eq!((program.program.as_str(), program.timeout_seconds), ("echo", 7));
    }
}
