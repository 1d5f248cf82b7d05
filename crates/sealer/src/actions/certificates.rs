//! `sealer cert`.

use super::access::access;
use super::report::leave;
use super::{Context, version};
use crate::args::{Cert, CertCheck, CertRenew, CertVerb, OutputFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::Access;
use sealer_cluster::verbs::{self, Certificates, UnreadableFile};
use sealer_model::journal::CertificateRecord;
use serde::Serialize;
use std::net::IpAddr;

const DAY: i64 = 86_400;

/// What stands in place of a certificate where the host could not be asked for any.
const NOT_ASKED: &str = "(not asked)";

/// Lists, renews, or names. A list tells of hosts that cannot be asked; a change needs all of them.
///
/// # Errors
/// When the cluster is not known, a host that is to be changed cannot be reached, or a step fails; the same command again goes on.
pub(super) async fn certificates(request: Cert, context: &Context) -> Result<Exit, Failure> {
    match request.verb {
        Some(CertVerb::Check(check)) => return list(check, context).await,
        Some(CertVerb::Renew(CertRenew { whose })) => {
            let access = access(whose.login, context).await?;
            renew(&whose.cluster_name, access, context).await?;
        }
        None => {
            let access = access(request.whose.login, context).await?;
            name_api(&request.whose.cluster_name, &request.alt_names, access, context).await?;
        }
    }
    Ok(Exit::Done)
}

/// Adds names to the certificate of the API.
///
/// # Errors
/// When the cluster is not known, a master cannot be reached, or a step fails; the same command again goes on.
pub(super) async fn name_api(name: &str, names: &[String], access: Access, context: &Context) -> Result<(), Failure> {
    let (root, way) = (&context.settings.root, (access, version::number()));
    verbs::name_api(root, name, names.to_vec(), way, context.listener.clone()).await?;
    output::print(format!("the API of cluster {name} is known as {}, too\n", names.join(", ")))
}

/// Renews what kubeadm made.
///
/// # Errors
/// As [`name_api`].
pub(super) async fn renew(name: &str, access: Access, context: &Context) -> Result<(), Failure> {
    let (root, version) = (&context.settings.root, version::number());
    let renewed = verbs::renew_certificates(root, name, access, version, context.listener.clone()).await;
    leave(name, context).await;
    renewed?;
    output::print(format!("the certificates of cluster {name} are renewed\n"))
}

/// What `cert check` tells programs.
#[derive(Serialize)]
struct Listing {
    certificates: Vec<Listed>,
    unreached: Vec<Unreached>,
}

/// A certificate as it is listed, or a file that should be one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    host: String,
    path: String,
    /// None of a file that cannot be read.
    ends: Option<String>,
    days_left: Option<i64>,
    /// What is wrong with a file that cannot be read.
    problem: Option<String>,
}

/// A host that was not asked, or did not answer.
#[derive(Serialize)]
struct Unreached {
    host: String,
    reason: String,
}

async fn list(request: CertCheck, context: &Context) -> Result<Exit, Failure> {
    let access = access(request.whose.login, context).await?;
    let (root, name) = (&context.settings.root, &request.whose.cluster_name);
    let found = verbs::certificates(root, name, access, context.listener.clone()).await?;
    let listing = listing(&found, jiff::Timestamp::now().as_second());
    match request.output {
        OutputFormat::Json => output::print_json(&listing)?,
        OutputFormat::Table => output::print(table(&listing))?,
    }
    Ok(exit(&listing, i64::from(request.days)))
}

/// The files of a host together, those that cannot be read behind the others.
fn listing(found: &Certificates, now: i64) -> Listing {
    let of_files = found.unreadable.iter().map(unreadable);
    let mut certificates: Vec<Listed> = found.found.iter().map(|it| listed(it, now)).chain(of_files).collect();
    certificates.sort_by(|one, other| one.host.cmp(&other.host));
    let unreached = |(host, reason): &(IpAddr, String)| Unreached { host: host.to_string(), reason: reason.clone() };
    Listing { certificates, unreached: found.unreached.iter().map(unreached).collect() }
}

fn listed(certificate: &CertificateRecord, now: i64) -> Listed {
    let ends = jiff::Timestamp::from_second(certificate.ends).map(|ends| ends.to_string()).ok();
    let days_left = Some((certificate.ends - now).div_euclid(DAY));
    Listed { host: certificate.host.to_string(), path: certificate.path.clone(), ends, days_left, problem: None }
}

fn unreadable(file: &UnreadableFile) -> Listed {
    let UnreadableFile { host, path, reason } = file;
    Listed { host: host.to_string(), path: path.clone(), ends: None, days_left: None, problem: Some(reason.clone()) }
}

/// A certificate whose end nobody can tell is a problem, and so is a host that nobody could ask.
fn exit(listing: &Listing, days: i64) -> Exit {
    let problem = listing.certificates.iter().any(|it| it.days_left.is_none_or(|left| left < days));
    if problem || !listing.unreached.is_empty() { Exit::ProblemsFound } else { Exit::Done }
}

/// A host that was not asked is a row of its own, behind all certificates.
fn table(listing: &Listing) -> String {
    let head = ["HOST", "CERTIFICATE", "ENDS", "DAYS LEFT"].map(str::to_owned);
    let row = |it: &Listed| {
        let ends = it.ends.as_ref().or(it.problem.as_ref()).cloned().unwrap_or_default();
        [it.host.clone(), it.path.clone(), ends, it.days_left.map(|left| left.to_string()).unwrap_or_default()]
    };
    let silent = |it: &Unreached| [it.host.clone(), NOT_ASKED.into(), it.reason.replace('\n', " "), String::new()];
    let rows = listing.certificates.iter().map(row).chain(listing.unreached.iter().map(silent));
    output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ends: i64) -> CertificateRecord {
        CertificateRecord { host: "10.0.0.1".parse().unwrap(), path: "a.crt".into(), ends }
    }

    #[test]
    fn days_are_counted_down_and_past_the_end() {
        assert_eq!(listed(&at(10 * DAY + 5), 0).days_left, Some(10));
        assert_eq!(listed(&at(0), DAY / 2).days_left, Some(-1));
        assert_eq!(listed(&at(0), 0).ends.unwrap(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_row_among_the_others_and_a_problem() {
        let whole = listing(&Certificates { found: vec![at(40 * DAY)], ..Certificates::default() }, 0);
        assert_eq!((exit(&whole, 30), exit(&whole, 41)), (Exit::Done, Exit::ProblemsFound));
        let file = UnreadableFile { host: at(0).host, path: "b.crt".into(), reason: "holds no certificate".into() };
        let found = Certificates { found: vec![at(40 * DAY)], unreadable: vec![file], unreached: Vec::new() };
        let holed = listing(&found, 0);
        assert_eq!(exit(&holed, 30), Exit::ProblemsFound);
        let table = table(&holed);
        assert!(
            table.contains("a.crt") && table.contains("b.crt") && table.contains("holds no certificate"),
            "{table}"
        );
    }

    #[test]
    fn people_and_programs_are_told_of_hosts_that_were_not_reached() {
        let unreached = vec![(at(0).host, "connection refused".to_owned())];
        let listing = listing(&Certificates { unreached, ..Certificates::default() }, 0);
        assert_eq!(exit(&listing, 30), Exit::ProblemsFound);
        let row = table(&listing).lines().last().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(row.as_deref(), Some("10.0.0.1 (not asked) connection refused"));
        let told = serde_json::to_value(&listing).unwrap();
        assert_eq!(told["unreached"][0], serde_json::json!({"host": "10.0.0.1", "reason": "connection refused"}));
    }
}
