//! Makes the checks that an image brings: asks hosts and the API, and has `model::image_check` judge what they answer.

use crate::delivery::command;
use crate::{Error, Fleet, kubectl};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use sealer_model::agent::{Probe, Probed};
use sealer_model::bundle::Bundle;
use sealer_model::checks::Finding;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::clusterfile::checks_of_image;
use sealer_model::image_check::{
    ImageCheck, On, Question, is_check_file, object_fault, page_fault, service, text_fault, told,
};
use std::net::IpAddr;

/// Questions that are under way at the same time.
const PARALLEL: usize = 16;

/// The checks of an image: those of the rootfs for any platform, which are the same files.
pub(crate) fn of_bundle(bundle: &Bundle) -> Result<Vec<ImageCheck>, Error> {
    let files = bundle.rootfs.first().map(|rootfs| &rootfs.files).into_iter().flatten();
    let texts: Vec<(&str, String)> = files
        .filter(|(path, _)| is_check_file(path))
        .map(|(path, file)| (path.as_str(), String::from_utf8_lossy(&file.bytes).into_owned()))
        .collect();
    let read = checks_of_image(texts.iter().map(|(path, text)| (*path, text.as_str())));
    read.map_err(|source| Error::ImageChecks { image: bundle.name.to_string(), source })
}

/// Those of them that have a meaning for a cluster.
pub(crate) fn for_cluster(bundle: &Bundle, cluster: &Cluster) -> Result<Vec<ImageCheck>, Error> {
    let mut checks = of_bundle(bundle)?;
    checks.retain(|check| check.counts(cluster, &bundle.extension));
    Ok(checks)
}

/// Makes all of them. A question that cannot be asked is a finding: nobody knows then that all is well.
pub(crate) async fn findings(fleet: &Fleet, checks: &[ImageCheck]) -> Vec<Finding> {
    let asking = |check| async move {
        let faults = faults(fleet, check).await;
        faults.into_iter().map(|(subject, found)| finding(check, subject, found)).collect::<Vec<_>>()
    };
    let all: Vec<BoxFuture<'_, Vec<Finding>>> = checks.iter().map(|check| asking(check).boxed()).collect();
    stream::iter(all).buffered(PARALLEL).collect::<Vec<_>>().await.concat()
}

fn finding(check: &ImageCheck, subject: String, found: String) -> Finding {
    Finding {
        id: check.id(),
        severity: check.severity,
        subject,
        found: format!("not so: {}: {found}", check.title),
        why: check.why.clone(),
        remedy: check.remedy.clone(),
        fixable: false,
        fixed: false,
        ignored: false,
    }
}

type Faults = Vec<(String, String)>;

async fn faults(fleet: &Fleet, check: &ImageCheck) -> Faults {
    let on = match &check.question {
        Question::Object { kind, name, namespace, .. } => {
            let separator = if namespace.is_empty() { "" } else { "/" };
            let fault = object(fleet, check).await.unwrap_or_else(|error| Some(error.chain()));
            let subject = format!("{kind} {namespace}{separator}{name}");
            return fault.map(|fault| (subject, fault)).into_iter().collect();
        }
        Question::Command { on, .. } | Question::Http { on, .. } | Question::Tcp { on, .. } => *on,
    };
    on_hosts(fleet, check, on).await
}

