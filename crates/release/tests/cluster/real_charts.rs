//! Real charts, installed as far as a cluster without nodes can take them: every object is accepted by the API server, and the release
//! says the same as Helm's own rendering of the chart. What Helm creates of a chart and what we create of it are compared as they lie in the
//! cluster.

use crate::api_server::ApiServer;
use crate::helm::Helm;
use crate::unpacked;
use sealer_chart::{Origin, Sources};
use sealer_model::event::Listener;
use sealer_release::{Cluster, Difference, Error, History, Identity, Settings, Source, Status, Stored, Values, Work};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Charts that are taken each time.
const KNOWN: [&str; 4] = ["bitnami_nginx", "bitnami_postgresql", "bitnami_harbor", "charts_promtail"];

/// Whoever asks for a test that is left out otherwise wants to know that it compared something. Only the charts may be away: they are no part of
/// the project, and that they are is said.
const ASKED_FOR: &str = "nothing was tried: what is missing is said above";

const REFUSED_BY_HELM: &str = "Helm refuses what we take: ";

/// The corpus beside the repository, unpacked; none, and a word about it, where it is not at hand.
fn corpus() -> Option<tempfile::TempDir> {
    let folder = unpacked::corpus()?;
    speak_old(&folder.path().join("charts"));
    Some(folder)
}

/// The cluster at hand is of version 1.20, which calls the newest API of disruption budgets v1beta1; nearly every chart has one.
fn speak_old(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            speak_old(&path);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let old = text
                .replace("\"policy/v1\"", "\"policy/v1beta1\"")
                .replace("apiVersion: policy/v1\n", "apiVersion: policy/v1beta1\n");
            std::fs::write(&path, old).unwrap();
        }
    }
}

/// Whether the cluster is only too old for a chart.
fn is_too_new(error: &Error) -> bool {
    match error {
        Error::UnknownKind { .. } => true,
        Error::Chart { source, .. } => matches!(**source, sealer_chart::Error::IncompatibleKubeVersion { .. }),
        // that version refuses definitions with an empty text for a default, whoever brings them
        other => chain(other).contains("default: Invalid value: \"null\""),
    }
}

