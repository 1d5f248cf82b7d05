//! `sealer app`.

mod logs;
mod manifests;

pub(crate) use logs::AppLogs;
pub(crate) use manifests::{AppApply, AppWait};

use super::OutputFormat;
use super::chart::{ChartSource, ChartValues};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// List, install, upgrade, roll back and remove the applications of a cluster: Helm releases, without helm, and manifests
///
/// Releases are stored as Helm stores them: a stock Helm lists, upgrades and removes them, and theirs can be managed here. Applications of
/// manifests are applied by the server, field by field, with a list of the objects that belong to them. Verbs that take a name know which
/// of both it is.
#[derive(Debug, Args)]
pub(crate) struct App {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: AppVerb,
}

/// What to do with applications.
#[derive(Debug, Subcommand)]
pub(crate) enum AppVerb {
    List(AppList),
    Status(AppStatus),
    History(AppHistory),
    Install(Box<AppInstall>),
    Upgrade(Box<AppUpgrade>),
    Rollback(AppRollback),
    Uninstall(AppUninstall),
    Diff(Box<AppDiff>),
    Apply(AppApply),
    Logs(AppLogs),
    Wait(AppWait),
}

/// Which cluster.
#[derive(Clone, Debug, Args)]
pub(crate) struct Kubeconfig {
    /// The kubeconfig; without it KUBECONFIG, ~/.kube/config, or a master's /etc/kubernetes/admin.conf
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The kubeconfig's context, if not its current one
    #[arg(long, value_name = "CONTEXT")]
    pub(crate) kube_context: Option<String>,
    /// The namespace, if not that of the context
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
}

/// Which release.
#[derive(Clone, Debug, Args)]
pub(crate) struct Named {
    /// The release's or the application's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Which cluster.
    #[command(flatten)]
    pub(crate) kubeconfig: Kubeconfig,
}

/// How a release is changed.
#[derive(Clone, Debug, Args)]
pub(crate) struct Carrying {
    /// Wait until every object is ready, and say why where it is not
    #[arg(long)]
    pub(crate) wait: bool,
    /// Seconds that each hook, and all objects together, may take; 90s, 5m and 1h are understood, too
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = seconds)]
    pub(crate) timeout: u64,
    /// Run no hooks
    #[arg(long)]
    pub(crate) no_hooks: bool,
    /// Go on where a revision was begun and not finished; only when nobody else is at work
    #[arg(long)]
    pub(crate) take_over: bool,
}

/// List the releases and the applications of manifests of a namespace or of all
#[derive(Debug, Args)]
pub(crate) struct AppList {
    /// Which cluster.
    #[command(flatten)]
    pub(crate) kubeconfig: Kubeconfig,
    /// Those of all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub(crate) all_namespaces: bool,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}

/// Tell how an application stands and whether its objects are ready
///
/// Ends with exit code 4 when one is not.
#[derive(Debug, Args)]
pub(crate) struct AppStatus {
    /// Which release.
    #[command(flatten)]
    pub(crate) release: Named,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}

/// List the revisions of an application
#[derive(Debug, Args)]
pub(crate) struct AppHistory {
    /// Which release.
    #[command(flatten)]
    pub(crate) release: Named,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}

/// Install a chart as a new release
#[derive(Debug, Args)]
pub(crate) struct AppInstall {
    /// Which release.
    #[command(flatten)]
    pub(crate) release: Named,
    /// The chart and its values.
    #[command(flatten)]
    pub(crate) source: ChartSource,
    /// How it is done.
    #[command(flatten)]
    pub(crate) carrying: Carrying,
    /// Make the namespace if it is missing
    #[arg(long)]
    pub(crate) create_namespace: bool,
    /// Other names of images: a JSON file with one object, from an image's full name to the name that is to be written
    #[arg(long, value_name = "FILE")]
    pub(crate) image_names: Option<PathBuf>,
    /// Wait, and remove everything again if it fails
    #[arg(long)]
    pub(crate) atomic: bool,
}

/// Upgrade a release to a chart
///
/// Without values, those of the last revision stay.
#[derive(Debug, Args)]
pub(crate) struct AppUpgrade {
    /// What it becomes and how.
    #[command(flatten)]
    pub(crate) wanted: AppInstall,
    /// Install it if it is not there
    #[arg(short, long = "install", id = "or_install")]
    pub(crate) or_install: bool,
    /// Only the values given here and the chart's own
    #[arg(long, conflicts_with = "reuse_values")]
    pub(crate) reset_values: bool,
    /// The values of the last revision, with those given here over them
    #[arg(long)]
    pub(crate) reuse_values: bool,
    /// How many revisions to keep; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub(crate) history_max: u32,
}

/// Bring an earlier revision of an application back
#[derive(Debug, Args)]
pub(crate) struct AppRollback {
    /// Which release.
    #[command(flatten)]
    pub(crate) release: Named,
    /// The revision; without it the last but one
    #[arg(value_name = "REVISION")]
    pub(crate) revision: Option<u32>,
    /// Take over fields of manifests that others have set, and objects of other applications
    #[arg(long)]
    pub(crate) force_conflicts: bool,
    /// How it is done.
    #[command(flatten)]
    pub(crate) carrying: Carrying,
}

/// Remove an application and its objects
///
/// Namespaces and definitions of custom kinds that came with manifests stay, for the objects of others would go with them.
#[derive(Debug, Args)]
pub(crate) struct AppUninstall {
    /// Which release.
    #[command(flatten)]
    pub(crate) release: Named,
    /// Keep the history
    #[arg(long)]
    pub(crate) keep_history: bool,
    /// How it is done.
    #[command(flatten)]
    pub(crate) carrying: Carrying,
}

/// Tell how the cluster differs from an application, or what an upgrade to a chart or to other manifests would change
///
/// Nothing is changed: the server says what would become of each object. Ends with exit code 4 when there is a difference.
#[derive(Debug, Args)]
pub(crate) struct AppDiff {
    /// Which release.
    #[command(flatten)]
    pub(crate) release: Named,
    /// The chart of an upgrade; without it the deployed revision counts
    #[arg(value_name = "CHART")]
    pub(crate) chart: Option<String>,
    /// Manifests of an application that is no chart, instead: a file, or a folder; may be given several times
    #[arg(long, value_name = "PATH", conflicts_with = "chart")]
    pub(crate) manifests: Vec<PathBuf>,
    /// The chart's values.
    #[command(flatten)]
    pub(crate) given: ChartValues,
    /// Only the values given here and the chart's own
    #[arg(long, conflicts_with = "reuse_values")]
    pub(crate) reset_values: bool,
    /// The values of the last revision, with those given here over them
    #[arg(long)]
    pub(crate) reuse_values: bool,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}

/// `90`, `90s`, `5m`, `1h`, as seconds.
fn seconds(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..) {
        Some("" | "s") => Some(1),
        Some("m") => Some(60),
        Some("h") => Some(3600),
        _ => None,
    };
    let number: Option<u64> = digits.parse().ok();
    let seconds = number.zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
    seconds.filter(|seconds| *seconds > 0).ok_or_else(|| "expected a time such as 90s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, expected) in [("90", Some(90)), ("90s", Some(90)), ("5m", Some(300)), ("1h", Some(3600))] {
            assert_eq!(seconds(text).ok(), expected, "{text}");
        }
        for text in ["", "m", "0", "5d", "1h30m", "-5", "99999999999999999999h"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