async fn on_hosts(fleet: &Fleet, check: &ImageCheck, on: On) -> Faults {
    let asked = |member: Member| async move {
        let fault = on_host(fleet, check, member.address).await;
        fault.unwrap_or_else(|error| Some(error.chain())).map(|fault| (member.address.to_string(), fault))
    };
    let members: Vec<Member> = on.members(&fleet.cluster).cloned().collect();
    let all: Vec<BoxFuture<'_, Option<(String, String)>>> =
        members.into_iter().map(|member| asked(member).boxed()).collect();
    stream::iter(all).buffered(PARALLEL).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

async fn on_host(fleet: &Fleet, check: &ImageCheck, host: IpAddr) -> Result<Option<String>, Error> {
    match &check.question {
        Question::Command { run, contains, .. } => {
            let mut shell = command(&fleet.cluster, "sh", &["-c", run]);
            shell.directory = Some(fleet.cluster.rootfs());
            shell.timeout_seconds = check.seconds;
            let ended = fleet.agent(host)?.command(&shell, |_| ()).await?;
            if ended.exit == 0 {
                return Ok(text_fault(&ended.output, contains.as_deref()));
            }
            let said = if ended.errors.trim().is_empty() { &ended.output } else { &ended.errors };
            Ok(Some(format!("the command ended with {}: {}", ended.exit, told(said))))
        }
        Question::Http { url, status, contains, .. } => {
            let probed = probe(fleet, host, url, check.seconds).await?;
            Ok(match probed {
                Probed::Page { status: got, body } => page_fault(got, &body, *status, contains.as_deref()),
                Probed::Failed(reason) => Some(format!("{url}: {reason}")),
                Probed::Connected => None,
            })
        }
        Question::Tcp { host: name, port, .. } => {
            let bracketed = if name.contains(':') { format!("[{name}]") } else { name.clone() };
            let probed = probe(fleet, host, &format!("tcp://{bracketed}:{port}"), check.seconds).await?;
            Ok(match probed {
                Probed::Failed(reason) => Some(format!("{name}, port {port}: {reason}")),
                Probed::Page { .. } | Probed::Connected => None,
            })
        }
        Question::Object { .. } => object(fleet, check).await,
    }
}

/// Hosts do not ask the cluster's name service, so addresses of services are looked up here.
async fn probe(fleet: &Fleet, host: IpAddr, url: &str, seconds: u64) -> Result<Probed, Error> {
    let address = match service(host_of(url)) {
        None => None,
        Some((name, namespace)) => {
            let master = fleet.cluster.first_master()?.address;
            let object = kubectl::object(fleet, master, "service", name, namespace).await?;
            let address = object.pointer("/spec/clusterIP").and_then(|address| address.as_str()?.parse().ok());
            if address.is_none() {
                return Ok(Probed::Failed(format!("the service {namespace}/{name} has no address of its own")));
            }
            address
        }
    };
    Ok(fleet.agent(host)?.probe(&Probe { url: url.to_owned(), address, seconds }).await?)
}

/// The name in a URL, without user, port and path.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

async fn object(fleet: &Fleet, check: &ImageCheck) -> Result<Option<String>, Error> {
    let Question::Object { kind, name, namespace, path, wanted } = &check.question else { return Ok(None) };
    let master = fleet.cluster.first_master()?.address;
    let object = kubectl::object(fleet, master, kind, name, namespace).await?;
    Ok(object_fault(&object, path, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests_bundle;

    #[test]
    fn the_name_in_a_url_is_found() {
        for url in ["http://web.shop.svc/", "tcp://web.shop.svc:80", "https://u:p@web.shop.svc:8443/x?y=http://z"] {
            assert_eq!(host_of(url), "web.shop.svc", "{url}");
        }
    }

    #[test]
    fn checks_are_read_from_the_image_and_what_is_wrong_names_image_and_file() {
        let good = "apiVersion: sealer.io/v2\nkind: Check\nmetadata: {name: a}\nspec:\n  title: t\n  remedy: r\n  \
                    command: {run: 'true'}\n";
        let with = |path: &str, text: &str| of_bundle(&tests_bundle(path, text));
        assert_eq!(with("checks/a.yaml", good).unwrap()[0].id(), "image/a");
        assert_eq!(with("elsewhere/a.yaml", good).unwrap(), []);
        let error = with("checks/a.yaml", &good.replace("title", "titel")).unwrap_err().chain();
        assert!(error.contains("i:v1") && error.contains("checks/a.yaml:5:3"), "{error}");
    }
}
