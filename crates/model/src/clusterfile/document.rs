//! The documents as types, for whoever acts on them. They are read leniently: what does not fit is left out here, because the
//! strict check has said so already.

use super::Document;
use super::registry::{self, RegistrySettings};
use super::shape::{Field, Shape, Support};
use super::view::View;
use crate::cluster::{
    ApplicationSettings, Config, ContainerRuntime, DEFAULT_DATA_ROOT, HostAlias, Plugin, PluginKind, SecretEnvironment,
    SecretPlace, Strategy,
};
use crate::kubeadm::Overrides;
use crate::launch::SITE_VALUES;
use crate::taint::Taint;
use crate::{Reference, Secret, ip_list};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// `kind: Cluster`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterDocument {
    /// `metadata.name`, where the file says one.
    pub name: Option<String>,
    /// The cluster image.
    pub image: Option<Reference>,
    /// Environment; of several values for one key the last counts.
    pub env: Vec<(String, String)>,
    /// Secrets among the environment.
    pub env_from: SecretEnvironment,
    /// Commands instead of applications.
    pub commands: Vec<String>,
    /// Applications instead of the image's own list; empty launches none.
    pub applications: Option<Vec<String>>,
    /// The hosts in the order of the file.
    pub hosts: Vec<HostGroup>,
    /// How hosts are reached.
    pub ssh: Ssh,
    /// Lines for `/etc/hosts`.
    pub host_aliases: Vec<HostAlias>,
    /// The site's registry.
    pub registry: RegistrySettings,
    /// What runs containers, where the file says it; else the image does.
    pub container_runtime: Option<ContainerRuntime>,
    /// The folder on every host.
    pub data_root: String,
}

/// Hosts that have everything but their addresses in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostGroup {
    /// Their addresses, ranges unfolded.
    pub addresses: Vec<IpAddr>,
    /// `master`, `node`, and further words.
    pub roles: Vec<String>,
    /// What differs from the cluster's way to reach hosts.
    pub ssh: Ssh,
    /// Environment on these hosts, over the cluster's.
    pub env: Vec<(String, String)>,
    /// Secrets among it.
    pub env_from: SecretEnvironment,
    /// Labels of the nodes.
    pub labels: BTreeMap<String, String>,
    /// Taints of the nodes.
    pub taints: Vec<Taint>,
}

/// How hosts are reached, as far as the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ssh {
    /// Who to be.
    pub user: Option<String>,
    /// What proves it.
    pub password: Option<SecretSource>,
    /// A private key's file; may begin with `~/`.
    pub key: Option<String>,
    /// What unlocks the key.
    pub key_password: Option<SecretSource>,
    /// The SSH server's port.
    pub port: Option<u16>,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// It stands in the file.
    Written(Secret),
    /// It is somewhere else.
    At(SecretPlace),
}

impl SecretSource {
    /// Where it comes from; none where it stands in the file.
    #[must_use]
    pub fn place(&self) -> Option<&SecretPlace> {
        match self {
            Self::Written(_) => None,
            Self::At(place) => Some(place),
        }
    }
}

/// `kind: Application`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationDocument {
    /// Commands instead of applications.
    pub commands: Vec<String>,
    /// Applications to launch, where the file says so.
    pub applications: Option<Vec<String>>,
    /// Whether applications of whose order nothing is said start at once.
    pub parallel: bool,
    /// What differs for single applications.
    pub settings: BTreeMap<String, ApplicationSettings>,
}

/// `kind: Plugin`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginDocument {
    /// What it is: `SHELL`, `LABEL`, ...
    pub plugin_type: String,
    /// What runs, when and where; for other types the data is what the type wants.
    pub plugin: Plugin,
}

/// What runs at phases; none for types that say something of hosts.
fn kind_of(plugin_type: Option<&str>) -> Option<PluginKind> {
    match plugin_type? {
        "SHELL" => Some(PluginKind::Script),
        "CLUSTERCHECK" => Some(PluginKind::ClusterCheck),
        "ETCD" => Some(PluginKind::EtcdBackup),
        _ => None,
    }
}

impl PluginDocument {
    /// Whether it runs at phases.
    pub(super) fn runs(&self) -> bool {
        kind_of(Some(&self.plugin_type)).is_some()
    }

    /// The lines of a plugin that speaks of hosts, `10.0.0.2-10.0.0.4 ssd=true`: addresses and what is said of them. Lines without
    /// addresses are left out here; the check has said so.
    pub(super) fn host_lines(&self) -> Vec<(Vec<IpAddr>, String)> {
        let line = |line: &str| {
            let (addresses, words) = line.trim().split_once(char::is_whitespace)?;
            Some((ip_list::parse(addresses).ok()?, words.trim().to_owned()))
        };
        self.plugin.data.lines().filter_map(line).collect()
    }
}

