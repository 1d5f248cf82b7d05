//! Manifests as an application: applied by the server, claimed by one application, pruned, compared, rolled back, removed; beside a kubectl
//! that has been there before and one that meddles.

use crate::api_server::{ApiServer, program};
use crate::charts::{Releases, identity};
use sealer_model::event::Listener;
use sealer_release::{Change, Cluster, Error, Settings, Status, Work, releases};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const SITE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: site, \
                    labels: {tier: front}}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: site}}\n  template:\n    metadata: {labels: {app: \
                    site}}\n    spec: {containers: [{name: web, image: 'nginx:1', ports: [{containerPort: 80}]}]}\n";
const EXTRA: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {a: b}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: \
                     site}\nspec: {ports: [{port: 80}]}\n";
const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: lions.test.sealer.io}\nspec:\n  \
                          group: test.sealer.io\n  scope: Namespaced\n  names: {kind: Lion, plural: lions}\n  versions:\n  - name: v1\n    served: \
                          true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n---\n\
                          apiVersion: test.sealer.io/v1\nkind: Lion\nmetadata: {name: leo}\nspec: {age: 3}\n";
const DEPLOYMENT: (&str, &str) = ("apps/v1", "Deployment");

/// One cluster and what is said of an application in it.
struct Site {
    server: ApiServer,
    releases: Releases,
    listener: Listener,
}

impl Site {
    async fn start() -> Option<Self> {
        let server = tokio::task::spawn_blocking(ApiServer::start).await.unwrap()?;
        let releases = Releases::new(&server).await;
        Some(Self { server, releases, listener: Listener::deaf() })
    }

    fn work<'a>(&'a self, name: &'a str, settings: &'a Settings) -> Work<'a> {
        Work::of_manifests(&self.releases.cluster, ("shop", name), settings, &self.listener).unwrap()
    }

    async fn apply(&self, name: &str, settings: &Settings, files: &[&str]) -> Result<(u32, Status), Error> {
        let revision = self.work(name, settings).apply(&manifests(files)).await?;
        Ok((revision.version, revision.info.status))
    }

    async fn field(&self, (api_version, kind): (&str, &str), name: &str, path: &str) -> Option<Value> {
        let found = self.releases.cluster.find(&identity(api_version, kind, name)).await.unwrap();
        found.and_then(|found| found.pointer(path).cloned())
    }

    /// What a person at a terminal does; none, and a word about it, where there is no kubectl.
    fn kubectl(&self, arguments: &[&str], input: &str) -> Option<()> {
        let kubectl = program("KUBECTL", "kubectl").or_else(|| {
            eprintln!("left out: no kubectl; SEALER_TEST_KUBECTL names one");
            None
        })?;
        kubectl_of(&kubectl, &self.server.kubeconfig(), arguments, input);
        Some(())
    }
}

fn kubectl_of(kubectl: &Path, kubeconfig: &Path, arguments: &[&str], input: &str) {
    let mut command = Command::new(kubectl);
    command.arg("--kubeconfig").arg(kubeconfig).args(["--namespace", "shop"]).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{arguments:?}");
}

fn manifests(files: &[&str]) -> Vec<(String, String)> {
    files.iter().enumerate().map(|(index, text)| (format!("{index}.yaml"), (*text).to_owned())).collect()
}

