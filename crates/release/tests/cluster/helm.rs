//! Helm's own engine and ours take turns at the same release: each must find what the other left, and go on from there.

use crate::api_server::ApiServer;
use crate::charts::Releases;
use sealer_release::{Settings, Status, Values};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The running engine. It ends when it is dropped, for its input ends.
pub(crate) struct Helm {
    child: Child,
    input: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Helm {
    /// Starts it; none, and a word about it, where there is no Python that has it.
    pub(crate) fn start(kubeconfig: &Path, chart: &Path) -> Option<Self> {
        let named = std::env::var("SEALER_TEST_PYTHON").ok();
        let python = named.into_iter().chain(["python3".to_owned()]).find(|python| {
            let import = Command::new(python).args(["-c", "import helm_python"]).stderr(Stdio::null()).status();
            import.is_ok_and(|status| status.success())
        });
        let Some(python) = python else {
            eprintln!("left out: no Python has the package helm-python-sdk; SEALER_TEST_PYTHON names one that has");
            return None;
        };
        let mut child = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/helm.py"))
            .args([kubeconfig, Path::new("shop"), chart])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        Some(Self { child, input, answers: BufReader::new(output).lines() })
    }

    pub(crate) fn ask(&mut self, question: &Value) -> Value {
        self.try_to_ask(question).unwrap_or_else(|answer| panic!("{question}: {answer}"))
    }

    /// What it answers, or how it fails.
    pub(crate) fn try_to_ask(&mut self, question: &Value) -> Result<Value, String> {
        writeln!(self.input.as_mut().unwrap(), "{question}").unwrap();
        let mut answer: Value = serde_json::from_str(&self.answers.next().unwrap().unwrap()).unwrap();
        answer.get_mut("is").map(Value::take).ok_or_else(|| answer.to_string())
    }
}

impl Drop for Helm {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.wait().unwrap();
    }
}

const DEPLOYMENT: (&str, &str, &str) = ("apps/v1", "Deployment", "site");
const EXTRA: (&str, &str, &str) = ("v1", "ConfigMap", "site-extra");

/// Status of every revision, as Helm tells them.
fn states(history: &Value) -> Vec<(u64, String)> {
    let one = |revision: &Value| {
        let word = |names: [&str; 2]| names.iter().find_map(|name| revision.pointer(name)).cloned().unwrap_or_default();
        (
            word(["/version", "/revision"]).as_u64().unwrap(),
            word(["/status", "/info/status"]).as_str().unwrap().to_owned(),
        )
    };
    history.as_array().unwrap().iter().map(one).collect()
}

fn texts(states: &[(u64, &str)]) -> Vec<(u64, String)> {
    states.iter().map(|(version, status)| (*version, (*status).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn helm_manages_a_release_of_ours() {
    let Some(server) = tokio::task::spawn_blocking(ApiServer::start).await.unwrap() else { return };
    let releases = Releases::new(&server).await;
    let Some(mut helm) = Helm::start(&server.kubeconfig(), releases.chart.path()) else { return };
    let settings = Settings { creates_namespace: true, ..Settings::default() };
    releases.install("site", &settings, &["replicas=2", "extra=true"]).await.unwrap();
    let listed = helm.ask(&json!({"verb": "list"}));
    assert_eq!(listed.pointer("/0/name"), Some(&json!("site")), "{listed}");
    assert_eq!(helm.ask(&json!({"verb": "values", "name": "site"})), json!({"extra": true, "replicas": 2}));
    let all = helm.ask(&json!({"verb": "get", "name": "site"}));
    let hooks = all.pointer("/hooks").and_then(Value::as_array).unwrap();
    assert_eq!(hooks.len(), 2, "{all}");
    helm.ask(&json!({"verb": "upgrade", "name": "site", "values": {"replicas": 4, "extra": false}}));
    assert_eq!(releases.field(DEPLOYMENT, "/spec/replicas").await.unwrap(), 4);
    assert_eq!(releases.field(EXTRA, "/data").await, None);
    assert_eq!(releases.history("site").await, [(1, Status::Superseded), (2, Status::Deployed)]);
    // ours again, then Helm back to our first
    releases.upgrade("site", &settings, &["replicas=6"], Values::LastAndGiven).await.unwrap();
    assert_eq!(releases.field(DEPLOYMENT, "/spec/replicas").await.unwrap(), 6);
    helm.ask(&json!({"verb": "rollback", "name": "site", "version": 1}));
    assert_eq!(releases.field(DEPLOYMENT, "/spec/replicas").await.unwrap(), 2);
    assert_eq!(releases.field(EXTRA, "/data/found").await.unwrap(), "default");
    let history = states(&helm.ask(&json!({"verb": "history", "name": "site"})));
    let superseded = "superseded";
    assert_eq!(history, texts(&[(1, superseded), (2, superseded), (3, superseded), (4, "deployed")]));
    helm.ask(&json!({"verb": "uninstall", "name": "site"}));
    assert_eq!(releases.history("site").await, []);
    assert_eq!(releases.field(DEPLOYMENT, "/spec").await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn we_manage_a_release_of_helm() {
    let Some(server) = tokio::task::spawn_blocking(ApiServer::start).await.unwrap() else { return };
    let first = Releases::new(&server).await;
    let Some(mut helm) = Helm::start(&server.kubeconfig(), first.chart.path()) else { return };
    // the namespace and the kinds
    let settings = Settings { creates_namespace: true, ..Settings::default() };
    first.install("before", &settings, &[]).await.unwrap();
    let releases = Releases::new(&server).await;
    releases.work("before", &settings).uninstall().await.unwrap();
    helm.ask(&json!({"verb": "install", "name": "site", "values": {"replicas": 2}}));
    assert_eq!(releases.history("site").await, [(1, Status::Deployed)]);
    let mut work = releases.work("site", &settings);
    assert_eq!(work.difference(None).await.unwrap(), []);
    releases.upgrade("site", &settings, &["extra=false"], Values::LastAndGiven).await.unwrap();
    assert_eq!(releases.field(DEPLOYMENT, "/spec/replicas").await.unwrap(), 2);
    assert_eq!(releases.field(EXTRA, "/data").await, None);
    helm.ask(&json!({"verb": "upgrade", "name": "site", "values": {"replicas": 5}}));
    assert_eq!(releases.field(DEPLOYMENT, "/spec/replicas").await.unwrap(), 5);
    assert_eq!(releases.field(EXTRA, "/data/found").await.unwrap(), "default");
    work.rollback(Some(1)).await.unwrap();
    assert_eq!(releases.field(DEPLOYMENT, "/spec/replicas").await.unwrap(), 2);
    let history = states(&helm.ask(&json!({"verb": "history", "name": "site"})));
    assert_eq!(history.last().unwrap(), &(4, "deployed".to_owned()));
    work.uninstall().await.unwrap();
    assert_eq!(helm.ask(&json!({"verb": "list"})), json!([]));
    assert_eq!(releases.field(DEPLOYMENT, "/spec").await, None);
}
