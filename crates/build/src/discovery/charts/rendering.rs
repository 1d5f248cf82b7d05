//! A release to the texts that Helm would send: the chart put together in a temporary folder, with the values that its command
//! names, for the version of Kubernetes that the image brings.

use super::release::{Release, Setting};
use crate::discovery::document::LONGEST;
use crate::discovery::tree::{Tree, resolved};
use sealer_chart::{Expression, ExpressionKind, Origin, Rendered, Request, Sources, template};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Bytes of the largest chart.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The cluster that a release comes to.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    /// The version of Kubernetes.
    pub(super) kubernetes: Option<&'a str>,
    /// APIs beside those of Kubernetes.
    pub(super) apis: &'a [String],
    /// Whether the release is there already.
    pub(super) is_upgrade: bool,
}

/// Renders a release, or says in one text why that cannot be done.
pub(super) fn render(tree: Tree<'_>, release: &Release, site: Site<'_>) -> Result<Rendered, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let origin = match tree.file(&release.chart) {
        Some((archive, _)) => Origin::Path(archive.to_owned()),
        None => unpacked(tree, &release.chart, &folder)?,
    };
    let mut installed = sealer_chart::Release::new(&release.name, &release.namespace);
    installed.is_upgrade = site.is_upgrade;
    let mut request = Request::new(origin, installed);
    request.values = values(tree, release)?;
    request.kube_version = release.kube_version.clone().or_else(|| site.kubernetes.map(str::to_owned));
    request.api_versions = [&release.api_versions[..], site.apis].concat();
    request.throwaway = true;
    template(&request).map_err(|error| chain(&error))
}

/// The chart of a folder, whose files may lie anywhere, in one place.
fn unpacked(tree: Tree<'_>, chart: &str, folder: &TempDir) -> Result<Origin, String> {
    let size: u64 =
        tree.below(chart).filter_map(|path| tree.file(&format!("{chart}/{path}"))).map(|(_, size)| size).sum();
    if size > LARGEST {
        return Err(format!("it has {size} bytes, too many for a chart"));
    }
    for path in tree.below(chart) {
        if let Some((source, _)) = tree.file(&format!("{chart}/{path}")) {
            copy(source, &folder.path().join(path)).map_err(|error| format!("{path}: {error}"))?;
        }
    }
    Ok(Origin::Path(folder.path().to_owned()))
}

fn copy(source: &Path, target: &Path) -> std::io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(source, target).map(drop)
}

/// What the command sets on top of the chart's own values.
fn values(tree: Tree<'_>, release: &Release) -> Result<Sources, String> {
    let mut sources = Sources::default();
    for setting in &release.settings {
        match setting {
            Setting::Values(path) => {
                let text = tree.text(path, "a values file", LONGEST).map_err(|error| error.to_string())?;
                let text = text.ok_or_else(|| format!("the values file {path} is not in the rootfs"))?;
                sources.files.push((path.clone(), text));
            }
            Setting::Set(option, text) => {
                let kind = kind(option).ok_or_else(|| format!("--{option} is not known"))?;
                let text = if kind == ExpressionKind::File { files(tree, release, text)? } else { text.clone() };
                sources.expressions.push(Expression { kind, text });
            }
        }
    }
    Ok(sources)
}

fn kind(option: &str) -> Option<ExpressionKind> {
    Some(match option {
        "set" => ExpressionKind::Typed,
        "set-string" => ExpressionKind::Text,
        "set-json" => ExpressionKind::Json,
        "set-file" => ExpressionKind::File,
        "set-literal" => ExpressionKind::Literal,
        _ => return None,
    })
}

/// `key=path,...` with the paths where the bytes are now.
fn files(tree: Tree<'_>, release: &Release, text: &str) -> Result<String, String> {
    let place = |pair: &str| {
        let (key, path) = pair.split_once('=').ok_or_else(|| format!("--set-file {pair} has no file"))?;
        let file = resolved(&release.folder, path).and_then(|path| tree.file(&path));
        let (source, _) = file.ok_or_else(|| format!("the file {path} of --set-file is not in the rootfs"))?;
        Ok(format!("{key}={}", source.display()))
    };
    text.split(',').map(place).collect::<Result<Vec<String>, String>>().map(|pairs| pairs.join(","))
}

/// An error and its causes in one text.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