/// Whether Helm cannot bring a chart into a cluster of that age, and we can: servers before 1.21 do not fill in the protocol of ports that
/// are applied, and Helm checks fields against what the server knows. Definitions stay when a release goes, and of those that such a server
/// has stripped of what it does not know Helm says that they are somebody else's.
fn is_too_new_for_helm(text: &str) -> bool {
    let reasons = ["omits key field \\\"protocol\\\"", "): unknown field \\\"", "failed to install CRD"];
    text.starts_with(REFUSED_BY_HELM) && reasons.iter().any(|reason| text.contains(reason))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_real_charts_are_taken_by_a_real_cluster() {
    if let Some(taken) = take(|name| KNOWN.iter().any(|known| name.ends_with(known))).await {
        assert_eq!(taken, KNOWN.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn real_charts_are_taken_by_a_real_cluster() {
    if unpacked::corpus().is_none() {
        return;
    }
    let taken = take(|_| true).await.expect(ASKED_FOR);
    assert!(taken >= 40, "only {taken} charts were taken");
}

/// Charts that run no hooks on the way, and that Helm can bring into a cluster of that age.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn what_we_create_of_real_charts_is_what_helm_creates() {
    let Some(corpus) = corpus() else { return };
    let server = tokio::task::spawn_blocking(ApiServer::start).await.unwrap().expect(ASKED_FOR);
    let (mut same, mut wrong) = (Vec::new(), BTreeMap::new());
    let (mut incomparable, mut too_new) = (Vec::new(), Vec::new());
    for chart in charts(&corpus.path().join("charts")) {
        let name = chart.file_name().unwrap().to_string_lossy().into_owned();
        // a running Helm does not see kinds that come later
        let mut helm = Helm::start(&server.kubeconfig(), corpus.path()).expect(ASKED_FOR);
        match beside_helm(&server.reach().await, &mut helm, &chart).await {
            Ok(Some(differences)) if differences.is_empty() => same.push(name),
            Ok(Some(refused)) if refused.iter().all(|text| is_too_new_for_helm(text)) => {
                too_new.push(beginning(&format!("{name}: {}", refused.concat())));
            }
            Ok(Some(differences)) => drop(wrong.insert(name, differences)),
            Ok(None) => incomparable.push(name),
            Err(error) if is_too_new(&error) => too_new.push(beginning(&format!("{name}: {}", chain(&error)))),
            Err(error) => drop(wrong.insert(name, vec![chain(&error)])),
        }
    }
    eprintln!("{} charts become the same objects: {same:?}", same.len());
    eprintln!("{} have hooks on the way: {incomparable:?}", incomparable.len());
    eprintln!("{} are too new for the cluster: {too_new:#?}", too_new.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(same.len() >= 20, "only {} charts could be compared", same.len());
}

/// Which objects differ; none where the chart cannot be compared. Nothing stays that would be in the next chart's way.
async fn beside_helm(cluster: &Cluster, helm: &mut Helm, chart: &Path) -> Result<Option<Vec<String>>, Error> {
    let settings = Settings { creates_namespace: true, skips_hooks: true, ..Settings::default() };
    let listener = Listener::deaf();
    let mut work = Work::new(cluster, ("shop", "rel"), &settings, &listener)?;
    let compared = compared(cluster, &mut work, helm, chart).await;
    if compared.is_err() && !History::new(cluster, "shop", "rel").revisions().await?.is_empty() {
        work.uninstall().await?;
    }
    compared
}

async fn compared(
    cluster: &Cluster,
    work: &mut Work<'_>,
    helm: &mut Helm,
    chart: &Path,
) -> Result<Option<Vec<String>>, Error> {
    let source = Source { origin: Origin::Path(chart.to_owned()), values: Sources::default(), skips_schemas: false };
    let ours = work.install(&source).await?;
    let created = live_objects(cluster, &ours).await?;
    work.uninstall().await?;
    let on_the_way = |event: &String| event.ends_with("-install");
    if ours.hooks.iter().any(|hook| hook.events.iter().any(on_the_way)) {
        return Ok(None);
    }
    let first = match by_helm(cluster, helm, chart, &ours).await? {
        Ok(objects) => objects,
        Err(refused) => return Ok(Some(vec![format!("{REFUSED_BY_HELM}{refused}")])),
    };
    let second = by_helm(cluster, helm, chart, &ours).await?.unwrap();
    let differ = created.iter().flat_map(|(name, object)| {
        let of = |objects: &BTreeMap<String, Value>| objects.get(name).cloned().unwrap_or_default();
        differences(name, object, &of(&first), &of(&second))
    });
    Ok(Some(differ.collect()))
}

/// What Helm makes of a chart, and removes again: of each object that we make of it, its own, or how it refuses the chart.
async fn by_helm(
    cluster: &Cluster,
    helm: &mut Helm,
    chart: &Path,
    ours: &Stored,
) -> Result<Result<BTreeMap<String, Value>, String>, Error> {
    let installed = helm.try_to_ask(&json!({"verb": "install", "name": "rel", "values": {}, "chart": chart}));
    let objects = live_objects(cluster, ours).await?;
    let removed = helm.try_to_ask(&json!({"verb": "uninstall", "name": "rel"}));
    Ok(installed.and(removed).map(|_| objects))
}

/// The places in which our value is not Helm's, but for those in which Helm writes another text each time: a key, a password, their checksums.
fn differences(place: &str, ours: &Value, first: &Value, second: &Value) -> Vec<String> {
    match (ours, first, second) {
        (Value::Object(ours), Value::Object(first), Value::Object(second)) => {
            let names: BTreeSet<&String> = ours.keys().chain(first.keys()).chain(second.keys()).collect();
            let of = |object: &serde_json::Map<String, Value>, name| object.get(name).cloned().unwrap_or_default();
            let below = names.into_iter().flat_map(|name| {
                differences(&format!("{place}/{name}"), &of(ours, name), &of(first, name), &of(second, name))
            });
            below.collect()
        }
        (Value::Array(ours), Value::Array(first), Value::Array(second))
            if ours.len() == first.len() && first.len() == second.len() =>
        {
            let triples = ours.iter().zip(first.iter().zip(second)).enumerate();
            triples
                .flat_map(|(at, (ours, (first, second)))| differences(&format!("{place}/{at}"), ours, first, second))
                .collect()
        }
        (Value::String(_), Value::String(first), Value::String(second)) if first != second => Vec::new(),
        _ if ours == first && first == second => Vec::new(),
        _ => vec![format!("{place}: {ours} by Helm: {first}")],
    }
}

#[test]
fn only_what_helm_writes_anew_each_time_may_differ() {
    let object = |password: &str, port: u16| json!({"data": {"password": password, "user": "ann"}, "ports": [port]});
    let told = |ours: &Value, second: &str| differences("it", ours, &object("b", 80), &object(second, 80));
    assert_eq!(told(&object("a", 80), "c"), [""; 0]);
    assert_eq!(told(&object("a", 80), "b"), ["it/data/password: \"a\" by Helm: \"b\""]);
    assert_eq!(told(&object("a", 81), "c"), ["it/ports/0: 81 by Helm: 80"]);
    assert_eq!(told(&json!({"data": {"user": "ann"}, "ports": [80]}), "c"), ["it/data/password: null by Helm: \"b\""]);
}

/// The objects of a revision as they lie in the cluster, without what is another each time that an object is created.
async fn live_objects(cluster: &Cluster, revision: &Stored) -> Result<BTreeMap<String, Value>, Error> {
    let mut found = BTreeMap::new();
    for document in sealer_template::yaml::read_all(&revision.manifest).unwrap() {
        let object: Value = serde_json::from_str(&sealer_template::json::write(&document).unwrap()).unwrap();
        let word = |path: &str| object.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let (Some(api_version), Some(kind), Some(name)) = (word("/apiVersion"), word("/kind"), word("/metadata/name"))
        else {
            continue;
        };
        let namespace = Some(word("/metadata/namespace").unwrap_or_else(|| "shop".to_owned()));
        let identity = Identity { api_version, kind, namespace, name };
        let live = cluster.find(&identity).await?.map(stable).unwrap_or_default();
        found.insert(identity.to_string(), live);
    }
    Ok(found)
}

fn stable(mut object: Value) -> Value {
    let metadata = object["metadata"].as_object_mut().unwrap();
    for name in ["uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink"] {
        metadata.remove(name);
    }
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        for name in ["clusterIP", "clusterIPs", "healthCheckNodePort"] {
            spec.remove(name);
        }
        for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            port.as_object_mut().map(|port| port.remove("nodePort"));
        }
    }
    object.as_object_mut().unwrap().remove("status");
    object
}

/// How many of those charts the cluster takes; none where there is no cluster or no chart.
async fn take(wanted: fn(&str) -> bool) -> Option<usize> {
    let corpus = corpus()?;
    let server = tokio::task::spawn_blocking(ApiServer::start).await.unwrap()?;
    let (mut taken, mut too_new, mut wrong) = (0, Vec::new(), BTreeMap::new());
    for chart in charts(&corpus.path().join("charts")) {
        let name = chart.file_name().unwrap().to_string_lossy().into_owned();
        if !wanted(&name) {
            continue;
        }
        let cluster = server.reach().await;
        match live(&cluster, &chart).await {
            Ok(drift) if drift.is_empty() => taken += 1,
            Ok(drift) => drop(wrong.insert(name, format!("what was just installed differs: {drift:?}"))),
            Err(error) if is_too_new(&error) => too_new.push(beginning(&format!("{name}: {}", chain(&error)))),
            Err(error) => drop(wrong.insert(name, chain(&error))),
        }
    }
    eprintln!("{taken} charts taken; {} too new for the cluster: {too_new:#?}", too_new.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    Some(taken)
}

fn charts(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Helm refuses definitions that another chart's crds/ has left, so the chart that has them as its objects comes first
    all.sort_by_key(|path| (!path.to_string_lossy().ends_with("operator-crds"), path.clone()));
    all
}

/// A chart's whole life: installed, upgraded to the same, compared, rolled back, removed. Hooks are left out: nothing would run them.
async fn live(cluster: &Cluster, chart: &Path) -> Result<Vec<Difference>, Error> {
    let name = chart.file_name().unwrap().to_string_lossy().rsplit('_').next().unwrap().to_owned();
    let settings = Settings { creates_namespace: true, skips_hooks: true, ..Settings::default() };
    let listener = Listener::deaf();
    let source = Source { origin: Origin::Path(chart.to_owned()), values: Sources::default(), skips_schemas: false };
    let mut work = Work::new(cluster, (&name, "rel"), &settings, &listener)?;
    let installed = work.install(&source).await?;
    assert_eq!(installed.info.status, Status::Deployed, "{name}");
    let drift = work.difference(None).await?;
    match work.upgrade(&source, Values::Given).await {
        // some charts take no upgrade without the passwords that they made, and say so
        Err(error) if chain(&error).contains("PASSWORDS ERROR") => {}
        upgraded => {
            assert_eq!(upgraded?.version, 2, "{name}");
            assert_eq!(work.rollback(None).await?.manifest, installed.manifest, "{name}");
        }
    }
    work.uninstall().await?;
    assert_eq!(History::new(cluster, &name, "rel").revisions().await?, [], "{name}");
    Ok(drift)
}

/// The beginning of a long text: a server names each of a hundred fields.
fn beginning(text: &str) -> String {
    text.chars().take(400).collect()
}

fn chain(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {}", chain(cause))).unwrap_or_default();
    format!("{error}{cause}")
}
