//! `sealer cert`.

use super::access::access;
use super::report::leave;
use super::{Context, version};
use crate::args::{Cert, CertCheck, CertRenew, CertVerb, OutputFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::verbs;
use sealer_model::journal::CertificateRecord;
use serde::Serialize;

const DAY: i64 = 86_400;

/// Lists, renews, or names.
///
/// # Errors
/// When the cluster is not known, a host cannot be reached, or a step fails; the same command again goes on.
pub(super) async fn certificates(request: Cert, context: &Context) -> Result<Exit, Failure> {
    match request.verb {
        Some(CertVerb::Check(check)) => return list(check, context).await,
        Some(CertVerb::Renew(renew)) => renewed(renew, context).await?,
        None => {
            let (root, name) = (&context.settings.root, request.whose.cluster_name);
            let access = access(request.whose.login, context).await?;
            let names = request.alt_names.clone();
            verbs::name_api(root, &name, names, (access, version::number()), context.listener.clone()).await?;
            output::print(format!("the API of cluster {name} is known as {}, too\n", request.alt_names.join(", ")))?;
        }
    }
    Ok(Exit::Done)
}

async fn renewed(request: CertRenew, context: &Context) -> Result<(), Failure> {
    let name = request.whose.cluster_name;
    let access = access(request.whose.login, context).await?;
    let (root, version) = (&context.settings.root, version::number());
    let renewed = verbs::renew_certificates(root, &name, access, version, context.listener.clone()).await;
    leave(&name, context).await;
    renewed?;
    output::print(format!("the certificates of cluster {name} are renewed\n"))
}

/// A certificate as it is listed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    host: String,
    path: String,
    ends: String,
    days_left: i64,
}

async fn list(request: CertCheck, context: &Context) -> Result<Exit, Failure> {
    let access = access(request.whose.login, context).await?;
    let (root, name) = (&context.settings.root, &request.whose.cluster_name);
    let (found, unreached) = verbs::certificates(root, name, access, context.listener.clone()).await?;
    for (host, reason) in &unreached {
        context.listener.warn(format!("{host} was not asked: {reason}"));
    }
    let now = jiff::Timestamp::now().as_second();
    let listed: Vec<Listed> = found.iter().map(|certificate| listed(certificate, now)).collect();
    match request.output {
        OutputFormat::Json => output::print_json(&listed)?,
        OutputFormat::Table => output::print(table(&listed))?,
    }
    let ends_soon = listed.iter().any(|certificate| certificate.days_left < i64::from(request.days));
    Ok(if ends_soon || !unreached.is_empty() { Exit::ProblemsFound } else { Exit::Done })
}

fn listed(certificate: &CertificateRecord, now: i64) -> Listed {
    let ends = jiff::Timestamp::from_second(certificate.ends).map(|ends| ends.to_string()).unwrap_or_default();
    let days_left = (certificate.ends - now).div_euclid(DAY);
    Listed { host: certificate.host.to_string(), path: certificate.path.clone(), ends, days_left }
}

fn table(listed: &[Listed]) -> String {
    let head = ["HOST", "CERTIFICATE", "ENDS", "DAYS LEFT"].map(str::to_owned);
    let row = |it: &Listed| [it.host.clone(), it.path.clone(), it.ends.clone(), it.days_left.to_string()];
    output::table(&std::iter::once(head).chain(listed.iter().map(row)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_down_and_past_the_end() {
        let at = |ends| CertificateRecord { host: "10.0.0.1".parse().unwrap(), path: "a.crt".into(), ends };
        assert_eq!(listed(&at(10 * DAY + 5), 0).days_left, 10);
        assert_eq!(listed(&at(0), DAY / 2).days_left, -1);
        assert_eq!(listed(&at(0), 0).ends, "1970-01-01T00:00:00Z");
    }
}