fn of_kind<'a>(documents: &'a [Document], kind: &'a str) -> impl Iterator<Item = View<'a>> {
    documents.iter().filter(move |document| document.shape.kind == kind).map(Document::view)
}

pub(super) fn cluster(documents: &[Document]) -> ClusterDocument {
    let Some(document) = of_kind(documents, "Cluster").next() else { return ClusterDocument::default() };
    let name = document.at(&["metadata", "name"]).and_then(|name| name.text());
    let spec = document.get("spec").unwrap_or(document);
    let registry = spec.get("registry");
    let runtime = spec.at(&["containerRuntime", "type"]).and_then(|name| name.text());
    ClusterDocument {
        name,
        image: spec.text_of("image").and_then(|image| image.parse().ok()),
        env: pairs(&spec, "env"),
        env_from: secret_environment(&spec),
        commands: spec.texts_of("cmd"),
        applications: names(&spec, "appNames"),
        hosts: spec.list("hosts").iter().map(host_group).collect(),
        ssh: spec.get("ssh").map(|ssh| read_ssh(&ssh)).unwrap_or_default(),
        host_aliases: spec.list("hostAliases").iter().filter_map(host_alias).collect(),
        registry: registry.map(|registry| registry::settings(&registry)).unwrap_or_default(),
        container_runtime: runtime.and_then(|name| ContainerRuntime::of_name(&name)),
        data_root: spec.word_of("dataRoot").unwrap_or_else(|| DEFAULT_DATA_ROOT.to_owned()),
    }
}

/// A list of names where the field is there; empty names say that there are none.
fn names(view: &View<'_>, field: &str) -> Option<Vec<String>> {
    view.get(field)?;
    Some(view.texts_of(field).into_iter().filter(|name| !name.is_empty()).collect())
}

pub(super) fn pairs(view: &View<'_>, field: &str) -> Vec<(String, String)> {
    let pair = |text: String| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    view.texts_of(field).into_iter().filter_map(pair).collect()
}

fn host_group(view: &View<'_>) -> HostGroup {
    let labels = view.get("labels").map(|labels| labels.fields()).unwrap_or_default();
    HostGroup {
        addresses: view.texts_of("ips").iter().filter_map(|text| ip_list::parse(text).ok()).flatten().collect(),
        roles: view.texts_of("roles"),
        ssh: view.get("ssh").map(|ssh| read_ssh(&ssh)).unwrap_or_default(),
        env: pairs(view, "env"),
        env_from: secret_environment(view),
        labels: labels.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.text()?))).collect(),
        taints: view.texts_of("taints").iter().filter_map(|text| text.parse().ok()).collect(),
    }
}

pub(super) fn read_ssh(view: &View<'_>) -> Ssh {
    Ssh {
        user: view.word_of("user"),
        password: secret(view, "passwd", "passwdFrom"),
        key: view.word_of("pk"),
        key_password: secret(view, "pkPasswd", "pkPasswdFrom"),
        port: view.text_of("port").and_then(|port| port.parse().ok()),
    }
}

pub(super) fn secret(view: &View<'_>, written: &str, from: &str) -> Option<SecretSource> {
    if let Some(text) = view.word_of(written) {
        return Some(SecretSource::Written(Secret::new(text)));
    }
    secret_place(&view.get(from)?).map(SecretSource::At)
}

pub(super) fn secret_place(from: &View<'_>) -> Option<SecretPlace> {
    let variable = from.word_of("env").map(SecretPlace::Variable);
    let file = || from.word_of("file").map(SecretPlace::File);
    let age = || Some(SecretPlace::Age { file: from.word_of("age")?, key: from.word_of("key") });
    variable.or_else(file).or_else(age).or_else(|| from.boolean_of("prompt")?.then_some(SecretPlace::Prompt))
}

/// What `envFrom` of a cluster, a host or an application says.
fn secret_environment(view: &View<'_>) -> SecretEnvironment {
    view.list("envFrom").iter().filter_map(|item| Some((item.word_of("name")?, secret_place(item)?))).collect()
}

fn host_alias(view: &View<'_>) -> Option<HostAlias> {
    Some(HostAlias { ip: view.text_of("ip")?.parse().ok()?, hostnames: view.texts_of("hostnames") })
}

pub(super) fn application(documents: &[Document]) -> Option<ApplicationDocument> {
    let document = of_kind(documents, "Application").next()?;
    let spec = document.get("spec")?;
    let settings = |config: &View<'_>| {
        let commands = config.get("launch").map(|launch| launch.texts_of("cmds")).unwrap_or_default();
        let said = ApplicationSettings {
            env: pairs(config, "env").into_iter().collect(),
            env_from: secret_environment(config),
            commands,
            after: names(config, "after"),
            namespace: config.word_of("namespace"),
            values_files: config.texts_of("valuesFiles"),
            wait: config.boolean_of("wait"),
            atomic: config.boolean_of("atomic") == Some(true),
            force_conflicts: config.boolean_of("forceConflicts") == Some(true),
            minutes: config.text_of("minutes").and_then(|minutes| minutes.parse().ok()),
        };
        Some((config.word_of("name")?, said))
    };
    Some(ApplicationDocument {
        commands: spec.texts_of("cmds"),
        applications: names(&spec, "launchApps"),
        parallel: spec.boolean_of("parallel") == Some(true),
        settings: spec.list("configs").iter().filter_map(settings).collect(),
    })
}

