//! Which commands start an image's applications: the Clusterfile's, else the image's, else those that follow from each
//! application's type. Network and storage plugins come before everything else, because nothing runs without them.

use crate::cluster::Cluster;
use crate::image::{Application, ApplicationType, Extension};
use std::collections::BTreeMap;

/// One application (or the image's own commands) with what starts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launched {
    /// The application's name; none for commands of the image or the Clusterfile as a whole.
    pub application: Option<String>,
    /// Shell commands, run in the rootfs on the first master.
    pub commands: Vec<String>,
    /// Their environment.
    pub environment: BTreeMap<String, String>,
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
    /// A chart.
    #[error("application {0} is a Helm chart; this version launches charts only through APPCMDS")]
    Chart(String),
    /// Neither type nor commands.
    #[error("application {0} has no type and no commands, so there is no way to launch it")]
    NoCommand(String),
}

const PLUGIN_LABELS: [&str; 2] = ["cluster.alpha.sealer.io/kube-cni-", "cluster.alpha.sealer.io/kube-csi-"];

/// The network and storage plugins of an image, in order.
///
/// # Errors
/// When one of them cannot be launched.
pub fn plugins(cluster: &Cluster, extension: &Extension) -> Result<Vec<Launched>, CannotLaunch> {
    let plugin = |application: &&Application| is_plugin(extension, &application.name);
    extension.applications.iter().filter(plugin).map(|application| launched(cluster, extension, application)).collect()
}

/// The applications to launch after the plugins, in order.
///
/// # Errors
/// When an application is unknown or cannot be launched.
pub fn applications(cluster: &Cluster, extension: &Extension) -> Result<Vec<Launched>, CannotLaunch> {
    let launch = &extension.launch;
    let commands = if cluster.commands.is_empty() { &launch.cmds } else { &cluster.commands };
    if !commands.is_empty() {
        let environment = environment(cluster, extension, None);
        return Ok(vec![Launched { application: None, commands: commands.clone(), environment }]);
    }
    let names = cluster.applications.as_ref().unwrap_or(&launch.application_names);
    names
        .iter()
        .filter(|name| !name.is_empty() && !is_plugin(extension, name))
        .map(|name| {
            let application = extension.application(name).ok_or_else(|| unknown(extension, name))?;
            launched(cluster, extension, application)
        })
        .collect()
}

fn is_plugin(extension: &Extension, name: &str) -> bool {
    PLUGIN_LABELS.iter().any(|prefix| extension.labels.contains_key(&format!("{prefix}{name}")))
}

fn unknown(extension: &Extension, name: &str) -> CannotLaunch {
    let names: Vec<&str> = extension.applications.iter().map(|each| each.name.as_str()).collect();
    CannotLaunch::Unknown { name: name.to_owned(), present: names.join(", ") }
}

fn launched(cluster: &Cluster, extension: &Extension, application: &Application) -> Result<Launched, CannotLaunch> {
    Ok(Launched {
        application: Some(application.name.clone()),
        commands: commands(cluster, application)?,
        environment: environment(cluster, extension, Some(application)),
    })
}

/// The site's commands, else the image's, else those that follow from the type.
fn commands(cluster: &Cluster, application: &Application) -> Result<Vec<String>, CannotLaunch> {
    let folder = format!("application/apps/{}", application.name);
    let settings = cluster.site.applications.get(&application.name);
    let given = settings.map(|settings| &settings.commands).filter(|commands| !commands.is_empty());
    let given = given.unwrap_or(&application.cmds);
    if !given.is_empty() {
        let within = |command: &String| format!("cd {} && {command}", quoted(&folder));
        return Ok(given.iter().map(within).collect());
    }
    let program = match application.application_type {
        ApplicationType::Kube => "kubectl apply -f",
        ApplicationType::Shell => "bash",
        ApplicationType::Helm => return Err(CannotLaunch::Chart(application.name.clone())),
        ApplicationType::Unknown => return Err(CannotLaunch::NoCommand(application.name.clone())),
    };
    let command = |file: &String| format!("{program} {}", quoted(&format!("{folder}/{file}")));
    Ok(application.files.iter().map(command).collect())
}

