//! From a chart and values to what a revision holds: rendered for the cluster that it goes to, with the cluster's own kinds and version,
//! and with `lookup` finding what is there. Charts cannot leave their thread, so all of it happens on one.

mod lookup;

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::object::to_json;
use crate::stored::{self, StoredHook};
use sealer_chart::manifests::{self, Manifest, Manifests};
use sealer_chart::{Capabilities, Chart, Lookup, Options, Origin, Release, Sources, load, load_archive, render};
use sealer_template::{Value as TemplateValue, on_large_stack};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::rc::Rc;
use tokio::runtime::Handle;

/// A chart and the values it is given.
#[derive(Clone, Debug)]
pub struct Source {
    /// The chart.
    pub origin: Origin,
    /// The user's values.
    pub values: Sources,
    /// Whether values are taken that do not fit the chart's schemas.
    pub skips_schemas: bool,
}

impl Source {
    /// Where the chart comes from, for people.
    pub(crate) fn title(&self) -> String {
        match &self.origin {
            Origin::Path(path) => path.display().to_string(),
            Origin::Archive(_) => "from the registry".to_owned(),
        }
    }
}

/// What a revision holds, before it goes anywhere.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The chart in Helm's stored shape.
    pub(crate) chart: Value,
    /// The user's values.
    pub(crate) config: Map<String, Value>,
    /// Every object but the hooks, in the order of installation.
    pub(crate) manifest: String,
    pub(crate) hooks: Vec<StoredHook>,
    pub(crate) notes: String,
    pub(crate) warnings: Vec<String>,
}

/// The custom resource definitions that a chart brings outside of its templates: path and text.
pub(crate) async fn definitions(source: &Source) -> Result<Vec<(String, String)>> {
    let (origin, title) = (source.origin.clone(), source.title());
    let work = move || {
        let crds = chart_at(&origin).map(|chart| chart.crds());
        crds.map(|crds| crds.into_iter().map(|(path, file)| (path, file.text().into_owned())).collect())
    };
    tokio::task::spawn_blocking(work).await?.map_err(|source| Error::Chart { chart: title, source: Box::new(source) })
}

/// Renders a chart for a cluster.
pub(crate) async fn prepare(cluster: &Cluster, source: &Source, release: Release) -> Result<Prepared> {
    let (cluster, source, title, runtime) = (cluster.clone(), source.clone(), source.title(), Handle::current());
    let work = move || {
        on_large_stack(|| carry_out(&cluster, &source, release, &runtime)).map_err(sealer_chart::Error::Thread)?
    };
    tokio::task::spawn_blocking(work).await?.map_err(|source| Error::Chart { chart: title, source: Box::new(source) })
}

fn chart_at(origin: &Origin) -> sealer_chart::Result<Chart> {
    let chart = match origin {
        Origin::Path(path) => load(path)?,
        Origin::Archive(bytes) => load_archive(bytes)?,
    };
    if chart.metadata.is_library() {
        return Err(sealer_chart::Error::Library(chart.name().to_owned()));
    }
    Ok(chart)
}

fn carry_out(cluster: &Cluster, source: &Source, release: Release, runtime: &Handle) -> sealer_chart::Result<Prepared> {
    let chart = chart_at(&source.origin)?;
    let read = |path: &str| std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let values = source.values.merge(&read)?;
    let capabilities = Capabilities::default().with_kube_version(&cluster.version)?;
    let finder = lookup::finder(cluster.clone(), runtime.clone());
    let options = Options {
        capabilities: capabilities.with_only_api_versions(cluster.kinds.api_versions()),
        skips_schemas: source.skips_schemas,
        lookup: Some(Lookup(Rc::new(finder))),
        ..Options::new(release)
    };
    let rendered = render(chart.clone(), &values, &options)?;
    let sorted = manifests::sort(&rendered.files)?;
    let odd = |problem| sealer_chart::Error::Values { origin: "the values have no form in JSON".to_owned(), problem };
    let config = match to_json(&TemplateValue::Map(values)).map_err(odd)? {
        Value::Object(config) => config,
        _ => Map::new(),
    };
    let own = rendered.charts.first().and_then(|chart| serde_json::from_str(&chart.values).ok()).unwrap_or_default();
    let notes = rendered.files.get(&format!("{}/templates/NOTES.txt", rendered.chart)).cloned().unwrap_or_default();
    Ok(Prepared {
        chart: stored::chart(&chart, own),
        config,
        manifest: text(&sorted),
        hooks: sorted.hooks.iter().map(hook).collect(),
        notes,
        warnings: rendered.warnings,
    })
}

/// As Helm writes it into a release.
fn text(manifests: &Manifests) -> String {
    manifests.resources.iter().fold(String::new(), |mut text, Manifest { path, text: document, .. }| {
        // writing to a text cannot fail
        let _ = write!(text, "---\n# Source: {path}\n{document}\n");
        text
    })
}

fn hook(manifest: &Manifest) -> StoredHook {
    let hook =
        manifest.hook.clone().unwrap_or(manifests::Hook { events: Vec::new(), weight: 0, delete_policies: Vec::new() });
    let name = crate::object::documents(&manifest.text).ok();
    let name = name.and_then(|all| Some(all.first()?.pointer("/metadata/name")?.as_str()?.to_owned()));
    StoredHook {
        name: name.unwrap_or_default(),
        kind: manifest.kind.clone(),
        path: manifest.path.clone(),
        manifest: manifest.text.clone(),
        events: hook.events,
        weight: hook.weight,
        delete_policies: hook.delete_policies,
        ..StoredHook::default()
    }
}
