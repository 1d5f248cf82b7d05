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
    /// What is run in the rootfs on the first master, in order.
    pub commands: Vec<LaunchCommand>,
    /// Their environment.
    pub environment: BTreeMap<String, String>,
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
}

const PLUGIN_LABELS: [&str; 2] = ["cluster.alpha.sealer.io/kube-cni-", "cluster.alpha.sealer.io/kube-csi-"];

/// The network and storage plugins of an image, in order.
///
/// # Errors
/// When one of them cannot be launched.
pub fn plugins(cluster: &Cluster, extension: &Extension) -> Result<Vec<Launched>, CannotLaunch> {
    let plugin = |application: &&Application| is_plugin(extension, &application.name);
    // there may be no node yet on which a plugin's pods could become ready
    let plugins = extension.applications.iter().filter(plugin);
    plugins.map(|application| launched(cluster, extension, application, Waits::No)).collect()
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
        let commands = commands.iter().cloned().map(LaunchCommand::Shell).collect();
        return Ok(vec![Launched { application: None, commands, environment }]);
    }
    let names = cluster.applications.as_ref().unwrap_or(&launch.application_names);
    names
        .iter()
        .filter(|name| !name.is_empty() && !is_plugin(extension, name))
        .map(|name| {
            let application = extension.application(name).ok_or_else(|| unknown(extension, name))?;
            launched(cluster, extension, application, Waits::ForReadiness)
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

/// Whether a release is waited for when it is installed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    ForReadiness,
    No,
}

fn launched(
    cluster: &Cluster,
    extension: &Extension,
    application: &Application,
    waits: Waits,
) -> Result<Launched, CannotLaunch> {
    Ok(Launched {
        application: Some(application.name.clone()),
        commands: commands(cluster, application, waits)?,
        environment: environment(cluster, extension, Some(application)),
    })
}

/// The site's commands, else the image's, else those that follow from the type.
fn commands(cluster: &Cluster, application: &Application, waits: Waits) -> Result<Vec<LaunchCommand>, CannotLaunch> {
    let folder = format!("application/apps/{}", application.name);
    let settings = cluster.site.applications.get(&application.name);
    let given = settings.map(|settings| &settings.commands).filter(|commands| !commands.is_empty());
    let given = given.unwrap_or(&application.cmds);
    if !given.is_empty() {
        let within = |command: &String| LaunchCommand::Shell(format!("cd {} && {command}", quoted(&folder)));
        return Ok(given.iter().map(within).collect());
    }
    let program = match application.application_type {
        ApplicationType::Kube => "kubectl apply -f",
        ApplicationType::Shell => "bash",
        ApplicationType::Helm => return Ok(vec![LaunchCommand::Release(release(application, &folder, waits))]),
        ApplicationType::Unknown => return Err(CannotLaunch::NoCommand(application.name.clone())),
    };
    let command = |file: &String| LaunchCommand::Shell(format!("{program} {}", quoted(&format!("{folder}/{file}"))));
    Ok(application.files.iter().map(command).collect())
}

/// How a chart becomes a release: under the application's name, with the chart's own values and those of the files that the Kubefile
/// puts beside it. The same is rendered when the image's container images are looked for, so what is packed is what runs. A release
/// of an interrupted delivery is gone on with: nobody else is at work on a cluster that is being delivered.
fn release(application: &Application, folder: &str, waits: Waits) -> Vec<String> {
    let name = application.name.as_str();
    let fixed =
        ["app", "upgrade", name, folder, "--install", "--namespace", "default", "--reset-values", "--take-over"];
    let mut arguments: Vec<String> = fixed.map(str::to_owned).to_vec();
    for file in application.files.iter().skip(1) {
        arguments.extend(["--values".to_owned(), format!("{folder}/{file}")]);
    }
    if waits == Waits::ForReadiness {
        arguments.extend(["--wait", "--timeout", RELEASE_LIMIT].map(str::to_owned));
    }
    arguments.extend(["--kubeconfig", ADMINISTRATOR].map(str::to_owned));
    arguments
}

/// How long a release may take to become ready: its images come from the site's own registry.
const RELEASE_LIMIT: &str = "8m";
/// Where kubeadm puts the administrator's kubeconfig.
const ADMINISTRATOR: &str = "/etc/kubernetes/admin.conf";

/// Quotes a path for the shell; file names are data, whoever wrote them.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    if text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Commands run on the first master, in the environment that it has for them.
fn environment(
    cluster: &Cluster,
    extension: &Extension,
    application: Option<&Application>,
) -> BTreeMap<String, String> {
    let Some(first) = cluster.members.first() else { return BTreeMap::new() };
    match application {
        Some(application) => cluster.application_environment(extension, &application.name, first),
        None => cluster.environment(extension, first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{ApplicationSettings, DEFAULT_DATA_ROOT, Member, RegistryEndpoint, Role, Site};
    use crate::image::Launch;

    fn cluster() -> Cluster {
        Cluster {
            name: "c".into(),
            image: "i:v1".parse().unwrap(),
            image_digest: crate::Digest::of(b""),
            members: vec![Member { address: "10.0.0.1".parse().unwrap(), ssh_port: 22, role: Role::Master }],
            registry: RegistryEndpoint::default(),
            data_root: DEFAULT_DATA_ROOT.into(),
            env: BTreeMap::from([("A".into(), "cluster".into())]),
            applications: None,
            commands: Vec::new(),
            site: Site::default(),
            former_images: Vec::new(),
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

    fn texts(launched: &Launched) -> Vec<String> {
        launched.commands.iter().map(LaunchCommand::text).collect()
    }

    #[test]
    fn a_chart_becomes_a_release_without_a_shell() {
        let shop = Application {
            application_type: ApplicationType::Helm,
            ..application("shop", &["shop", "site values.yaml"])
        };
        let net = Application { application_type: ApplicationType::Helm, ..application("net", &["net"]) };
        let launch = Launch { cmds: Vec::new(), application_names: vec!["shop".into()] };
        let extension = Extension { applications: vec![net, shop], launch, ..extension() };
        let fixed = "--install --namespace default --reset-values --take-over";
        let applications = applications(&cluster(), &extension).unwrap();
        let LaunchCommand::Release(arguments) = &applications[0].commands[0] else { panic!("{applications:?}") };
        assert!(arguments.contains(&"application/apps/shop/site values.yaml".to_owned()), "{arguments:?}");
        let expected = format!(
            "sealer app upgrade shop application/apps/shop {fixed} --values application/apps/shop/site values.yaml \
             --wait --timeout 8m --kubeconfig /etc/kubernetes/admin.conf"
        );
        assert_eq!(texts(&applications[0]), [expected]);
        // plugins come before the nodes that they make ready
        let expected =
            format!("sealer app upgrade net application/apps/net {fixed} --kubeconfig /etc/kubernetes/admin.conf");
        assert_eq!(texts(&plugins(&cluster(), &extension).unwrap()[0]), [expected]);
    }

    #[test]
    fn plugins_come_by_themselves_and_applications_by_the_launch_list() {
        let plugins = plugins(&cluster(), &extension()).unwrap();
        assert_eq!(texts(&plugins[0]), ["kubectl apply -f application/apps/net/net.yaml"]);
        let applications = applications(&cluster(), &extension()).unwrap();
        assert_eq!(applications.len(), 1);
        assert_eq!(texts(&applications[0]), ["kubectl apply -f 'application/apps/web/a b.yaml'"]);
        assert_eq!(applications[0].environment["A"], "cluster");
        assert_eq!(applications[0].environment["B"], "image");
    }

    #[test]
    fn commands_of_the_cluster_replace_those_of_the_image() {
        let cluster = Cluster { commands: vec!["echo hi".into()], ..cluster() };
        let launched = applications(&cluster, &extension()).unwrap();
        assert_eq!(texts(&launched[0]), ["echo hi"]);
    }

    #[test]
    fn what_the_site_says_of_an_application_wins_over_the_image() {
        let env = BTreeMap::from([("B".into(), "site".into())]);
        let settings = ApplicationSettings { env, commands: vec!["./start".into()] };
        let site = Site { applications: BTreeMap::from([("web".into(), settings)]), ..Site::default() };
        let launched = applications(&Cluster { site, ..cluster() }, &extension()).unwrap();
        assert_eq!(texts(&launched[0]), ["cd application/apps/web && ./start"]);
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
