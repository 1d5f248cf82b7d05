//! One call from a chart's place to its rendered files, on a thread with the stack that nested templates need.

use std::path::PathBuf;

use sealer_template::on_large_stack;

use crate::capabilities::Capabilities;
use crate::error::{Error, Result};
use crate::load::{load, load_archive};
use crate::release::Release;
use crate::render::{Options, render};
use crate::rendered::Rendered;
use crate::values::Sources;

/// Where a chart comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A folder or an archive.
    Path(PathBuf),
    /// The bytes of an archive, from a registry.
    Archive(Vec<u8>),
}

/// What is to be rendered, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// The chart.
    pub origin: Origin,
    /// A user's values.
    pub values: Sources,
    /// The installation.
    pub release: Release,
    /// The version of Kubernetes, where it is not Helm's own.
    pub kube_version: Option<String>,
    /// API versions beside those that Helm knows.
    pub api_versions: Vec<String>,
    /// API versions that Helm knows and the cluster does not have.
    pub absent_api_versions: Vec<String>,
    /// Whether values are taken that do not fit the schemas.
    pub skips_schemas: bool,
    /// Whether a value that is not there is an error.
    pub strict: bool,
    /// Whether the rendering is only looked at and thrown away: see [`Options::throwaway`].
    pub throwaway: bool,
    /// Whether it is rendered without charts that are missing.
    pub allows_missing_dependencies: bool,
}

impl Request {
    /// A chart as it is, for a first installation.
    pub fn new(origin: Origin, release: Release) -> Self {
        Self {
            origin,
            values: Sources::default(),
            release,
            kube_version: None,
            api_versions: Vec::new(),
            absent_api_versions: Vec::new(),
            skips_schemas: false,
            strict: false,
            throwaway: false,
            allows_missing_dependencies: false,
        }
    }
}

/// Loads a chart, gives it its values and renders it. Files for `--set-file` are read from disk.
///
/// # Errors
/// Whatever keeps it from being loaded or rendered.
pub fn template(request: &Request) -> Result<Rendered> {
    on_large_stack(|| carry_out(request)).map_err(Error::Thread)?
}

fn carry_out(request: &Request) -> Result<Rendered> {
    let chart = match &request.origin {
        Origin::Path(path) => load(path)?,
        Origin::Archive(bytes) => load_archive(bytes)?,
    };
    if chart.metadata.is_library() {
        return Err(Error::Library(chart.name().to_owned()));
    }
    let read = |path: &str| std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let values = request.values.merge(&read)?;
    let mut capabilities = Capabilities::default()
        .without_api_versions(&request.absent_api_versions)
        .with_api_versions(request.api_versions.iter().cloned());
    if let Some(version) = &request.kube_version {
        capabilities = capabilities.with_kube_version(version)?;
    }
    let options = Options {
        release: request.release.clone(),
        capabilities,
        skips_schemas: request.skips_schemas,
        strict: request.strict,
        throwaway: request.throwaway,
        allows_missing_dependencies: request.allows_missing_dependencies,
        lookup: None,
    };
    render(chart, &values, &options)
}
