//! Which commands start an image's applications: the Clusterfile's, else the image's, else those that follow from each
//! application's type. Network and storage plugins come before everything else, because nothing runs without them. What the site says
//! of an application's order, namespace, values and waiting is part of it.

mod commands;
mod order;

use crate::cluster::{Cluster, Secrets};
use crate::image::{Application, Extension};
pub use commands::{ADMINISTRATOR, SITE_VALUES};
use commands::{Waits, commands};
pub use order::Order;
use std::collections::BTreeMap;

/// One application (or the image's own commands) with what starts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launched {
    /// The application's name; none for commands of the image or the Clusterfile as a whole.
    pub application: Option<String>,
    /// What is run in the rootfs on the first master, in order.
    pub commands: Vec<LaunchCommand>,
    /// Their environment.
    pub environment: BTreeMap<String, String>,
    /// Applications among those launched that have to be ready first.
    pub after: Vec<String>,
}

impl Launched {
    /// Its name; commands of the image or the Clusterfile as a whole have one that no application can have.
    #[must_use]
    pub fn name(&self) -> &str {
        self.application.as_deref().unwrap_or(".commands")
    }
}

/// One thing that is run to launch an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaunchCommand {
    /// A command for the shell.
    Shell(String),
    /// Arguments for sealer itself, which installs a chart as a release; no shell reads them.
    Release(Vec<String>),
}

impl LaunchCommand {
    /// The command as one text, which changes whenever the command does.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Shell(command) => command.clone(),
            Self::Release(arguments) => format!("sealer {}", arguments.join(" ")),
        }
    }
}

/// What cannot be launched.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotLaunch {
    /// A name that the image does not know.
    #[error("application {name} is not in the image, which has {present}")]
    Unknown {
        /// The name.
        name: String,
        /// The names it has.
        present: String,
    },
    /// Neither type nor commands.
    #[error("application {0} has no type and no commands, so there is no way to launch it")]
    NoCommand(String),
    /// Applications that wait for one another.
    #[error("each of these applications is to come after the next: {0}")]
    Circle(String),
}

const PLUGIN_LABELS: [&str; 2] = ["cluster.alpha.sealer.io/kube-cni-", "cluster.alpha.sealer.io/kube-csi-"];

/// The network and storage plugins of an image, in order.
///
/// # Errors
/// When one of them cannot be launched.
pub fn plugins(cluster: &Cluster, extension: &Extension, secrets: &Secrets) -> Result<Vec<Launched>, CannotLaunch> {
    let plugin = |application: &&Application| is_plugin(extension, &application.name);
    // there may be no node yet on which a plugin's pods could become ready
    let plugins = extension.applications.iter().filter(plugin);
    let mut launched: Vec<Launched> = plugins
        .map(|application| launched((cluster, extension, secrets), application, Waits::No))
        .collect::<Result<_, CannotLaunch>>()?;
    order::one_by_one(&mut launched);
    Ok(launched)
}

/// The applications to launch after the plugins, in order.
///
/// # Errors
/// When an application is unknown or cannot be launched.
pub fn applications(
    cluster: &Cluster,
    extension: &Extension,
    secrets: &Secrets,
) -> Result<Vec<Launched>, CannotLaunch> {
    let launch = &extension.launch;
    let commands = if cluster.commands.is_empty() { &launch.cmds } else { &cluster.commands };
    if !commands.is_empty() {
        let environment = environment((cluster, extension, secrets), None);
        let commands = commands.iter().cloned().map(LaunchCommand::Shell).collect();
        return Ok(vec![Launched { application: None, commands, environment, after: Vec::new() }]);
    }
    let names = cluster.applications.as_ref().unwrap_or(&launch.application_names);
    let names: Vec<&String> = names.iter().filter(|name| !name.is_empty() && !is_plugin(extension, name)).collect();
    let awaited = order::awaited(cluster, &names);
    let one = |name: &&String| {
        let application = extension.application(name).ok_or_else(|| unknown(extension, name))?;
        let waits = if awaited.contains(name.as_str()) { Waits::Must } else { Waits::AsItSays };
        launched((cluster, extension, secrets), application, waits)
    };
    let mut launched: Vec<Launched> = names.iter().map(one).collect::<Result<_, CannotLaunch>>()?;
    order::resolve(cluster, extension, &mut launched)?;
    Ok(launched)
}

fn is_plugin(extension: &Extension, name: &str) -> bool {
    PLUGIN_LABELS.iter().any(|prefix| extension.labels.contains_key(&format!("{prefix}{name}")))
}

fn unknown(extension: &Extension, name: &str) -> CannotLaunch {
    let names: Vec<&str> = extension.applications.iter().map(|each| each.name.as_str()).collect();
    CannotLaunch::Unknown { name: name.to_owned(), present: names.join(", ") }
}

/// A cluster, its image, and what their references to secrets lead to.
type Asked<'a> = (&'a Cluster, &'a Extension, &'a Secrets);

fn launched(asked: Asked<'_>, application: &Application, waits: Waits) -> Result<Launched, CannotLaunch> {
    Ok(Launched {
        application: Some(application.name.clone()),
        commands: commands(asked.0, application, waits)?,
        environment: environment(asked, Some(application)),
        after: Vec::new(),
    })
}

/// Commands run on the first master, in the environment that it has for them.
fn environment(
    (cluster, extension, secrets): Asked<'_>,
    application: Option<&Application>,
) -> BTreeMap<String, String> {
    let Some(first) = cluster.members.first() else { return BTreeMap::new() };
    match application {
        Some(application) => cluster.application_environment(extension, &application.name, first, secrets),
        None => cluster.environment(extension, first, secrets),
    }
}

#[cfg(test)]
mod tests;
