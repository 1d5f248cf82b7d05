//! The life of a release: installed, upgraded, drifted, failed, rolled back, removed.

use crate::api_server::ApiServer;
use crate::charts::{Releases, identity, source};
use sealer_release::{Change, Error, Settings, Status, Values};
use std::time::Duration;

const DEPLOYMENT: (&str, &str, &str) = ("apps/v1", "Deployment", "site");
const EXTRA: (&str, &str, &str) = ("v1", "ConfigMap", "site-extra");
const ZEBRA: (&str, &str, &str) = ("test.sealer.io/v1", "Zebra", "stripes");

async fn server() -> Option<ApiServer> {
    tokio::task::spawn_blocking(ApiServer::start).await.unwrap()
}

/// That of a cluster whose kinds were asked for after the chart's own kind had come.
async fn installed(server: &ApiServer) -> Releases {
    let settings = Settings { creates_namespace: true, ..Settings::default() };
    let first = Releases::new(server).await;
    let revision = first.install("site", &settings, &[]).await.unwrap();
    assert_eq!((revision.version, revision.info.status), (1, Status::Deployed));
    let hook = revision.hooks.iter().find(|hook| hook.name == "hook-pre-install").unwrap();
    assert_eq!(hook.last_run.phase, "Succeeded");
    Releases::new(server).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chart_is_installed_with_its_kinds_and_what_its_templates_find() {
    let Some(server) = server().await else { return };
    let releases = installed(&server).await;
    assert_eq!(releases.field(EXTRA, "/data/found").await.unwrap(), "default");
    assert_eq!(releases.field(EXTRA, "/data/zebras").await.unwrap(), "true");
    assert_eq!(releases.field(ZEBRA, "/spec/count").await.unwrap(), 1);
    assert_eq!(releases.field(DEPLOYMENT, "/metadata/labels/app.kubernetes.io~1managed-by").await.unwrap(), "Helm");
    let again = releases.install("site", &Settings::default(), &[]).await;
    assert!(matches!(again, Err(Error::Exists(_))), "{again:?}");

    // an object of another release is not touched, and nothing is recorded
    let stranger = releases.install("other", &Settings::default(), &[]).await.unwrap_err();
    assert!(stranger.to_string().contains("exists and does not belong to release shop/other"), "{stranger}");
    assert_eq!(releases.history("other").await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_changes_what_it_speaks_of_and_a_rollback_takes_it_back() {
    let Some(server) = server().await else { return };
    let releases = installed(&server).await;
    let (settings, values) = (Settings::default(), ["replicas=3", "extra=false"]);
    let mut work = releases.work("site", &settings);
    assert_eq!(work.difference(None).await.unwrap(), []);
    let planned = work.difference(Some((&source(releases.chart.path(), &values), Values::default()))).await.unwrap();
    let removed = planned.iter().filter(|difference| difference.change == Change::Removed);
    let extra = identity(EXTRA.0, EXTRA.1, EXTRA.2);
    assert_eq!(removed.map(|difference| &difference.object).collect::<Vec<_>>(), [&extra]);

    let upgraded = releases.upgrade("site", &settings, &values, Values::default()).await.unwrap();
    assert_eq!(upgraded.version, 2);
    assert_eq!(releases.field(DEPLOYMENT, "/spec/replicas").await.unwrap(), 3);
    assert_eq!(releases.field(DEPLOYMENT, "/spec/template/spec/containers/0/image").await.unwrap(), "nginx:3");
    assert_eq!(releases.field(ZEBRA, "/spec/count").await.unwrap(), 3);
    assert_eq!(releases.field(EXTRA, "/metadata/name").await, None);
    assert_eq!(releases.history("site").await, [(1, Status::Superseded), (2, Status::Deployed)]);

    // the server refuses what makes no sense; the values of the last revision were kept below the new ones
    let atomic = Settings { is_atomic: true, ..Settings::default() };
    let refused = releases.upgrade("site", &atomic, &["replicas=-1"], Values::LastAndGiven).await.unwrap_err();
    assert_eq!(refused.to_string(), "release shop/site failed and was rolled back to revision 2");
    assert_eq!(releases.field(DEPLOYMENT, "/spec/replicas").await.unwrap(), 3);
    assert_eq!(releases.field(EXTRA, "/metadata/name").await, None);

    let back = work.rollback(Some(1)).await.unwrap();
    assert_eq!((back.version, back.info.description.as_str()), (5, "Rollback to 1"));
    assert_eq!(releases.field(DEPLOYMENT, "/spec/replicas").await.unwrap(), 1);
    assert_eq!(releases.field(EXTRA, "/data/revision").await.unwrap(), "1");
    let states = [Status::Superseded, Status::Superseded, Status::Failed, Status::Superseded, Status::Deployed];
    assert_eq!(releases.history("site").await, (1..).zip(states).collect::<Vec<_>>());
    let missing = work.rollback(Some(99)).await.unwrap_err();
    assert_eq!(missing.to_string(), "release shop/site has no revision 99; it has 1, 2, 3, 4, 5");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_leaves_what_says_so_and_the_next_installation_takes_it_over() {
    let Some(server) = server().await else { return };
    let releases = installed(&server).await;
    let settings = Settings::default();
    let gone = releases.work("site", &settings).uninstall().await.unwrap();
    assert_eq!(gone.kept, [identity("v1", "ConfigMap", "site-kept")]);
    assert_eq!(releases.field(DEPLOYMENT, "/metadata/name").await, None);
    assert_eq!(releases.field(("v1", "Service", "below"), "/metadata/name").await, None);
    assert!(releases.field(("v1", "ConfigMap", "hook-post-delete"), "/metadata/name").await.is_some());
    assert_eq!(releases.history("site").await, []);
    let again = releases.work("site", &settings).uninstall().await.unwrap_err();
    assert_eq!(again.to_string(), "there is no release shop/site");
    assert_eq!(releases.install("site", &settings, &[]).await.unwrap().version, 1);

    let keeps = Settings { keeps_history: true, ..Settings::default() };
    releases.work("site", &keeps).uninstall().await.unwrap();
    assert_eq!(releases.history("site").await, [(1, Status::Uninstalled)]);
    assert_eq!(releases.upgrade("site", &settings, &[], Values::Given).await.unwrap().version, 2);
}

/// Without nodes nothing becomes ready.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_that_does_not_become_ready_says_why_and_leaves_nothing_where_it_is_atomic() {
    let Some(server) = server().await else { return };
    let releases = Releases::new(&server).await;
    let patient =
        Settings { waits: true, creates_namespace: true, timeout: Duration::from_secs(2), ..Settings::default() };
    let atomic = Settings { is_atomic: true, ..patient.clone() };
    let failed = releases.install("site", &atomic, &[]).await.unwrap_err();
    assert!(failed.to_string().contains("was removed again"), "{failed}");
    assert_eq!(releases.field(DEPLOYMENT, "/metadata/name").await, None);
    assert_eq!(releases.history("site").await, []);

    let failed = releases.install("site", &patient, &[]).await.unwrap_err();
    let Error::NotReady { reasons, .. } = &failed else { panic!("{failed}") };
    assert!(reasons.iter().any(|reason| reason.starts_with("Deployment shop/site:")), "{failed}");
    assert_eq!(releases.history("site").await, [(1, Status::Failed)]);
    let again = releases.upgrade("site", &Settings::default(), &[], Values::Given).await.unwrap();
    assert_eq!((again.version, again.info.status), (2, Status::Deployed));
}
