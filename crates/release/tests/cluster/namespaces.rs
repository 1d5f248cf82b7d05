//! A namespace that has just been made, and one that is just being removed. The test does what kube-controller-manager does elsewhere,
//! when it is its turn.

use crate::api_server::ApiServer;
use crate::charts::{Releases, identity};
use sealer_model::event::Listener;
use sealer_release::{Error, Settings, Status, Stored, Work};
use serde_json::{Value, json};
use std::time::Duration;

const NAMESPACES: &str = "/api/v1/namespaces";
const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: bare}\nspec: {containers: [{name: web, image: 'nginx:1'}]}\n";
/// Longer than every wait of a test that succeeds.
const LONG: Duration = Duration::from_secs(120);
const SHORT: Duration = Duration::from_secs(2);

async fn apply(releases: &Releases, timeout: Duration, manifest: &str) -> Result<Stored, Error> {
    let settings = Settings { creates_namespace: true, timeout, ..Settings::default() };
    let listener = Listener::deaf();
    let mut work = Work::of_manifests(&releases.cluster, ("shop", "bare"), &settings, &listener).unwrap();
    work.apply(&[("pod.yaml".to_owned(), manifest.to_owned())]).await
}

/// The account and its token, as the controllers make them.
async fn make_account(server: &ApiServer) {
    let token = json!({
        "metadata": {"name": "token", "annotations": {"kubernetes.io/service-account.name": "default"}},
        "type": "kubernetes.io/service-account-token", "stringData": {"token": "none"},
    });
    let account = json!({"metadata": {"name": "default"}, "secrets": [{"name": "token"}]});
    server.ask("POST", &format!("{NAMESPACES}/shop/serviceaccounts"), &account).await;
    tokio::time::sleep(SHORT).await;
    server.ask("POST", &format!("{NAMESPACES}/shop/secrets"), &token).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_waits_for_the_account_of_its_namespace() {
    let Some(server) = tokio::task::spawn_blocking(ApiServer::start_with_accounts).await.unwrap() else { return };
    let releases = Releases::new(&server).await;
    // nobody makes the account: the wait has an end, and the end says why
    let refused = apply(&releases, SHORT, POD).await.unwrap_err();
    let Error::Object { source, .. } = &refused else { panic!("{refused:?}") };
    assert!(matches!(**source, Error::NoAccount { seconds: 2, .. }), "{source:?}");

    // an account of another name is nobody's to make, so that it is not waited for
    let robot = POD.replace("spec: {", "spec: {serviceAccountName: robot, ");
    let refused = apply(&releases, LONG, &robot).await.unwrap_err();
    let Error::Object { source, .. } = &refused else { panic!("{refused:?}") };
    assert!(matches!(**source, Error::Refused { code: 403, .. }), "{source:?}");

    let (applied, ()) = tokio::join!(apply(&releases, LONG, POD), make_account(&server));
    assert_eq!(applied.unwrap().info.status, Status::Deployed);
    let account = releases.field(("v1", "Pod", "bare"), "/spec/serviceAccountName").await;
    assert_eq!(account, Some(json!("default")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_namespace_that_is_being_removed_is_waited_for_and_made_anew() {
    let Some(server) = tokio::task::spawn_blocking(ApiServer::start).await.unwrap() else { return };
    let releases = Releases::new(&server).await;
    let path = format!("{NAMESPACES}/shop");
    server.ask("POST", NAMESPACES, &json!({"metadata": {"name": "shop"}})).await;
    let leaving = server.ask("DELETE", &path, &Value::Null).await;
    assert_eq!(leaving["status"]["phase"], "Terminating");
    let refused = apply(&releases, SHORT, POD).await.unwrap_err();
    assert!(matches!(&refused, Error::Leaving { namespace, seconds: 2, .. } if namespace == "shop"), "{refused:?}");

    // the namespace controller lets it go
    let finalize = async {
        tokio::time::sleep(SHORT).await;
        let gone = json!({"metadata": {"name": "shop"}, "spec": {"finalizers": []}});
        server.ask("PUT", &format!("{path}/finalize"), &gone).await;
    };
    let (applied, ()) = tokio::join!(apply(&releases, LONG, POD), finalize);
    assert_eq!(applied.unwrap().info.status, Status::Deployed);
    let anew = server.ask("GET", &path, &Value::Null).await;
    assert_ne!(anew["metadata"]["uid"], leaving["metadata"]["uid"]);
    assert!(releases.cluster.find(&identity("v1", "Pod", "bare")).await.unwrap().is_some());
}