pub(super) fn configs(documents: &[Document]) -> Vec<Config> {
    let config = |document: View<'_>| {
        let spec = document.get("spec")?;
        Some(Config {
            name: document_name(&document),
            path: spec.text_of("path").unwrap_or_default(),
            application: spec.word_of("appName"),
            strategy: strategy(&spec),
            process: parts(&spec, "process"),
            data: spec.text_of("data").unwrap_or_default(),
        })
    };
    let files = of_kind(documents, "Application").flat_map(|document| application_files(&document));
    of_kind(documents, "Config").filter_map(config).chain(files).collect()
}

/// Files of applications are configs that the application names by itself.
fn application_files(document: &View<'_>) -> Vec<Config> {
    let configs = document.get("spec").map(|spec| spec.list("configs")).unwrap_or_default();
    let of_application = |config: View<'_>| {
        let application = config.word_of("name");
        let name = format!("application {}", application.clone().unwrap_or_default());
        let file = |file: View<'_>| Config {
            name: name.clone(),
            path: file.text_of("path").unwrap_or_default(),
            application: application.clone(),
            strategy: strategy(&file),
            process: Vec::new(),
            data: file.text_of("data").unwrap_or_default(),
        };
        let values = config.get("values").map(|values| Config {
            name: name.clone(),
            path: SITE_VALUES.to_owned(),
            application: application.clone(),
            // JSON is YAML, too
            data: values.node.to_json().to_string(),
            ..Config::default()
        });
        config.list("files").into_iter().map(file).chain(values).collect::<Vec<_>>()
    };
    configs.into_iter().flat_map(of_application).collect()
}

fn strategy(view: &View<'_>) -> Strategy {
    match view.text_of("strategy").as_deref() {
        Some("merge") => Strategy::Merge,
        Some("render") => Strategy::Render,
        _ => Strategy::Overwrite,
    }
}

pub(super) fn plugins(documents: &[Document]) -> Vec<PluginDocument> {
    let plugin = |document: View<'_>| {
        let spec = document.get("spec")?;
        let plugin = Plugin {
            name: document_name(&document),
            phases: parts(&spec, "action"),
            scope: parts(&spec, "scope"),
            kind: kind_of(spec.text_of("type").as_deref()).unwrap_or_default(),
            data: spec.text_of("data").unwrap_or_default(),
            from_image: false,
        };
        Some(PluginDocument { plugin_type: spec.text_of("type").unwrap_or_default(), plugin })
    };
    of_kind(documents, "Plugin").filter_map(plugin).collect()
}

fn document_name(document: &View<'_>) -> String {
    document.at(&["metadata", "name"]).and_then(|name| name.text()).unwrap_or_default()
}

/// What stands between `|`.
pub(super) fn parts(view: &View<'_>, field: &str) -> Vec<String> {
    let text = view.text_of(field).unwrap_or_default();
    text.split('|').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

pub(super) fn overrides(documents: &[Document]) -> Overrides {
    let fields = |kind: &'static str| {
        let shape = documents.iter().find(|document| document.shape.kind == kind);
        shape.map(|document| honoured(&document.view(), document.shape.fields)).unwrap_or_default()
    };
    Overrides {
        cluster: fields("ClusterConfiguration"),
        init: fields("InitConfiguration"),
        join: fields("JoinConfiguration"),
        kubelet: fields("KubeletConfiguration"),
        proxy: fields("KubeProxyConfiguration"),
    }
}

/// The fields that count, as JSON: neither what sealer computes nor what it refuses, so that no token gets into the state.
fn honoured(view: &View<'_>, fields: &[Field]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, view) in view.fields() {
        let field = fields.iter().find(|field| field.name == name);
        let counts = field.is_none_or(|field| field.support == Support::Honoured);
        if counts && !["apiVersion", "kind"].contains(&name) {
            map.insert(name.to_owned(), value(&view, field));
        }
    }
    map
}

fn value(view: &View<'_>, field: Option<&Field>) -> Value {
    match field.map(|field| field.shape) {
        Some(Shape::Object(fields) | Shape::Open(fields)) if !view.fields().is_empty() => honoured(view, fields).into(),
        Some(Shape::Text | Shape::Formatted(_)) => view.text().map_or(Value::Null, Value::String),
        _ => view.node.to_json(),
    }
}
