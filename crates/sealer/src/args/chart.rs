//! `sealer chart`.

use super::OutputFormat;
use super::insecure::Insecure;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Render Helm charts and list their container images, without helm and without a cluster
#[derive(Debug, Args)]
pub(crate) struct Chart {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: ChartVerb,
}

/// What to do with a chart.
#[derive(Debug, Subcommand)]
pub(crate) enum ChartVerb {
    Template(Box<ChartTemplate>),
    Images(Box<ChartImages>),
}

/// Print the manifests of a release, as `helm template` does
#[derive(Debug, Args)]
pub(crate) struct ChartTemplate {
    /// What is rendered.
    #[command(flatten)]
    pub(crate) release: ChartRelease,
    /// Write the manifests into this folder instead, a file for each template
    #[arg(long, value_name = "FOLDER")]
    pub(crate) output_dir: Option<PathBuf>,
    /// The custom resource definitions of crds/, too
    #[arg(long)]
    pub(crate) include_crds: bool,
    /// No hooks
    #[arg(long)]
    pub(crate) no_hooks: bool,
    /// No hooks that are tests
    #[arg(long)]
    pub(crate) skip_tests: bool,
    /// Only what this template makes, by its path in the chart; may be given several times
    #[arg(short, long, value_name = "TEMPLATE")]
    pub(crate) show_only: Vec<String>,
}

/// List the container images that a chart names under these values, and why
#[derive(Debug, Args)]
pub(crate) struct ChartImages {
    /// What is rendered.
    #[command(flatten)]
    pub(crate) release: ChartRelease,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}

/// A chart and the release that is made of it.
#[derive(Debug, Args)]
pub(crate) struct ChartRelease {
    /// The chart and its values.
    #[command(flatten)]
    pub(crate) source: ChartSource,
    /// The release's name
    #[arg(long, value_name = "NAME", default_value = "release-name")]
    pub(crate) name: String,
    /// The release's namespace
    #[arg(short, long, value_name = "NAMESPACE", default_value = "default")]
    pub(crate) namespace: String,
    /// The version of Kubernetes to render for
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
    /// An API that the cluster has besides those of Kubernetes; may be given several times
    #[arg(short, long, value_name = "API", value_delimiter = ',')]
    pub(crate) api_versions: Vec<String>,
    /// Render an upgrade instead of a first installation
    #[arg(long)]
    pub(crate) is_upgrade: bool,
    /// Leave out charts that Chart.yaml names and charts/ lacks
    #[arg(long)]
    pub(crate) allow_missing_dependencies: bool,
}

/// A chart and the values that it is given.
#[derive(Clone, Debug, Args)]
pub(crate) struct ChartSource {
    /// The chart: a folder, an archive, or oci://REGISTRY/REPOSITORY
    #[arg(value_name = "CHART")]
    pub(crate) chart: String,
    /// The chart's values.
    #[command(flatten)]
    pub(crate) given: ChartValues,
}

/// The values that a chart is given, and how it is fetched.
#[derive(Clone, Debug, Args)]
pub(crate) struct ChartValues {
    /// The version of a chart from a registry
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// A file with values, or - for standard input; may be given several times, and the last counts most
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) values: Vec<PathBuf>,
    /// A value: a.b=1, several with commas between; null takes one away
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// A value that is a text whatever it looks like
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set_string: Vec<String>,
    /// A value as JSON
    #[arg(long, value_name = "KEY=JSON")]
    pub(crate) set_json: Vec<String>,
    /// A value that is the text of a file
    #[arg(long, value_name = "KEY=FILE")]
    pub(crate) set_file: Vec<String>,
    /// A value that is a text with all its commas and braces
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set_literal: Vec<String>,
    /// Take values that do not fit the chart's schemas
    #[arg(long)]
    pub(crate) skip_schema_validation: bool,
    #[command(flatten)]
    pub(crate) insecure: Insecure,
}
