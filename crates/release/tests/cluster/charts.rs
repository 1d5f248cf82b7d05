//! A small chart that has a part of everything: a chart below it, hooks, a lookup, a custom kind, an object that stays.

use crate::api_server::ApiServer;
use sealer_chart::{Expression, ExpressionKind, Origin, Sources};
use sealer_model::event::Listener;
use sealer_release::{Cluster, History, Identity, Result, Settings, Source, Status, Stored, Values, Work};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const FILES: [(&str, &str); 9] = [
    (
        "Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: '4.5'\ndependencies:\n- {name: below, version: 0.1.0, condition: below.enabled}\n",
    ),
    ("values.yaml", "replicas: 1\nextra: true\nbelow: {enabled: true}\n"),
    ("charts/below/Chart.yaml", "apiVersion: v2\nname: below\nversion: 0.1.0\n"),
    (
        "charts/below/templates/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: below}\nspec: {ports: [{port: 80, name: http, protocol: TCP}]}\n",
    ),
    (
        "crds/zebra.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: zebras.test.sealer.io}\nspec:\n  \
         group: test.sealer.io\n  scope: Namespaced\n  names: {kind: Zebra, plural: zebras}\n  versions:\n  - name: v1\n    served: true\n    \
         storage: true\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n",
    ),
    (
        "templates/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  replicas: {{ .Values.replicas }}\n  \
         selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: \
         web\n        image: nginx:{{ .Values.replicas }}\n        ports: [{containerPort: 80, protocol: TCP}]\n",
    ),
    (
        "templates/config.yaml",
        "{{- if .Values.extra }}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-extra}\ndata:\n  found: {{ (lookup \
         \"v1\" \"Namespace\" \"\" \"default\").metadata.name | default \"none\" }}\n  zebras: {{ .Capabilities.APIVersions.Has \
         \"test.sealer.io/v1/Zebra\" | quote }}\n  revision: {{ .Release.Revision | quote }}\n{{- end }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \
         {{ .Release.Name }}-kept\n  annotations: {helm.sh/resource-policy: keep}\n",
    ),
    (
        "templates/zebra.yaml",
        "apiVersion: test.sealer.io/v1\nkind: Zebra\nmetadata: {name: stripes}\nspec: {count: {{ .Values.replicas }}}\n",
    ),
    (
        "templates/hooks.yaml",
        "{{- range list \"pre-install,pre-upgrade\" \"post-delete\" }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook-{{ . | \
         splitList \",\" | first }}\n  annotations: {helm.sh/hook: '{{ . }}', helm.sh/hook-weight: '-5'}\n{{- end }}\n",
    ),
];

/// The chart, in a folder.
pub(crate) fn web() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in FILES {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Releases of that chart in one cluster.
pub(crate) struct Releases {
    pub(crate) cluster: Cluster,
    pub(crate) chart: TempDir,
    listener: Listener,
}

impl Releases {
    pub(crate) async fn new(server: &ApiServer) -> Self {
        Self { cluster: server.reach().await, chart: web(), listener: Listener::deaf() }
    }

    pub(crate) fn work<'a>(&'a self, name: &'a str, settings: &'a Settings) -> Work<'a> {
        Work::new(&self.cluster, ("shop", name), settings, &self.listener).unwrap()
    }

    pub(crate) async fn install(&self, name: &str, settings: &Settings, values: &[&str]) -> Result<Stored> {
        self.work(name, settings).install(&source(self.chart.path(), values)).await
    }

    pub(crate) async fn upgrade(
        &self,
        name: &str,
        settings: &Settings,
        values: &[&str],
        from: Values,
    ) -> Result<Stored> {
        self.work(name, settings).upgrade_or_install(&source(self.chart.path(), values), from).await
    }

    /// The revisions with their states.
    pub(crate) async fn history(&self, name: &str) -> Vec<(u32, Status)> {
        let revisions = History::new(&self.cluster, "shop", name).revisions().await.unwrap();
        revisions.iter().map(|revision| (revision.version, revision.info.status)).collect()
    }

    /// A field of an object in the namespace; none where either is not there.
    pub(crate) async fn field(&self, (api_version, kind, name): (&str, &str, &str), path: &str) -> Option<Value> {
        let found = self.cluster.find(&identity(api_version, kind, name)).await.unwrap();
        found.and_then(|found| found.pointer(path).cloned())
    }
}

/// An object of the namespace.
pub(crate) fn identity(api_version: &str, kind: &str, name: &str) -> Identity {
    let (api_version, kind, name) = (api_version.to_owned(), kind.to_owned(), name.to_owned());
    Identity { api_version, kind, namespace: Some("shop".to_owned()), name }
}

/// The chart in that folder with values from options.
pub(crate) fn source(folder: &Path, values: &[&str]) -> Source {
    let typed = |text: &&str| Expression { kind: ExpressionKind::Typed, text: (*text).to_owned() };
    let values = Sources { files: Vec::new(), expressions: values.iter().map(typed).collect() };
    Source { origin: Origin::Path(folder.to_owned()), values, skips_schemas: false }
}