/// Quotes a path for the shell; file names are data, whoever wrote them.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    if text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Image, then cluster, then application, as the image has it and as the site has it; the later wins.
fn environment(
    cluster: &Cluster,
    extension: &Extension,
    application: Option<&Application>,
) -> BTreeMap<String, String> {
    let mut environment = extension.env.clone();
    environment.extend(cluster.env.clone());
    if let Some(application) = application {
        environment.extend(application.env.clone());
        let settings = cluster.site.applications.get(&application.name);
        environment.extend(settings.map(|settings| settings.env.clone()).unwrap_or_default());
    }
    environment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{ApplicationSettings, DEFAULT_DATA_ROOT, RegistryEndpoint, Site};
    use crate::image::Launch;

    fn cluster() -> Cluster {
        Cluster {
            name: "c".into(),
            image: "i:v1".parse().unwrap(),
            image_digest: crate::Digest::of(b""),
            members: Vec::new(),
            registry: RegistryEndpoint::default(),
            data_root: DEFAULT_DATA_ROOT.into(),
            env: BTreeMap::from([("A".into(), "cluster".into())]),
            applications: None,
            commands: Vec::new(),
            site: Site::default(),
        }
    }

    fn application(name: &str, files: &[&str]) -> Application {
        Application {
            name: name.into(),
            application_type: ApplicationType::Kube,
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            ..Application::default()
        }
    }

    fn extension() -> Extension {
        Extension {
            applications: vec![application("net", &["net.yaml"]), application("web", &["a b.yaml"])],
            labels: BTreeMap::from([("cluster.alpha.sealer.io/kube-cni-net".into(), "true".into())]),
            env: BTreeMap::from([("A".into(), "image".into()), ("B".into(), "image".into())]),
            launch: Launch { cmds: Vec::new(), application_names: vec!["web".into()] },
            ..Extension::default()
        }
    }

    #[test]
    fn plugins_come_by_themselves_and_applications_by_the_launch_list() {
        let plugins = plugins(&cluster(), &extension()).unwrap();
        assert_eq!(plugins[0].commands, ["kubectl apply -f application/apps/net/net.yaml"]);
        let applications = applications(&cluster(), &extension()).unwrap();
        assert_eq!(applications.len(), 1);
        assert_eq!(applications[0].commands, ["kubectl apply -f 'application/apps/web/a b.yaml'"]);
        assert_eq!(applications[0].environment["A"], "cluster");
        assert_eq!(applications[0].environment["B"], "image");
    }

    #[test]
    fn commands_of_the_cluster_replace_those_of_the_image() {
        let cluster = Cluster { commands: vec!["echo hi".into()], ..cluster() };
        let launched = applications(&cluster, &extension()).unwrap();
        assert_eq!(launched[0].commands, ["echo hi"]);
    }

    #[test]
    fn what_the_site_says_of_an_application_wins_over_the_image() {
        let env = BTreeMap::from([("B".into(), "site".into())]);
        let settings = ApplicationSettings { env, commands: vec!["./start".into()] };
        let site = Site { applications: BTreeMap::from([("web".into(), settings)]), ..Site::default() };
        let launched = applications(&Cluster { site, ..cluster() }, &extension()).unwrap();
        assert_eq!(launched[0].commands, ["cd application/apps/web && ./start"]);
        assert_eq!(launched[0].environment["A"], "cluster");
        assert_eq!(launched[0].environment["B"], "site");
    }

    #[test]
    fn an_empty_list_launches_nothing_and_an_unknown_name_is_an_error() {
        let none = Cluster { applications: Some(Vec::new()), ..cluster() };
        assert_eq!(applications(&none, &extension()), Ok(Vec::new()));
        let wrong = Cluster { applications: Some(vec!["wbe".into()]), ..cluster() };
        let error = applications(&wrong, &extension()).unwrap_err();
        assert_eq!(error.to_string(), "application wbe is not in the image, which has net, web");
    }
}
