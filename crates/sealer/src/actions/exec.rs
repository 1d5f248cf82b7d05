//! `sealer exec`.

use super::Context;
use super::access::access;
use crate::args::{Exec, OutputFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::verbs::{self, Executed};
use std::net::IpAddr;
use std::sync::Mutex;

/// Runs a program on hosts and tells each one's outcome.
///
/// # Errors
/// When the cluster or a host is not known. A program that fails is no error, but has an exit code of its own.
pub(super) async fn exec(request: Exec, context: &Context) -> Result<Exit, Failure> {
    let Some((program, arguments)) = request.command.split_first() else {
        return Err(Failure::usage("no program was named").hint("name it after --"));
    };
    let wanted = verbs::Exec {
        roles: request.roles.iter().copied().map(Into::into).collect(),
        hosts: request.hosts.map(|hosts| hosts.0.into_iter().collect()).unwrap_or_default(),
        parallel: request.parallel.into(),
        timeout_seconds: request.timeout,
        program: program.clone(),
        arguments: arguments.to_vec(),
    };
    let access = access(request.login, context).await?;
    let live = request.output == OutputFormat::Table;
    // standard output that cannot be written to ends the verb when all is done: programs on hosts are not cut off for it
    let unprinted = Mutex::new(None);
    let on_line = |host: IpAddr, line: &str| {
        if let Some(failure) = live.then(|| output::print(labelled(host, line)).err()).flatten() {
            *unprinted.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(failure);
        }
    };
    let (root, name) = (&context.settings.root, &request.cluster_name);
    let all = verbs::exec(root, name, access, wanted, context.listener.clone(), on_line).await?;
    if let Some(failure) = unprinted.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(failure);
    }
    if live {
        all.iter().filter_map(complaint).for_each(|complaint| context.listener.warn(complaint));
    } else {
        output::print_json(&all)?;
    }
    Ok(if all.iter().all(Executed::is_success) { Exit::Done } else { Exit::ProblemsFound })
}

fn labelled(host: IpAddr, line: &str) -> String {
    format!("{host}: {}\n", line.trim_end_matches(['\n', '\r']))
}

/// What is to be said of a host on which it did not go well.
fn complaint(executed: &Executed) -> Option<String> {
    let host = executed.host;
    match (executed.exit, &executed.failure) {
        (Some(0), _) => None,
        (Some(exit), _) => Some(format!("{host}: exit status {exit}")),
        (None, failure) => Some(format!("{host}: {}", failure.as_deref().unwrap_or("it did not run to its end"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_its_host_and_every_failure_its_reason() {
        let host = "10.0.0.1".parse().unwrap();
        assert_eq!(labelled(host, "up 3 days\r\n"), "10.0.0.1: up 3 days\n");
        let ended = |exit, failure: Option<&str>| Executed {
            host,
            exit,
            output: String::new(),
            errors: String::new(),
            failure: failure.map(str::to_owned),
        };
        assert_eq!(complaint(&ended(Some(0), None)), None);
        assert_eq!(complaint(&ended(Some(7), None)).unwrap(), "10.0.0.1: exit status 7");
        assert_eq!(complaint(&ended(None, Some("cannot connect"))).unwrap(), "10.0.0.1: cannot connect");
    }
}
