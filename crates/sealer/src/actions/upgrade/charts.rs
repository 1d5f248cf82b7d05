//! The charts that an upgrade launches, as the objects that they become: rendered for the image's Kubernetes with the values that they are
//! launched with, without asking the cluster. A chart may well have old versions in it for old clusters; what counts is what it chooses.

use super::super::Context;
use super::super::blocking::blocking;
use super::super::desired::{Desired, files_below};
use super::super::on_cluster::files::Folder;
use crate::failure::Failure;
use sealer_chart::{Origin, Release, Request, Sources, manifests, template};
use sealer_cluster::redact::Redactor;
use sealer_model::bundle::{RootfsFile, RootfsFiles};
use sealer_model::causes::chain;
use sealer_model::cluster::{Cluster, Secrets};
use sealer_model::image::Extension;
use sealer_model::kubeadm::KubernetesVersion;
use sealer_model::launch::{self, LaunchCommand, Launched};
use sealer_model::removed_api::{replacements, unserved};
use std::collections::BTreeMap;
use std::path::Path;

/// Puts what charts become in the place of their files among manifests. What cannot be rendered is told and left as it is.
pub(super) async fn render(desired: &Desired, secrets: &Secrets, manifests: &mut RootfsFiles, context: &Context) {
    let known = secrets.known().map(|secret| secret.reveal().to_owned());
    let redactor = Redactor::new(known);
    let tell = |whose: &str, why: &str| {
        let why = redactor.without_known(why);
        context.listener.warn(format!("{whose} cannot be looked at for removed APIs without the cluster: {why}"));
    };
    match all(desired, secrets, context).await {
        Ok(rendered) => rendered.into_iter().for_each(|(chart, objects)| match objects {
            Ok(objects) => chart.replace(manifests, objects),
            Err(why) => tell(&format!("the chart of application {}", chart.application), &why),
        }),
        Err(failure) => tell(&format!("the charts of {}", desired.cluster.image), &failure.causes.join(": ")),
    }
}

/// What each chart becomes, or why it does not.
type Rendered = Vec<(Chart, Result<RootfsFiles, String>)>;

async fn all(desired: &Desired, secrets: &Secrets, context: &Context) -> Result<Rendered, Failure> {
    let (cluster, extension) = (&desired.cluster, &desired.bundle.extension);
    let version = desired.bundle.kubernetes_version().map_err(Failure::of)?;
    let charts = launched(cluster, extension, secrets)?;
    if charts.is_empty() {
        return Ok(Vec::new());
    }
    let folders = charts.iter().map(|chart| format!("{}/", chart.folder)).collect();
    let originals = files_below(folders, cluster, context).await?;
    let root = context.settings.root.clone();
    let folder = Folder::write(root, (cluster, secrets), extension, originals, BTreeMap::new()).await?;
    rendered(charts, folder, version).await
}

async fn rendered(charts: Vec<Chart>, folder: Folder, version: KubernetesVersion) -> Result<Rendered, Failure> {
    let render = move || {
        let all = charts.into_iter().map(|chart| {
            let objects = chart.render(&folder.rootfs(), version);
            (chart, objects)
        });
        Ok(all.collect())
    };
    blocking(render).await
}

fn launched(cluster: &Cluster, extension: &Extension, secrets: &Secrets) -> Result<Vec<Chart>, Failure> {
    let plugins = launch::plugins(cluster, extension, secrets).map_err(Failure::of)?;
    let applications = launch::applications(cluster, extension, secrets).map_err(Failure::of)?;
    Ok(plugins.iter().chain(&applications).flat_map(charts).collect())
}

fn charts(launched: &Launched) -> impl Iterator<Item = Chart> {
    launched.commands.iter().filter_map(|command| match command {
        LaunchCommand::Release(arguments) => Chart::of(arguments),
        LaunchCommand::Shell(_) => None,
    })
}

/// A chart that becomes a release.
#[derive(Debug, PartialEq, Eq)]
struct Chart {
    application: String,
    /// Below the rootfs.
    folder: String,
    namespace: String,
    /// Files below the rootfs; a later one wins.
    values: Vec<String>,
}

impl Chart {
    /// The chart that `sealer app upgrade` is told; other commands have none.
    fn of(arguments: &[String]) -> Option<Self> {
        let [app, verb, application, folder, options @ ..] = arguments else { return None };
        if app != "app" || verb != "upgrade" {
            return None;
        }
        let given = |option: &'static str| {
            let pairs = options.windows(2).filter(move |pair| pair.first().is_some_and(|first| first == option));
            pairs.filter_map(|pair| pair.last().cloned())
        };
        let namespace = given("--namespace").next_back().unwrap_or_else(|| "default".to_owned());
        let values = given("--values").collect();
        Some(Self { application: application.clone(), folder: folder.clone(), namespace, values })
    }

    /// What it becomes, by the paths of its templates: as an upgrade, and where it cannot be one without the cluster, such as by a password
    /// that it looks up, as an installation.
    fn render(&self, rootfs: &Path, version: KubernetesVersion) -> Result<RootfsFiles, String> {
        let request = self.request(rootfs, version)?;
        let installs = Request { release: Release { is_upgrade: false, ..request.release.clone() }, ..request.clone() };
        let rendered = template(&request).or_else(|_| template(&installs)).map_err(|error| chain(&error))?;
        let sorted = manifests::sort(&rendered.files).map_err(|error| chain(&error))?;
        let hooks = sorted.hooks.iter().filter(|it| !it.hook.as_ref().is_some_and(manifests::Hook::is_test));
        let documents = sorted.resources.iter().chain(hooks).map(|it| (&it.path, &it.text));
        let mut objects = RootfsFiles::new();
        for (path, text) in documents.chain(rendered.crds.iter().map(|(path, text)| (path, text))) {
            let file = objects.entry(self.place(path)).or_insert(RootfsFile { bytes: Vec::new(), mode: 0o600 });
            file.bytes.extend_from_slice(format!("---\n{text}\n").as_bytes());
        }
        Ok(objects)
    }

    fn request(&self, rootfs: &Path, version: KubernetesVersion) -> Result<Request, String> {
        let release = Release { is_upgrade: true, ..Release::new(&self.application, &self.namespace) };
        let read = |path: &String| {
            let text = std::fs::read_to_string(rootfs.join(path)).map_err(|error| format!("{path}: {error}"))?;
            Ok((path.clone(), text))
        };
        let files = self.values.iter().map(read).collect::<Result<_, String>>()?;
        Ok(Request {
            values: Sources { files, ..Sources::default() },
            kube_version: Some(version.to_string()),
            api_versions: replacements(version.minor).into_iter().collect(),
            absent_api_versions: unserved(version.minor).into_iter().map(str::to_owned).collect(),
            throwaway: true,
            ..Request::new(Origin::Path(rootfs.join(&self.folder)), release)
        })
    }

    /// A path that begins with the chart's name, as the place of the file.
    fn place(&self, path: &str) -> String {
        let below = path.split_once('/').map_or(path, |(_, below)| below);
        format!("{}/{below}", self.folder)
    }

    /// Its files are no objects by themselves: values, examples, files that templates read.
    fn replace(&self, manifests: &mut RootfsFiles, objects: RootfsFiles) {
        let folder = format!("{}/", self.folder);
        manifests.retain(|path, _| !path.starts_with(&folder));
        manifests.extend(objects);
    }
}

#[cfg(test)]
mod tests;