fn created() -> Settings {
    Settings { creates_namespace: true, ..Settings::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn manifests_become_an_application_that_can_be_listed_rolled_back_and_removed() {
    let Some(site) = Site::start().await else { return };
    assert_eq!(site.apply("site", &created(), &[SITE, EXTRA]).await.unwrap(), (1, Status::Deployed));
    let managers = site.field(DEPLOYMENT, "site", "/metadata/managedFields").await.unwrap();
    let ours = managers.as_array().unwrap().iter().find(|entry| entry["manager"] == "sealer").unwrap();
    assert_eq!(ours["operation"], "Apply");
    let mark = "/metadata/annotations/sealer.io~1application";
    assert_eq!(site.field(DEPLOYMENT, "site", mark).await.unwrap(), "shop/site");

    // the same again is nothing new; without the extra it goes, and a field that is given up goes
    assert_eq!(site.apply("site", &created(), &[SITE, EXTRA]).await.unwrap(), (1, Status::Deployed));
    let less = SITE.replace(", labels: {tier: front}", "");
    assert_eq!(site.apply("site", &created(), &[&less]).await.unwrap(), (2, Status::Deployed));
    assert_eq!(site.field(("v1", "ConfigMap"), "extra", "/data").await, None);
    assert_eq!(site.field(DEPLOYMENT, "site", "/metadata/labels").await, None);

    let settings = Settings::default();
    let mut found = Work::find(&site.releases.cluster, ("shop", "site"), &settings, &site.listener).await.unwrap();
    assert!(found.is_of_manifests());
    assert_eq!(found.rollback(Some(1)).await.unwrap().info.description, "Rollback to 1");
    assert_eq!(site.field(("v1", "ConfigMap"), "extra", "/data/a").await.unwrap(), "b");
    let listed = releases(&site.releases.cluster, None).await.unwrap();
    let listed: Vec<_> = listed.into_iter().map(|found| found.unwrap()).collect();
    assert_eq!(
        listed.iter().map(|one| (one.title(), one.version, one.chart_title())).collect::<Vec<_>>(),
        [("shop/site".to_owned(), 3, "manifests".to_owned())]
    );

    let gone = found.uninstall().await.unwrap();
    assert_eq!(gone.kept.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Namespace shop"]);
    assert_eq!(site.field(DEPLOYMENT, "site", "/metadata").await, None);
    assert_eq!(site.field(("v1", "ConfigMap"), "extra", "/metadata").await, None);
    assert!(releases(&site.releases.cluster, None).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_failed_attempt_has_made_still_belongs_to_the_application() {
    let Some(site) = Site::start().await else { return };
    site.apply("site", &created(), &[SITE]).await.unwrap();
    let wrong = SITE.replace("replicas: 2", "replicas: -1");
    let refused = site.apply("site", &created(), &[&wrong, EXTRA]).await.unwrap_err();
    assert_eq!(refused.to_string(), "cannot apply Deployment shop/site");
    assert_eq!(site.field(("v1", "ConfigMap"), "extra", "/data/a").await.unwrap(), "b");
    assert_eq!(site.apply("site", &created(), &[SITE]).await.unwrap(), (3, Status::Deployed));
    assert_eq!(site.field(("v1", "ConfigMap"), "extra", "/data").await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_application_does_not_take_what_is_anothers() {
    let Some(site) = Site::start().await else { return };
    site.apply("site", &created(), &[SITE, EXTRA]).await.unwrap();
    let refused = site.apply("other", &created(), &[EXTRA]).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "ConfigMap shop/extra exists and does not belong to release shop/other: sealer.io/application is shop/site"
    );
    // a release and an application cannot have one name, nor can a release take the application's objects
    let chart = site.releases.install("site-of-a-chart", &Settings::default(), &[]).await;
    chart.unwrap();
    let exists = site.apply("site-of-a-chart", &created(), &[EXTRA]).await.unwrap_err();
    assert!(matches!(exists, Error::Exists(_)), "{exists}");

    let forces = Settings { forces: true, ..Settings::default() };
    site.apply("other", &forces, &[EXTRA]).await.unwrap();
    let settings = Settings::default();
    let kept = site.work("site", &settings).uninstall().await.unwrap().kept;
    let kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
    assert_eq!(kept, ["Service shop/site", "ConfigMap shop/extra", "Namespace shop"]);
    assert_eq!(site.field(("v1", "ConfigMap"), "extra", "/data/a").await.unwrap(), "b");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kinds_may_come_with_their_objects() {
    let Some(site) = Site::start().await else { return };
    let settings = created();
    let planned = site.work("zoo", &settings).difference_of_manifests(Some(&manifests(&[DEFINITION]))).await.unwrap();
    assert!(planned.iter().all(|difference| difference.change == Change::Missing), "{planned:?}");
    site.apply("zoo", &settings, &[DEFINITION]).await.unwrap();
    let cluster: Cluster = site.server.reach().await;
    let leo = identity("test.sealer.io/v1", "Lion", "leo");
    assert_eq!(cluster.find(&leo).await.unwrap().unwrap()["spec"]["age"], 3);
    let work = Work::of_manifests(&cluster, ("shop", "zoo"), &settings, &site.listener).unwrap();
    assert_eq!(work.uninstall().await.unwrap().kept.len(), 1, "the definition stays");
    assert_eq!(cluster.find(&leo).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_sets_is_told_and_not_overwritten() {
    let Some(site) = Site::start().await else { return };
    site.apply("site", &created(), &[SITE]).await.unwrap();
    let settings = Settings::default();
    assert_eq!(site.work("site", &settings).difference_of_manifests(None).await.unwrap(), []);
    // `kubectl scale` would do, but for servers before 1.22, which do not note who has scaled
    if site.kubectl(&["patch", "deployment/site", "--patch", r#"{"spec": {"replicas": 5}}"#], "").is_none() {
        return;
    }
    let drift = site.work("site", &settings).difference_of_manifests(None).await.unwrap();
    let Change::Differs(differing) = &drift[0].change else { panic!("{drift:?}") };
    assert_eq!(differing.fields, [("spec.replicas".to_owned(), json!(5), json!(2))]);

    let changed = SITE.replace("nginx:1", "nginx:2");
    let refused = site.apply("site", &settings, &[&changed]).await.unwrap_err();
    let Error::Object { source, .. } = refused else { panic!("{refused}") };
    let Error::Conflict { object, fields } = *source else { panic!("{source}") };
    assert_eq!(object, "Deployment shop/site");
    assert!(fields.len() == 1 && fields[0].starts_with(".spec.replicas (kubectl"), "{fields:?}");
    assert_eq!(site.field(DEPLOYMENT, "site", "/spec/replicas").await.unwrap(), 5);
    let forces = Settings { forces: true, ..Settings::default() };
    assert_eq!(site.apply("site", &forces, &[&changed]).await.unwrap(), (3, Status::Deployed));
    assert_eq!(site.field(DEPLOYMENT, "site", "/spec/replicas").await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_kubectl_applied_before_is_taken_over_with_all_its_fields() {
    let Some(site) = Site::start().await else { return };
    if site.kubectl(&["apply", "-f", "-"], SITE).is_none() {
        return;
    }
    let less = SITE.replace(", labels: {tier: front}", "").replace("replicas: 2", "replicas: 1");
    assert_eq!(site.apply("site", &Settings::default(), &[&less]).await.unwrap(), (1, Status::Deployed));
    assert_eq!(site.field(DEPLOYMENT, "site", "/spec/replicas").await.unwrap(), 1);
    assert_eq!(site.field(DEPLOYMENT, "site", "/metadata/labels").await, None, "a field that is given up goes");
    let applied = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    assert_eq!(site.field(DEPLOYMENT, "site", applied).await, None);
}
