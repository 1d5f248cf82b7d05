//! What starts one application: the site's commands, else the image's, else those that follow from its type.

use super::{CannotLaunch, LaunchCommand};
use crate::cluster::{ApplicationSettings, Cluster};
use crate::image::{Application, ApplicationType};

/// The file below an application's folder in which a site's values for its chart are.
pub const SITE_VALUES: &str = ".site-values.yaml";

/// Whether an application is waited for when it is launched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// Others come after it.
    Must,
    /// As the site says; charts are waited for where it says nothing.
    AsItSays,
    /// Never.
    No,
}

/// The commands of an application.
pub(super) fn commands(
    cluster: &Cluster,
    application: &Application,
    waits: Waits,
) -> Result<Vec<LaunchCommand>, CannotLaunch> {
    let folder = format!("application/apps/{}", application.name);
    let none = ApplicationSettings::default();
    let settings = cluster.site.applications.get(&application.name).unwrap_or(&none);
    let given = if settings.commands.is_empty() { &application.cmds } else { &settings.commands };
    if !given.is_empty() {
        let within = |command: &String| LaunchCommand::Shell(format!("cd {} && {command}", quoted(&folder)));
        return Ok(given.iter().map(within).collect());
    }
    let launch = Launch { cluster, application, folder, settings };
    match application.application_type {
        ApplicationType::Kube => Ok(vec![LaunchCommand::Release(launch.manifests(waits))]),
        ApplicationType::Shell => Ok(launch.scripts()),
        ApplicationType::Helm => Ok(vec![LaunchCommand::Release(launch.release(waits))]),
        ApplicationType::Unknown => Err(CannotLaunch::NoCommand(application.name.clone())),
    }
}

struct Launch<'a> {
    cluster: &'a Cluster,
    application: &'a Application,
    folder: String,
    settings: &'a ApplicationSettings,
}

impl Launch<'_> {
    /// Whether it is waited for, where nobody said so of a type that is or is not by itself.
    fn waits(&self, waits: Waits, usually: bool) -> bool {
        match waits {
            Waits::Must => true,
            Waits::AsItSays => self.settings.wait.unwrap_or(usually),
            Waits::No => false,
        }
    }

    fn namespace(&self) -> &str {
        self.settings.namespace.as_deref().unwrap_or("default")
    }

    /// How long it may take to become ready.
    fn timeout(&self) -> [String; 2] {
        ["--timeout".to_owned(), format!("{}m", self.settings.minutes.unwrap_or(RELEASE_MINUTES))]
    }

    fn scripts(&self) -> Vec<LaunchCommand> {
        let path = |file: &String| quoted(&format!("{}/{file}", self.folder));
        let command = |file: &String| LaunchCommand::Shell(format!("bash {}", path(file)));
        self.application.files.iter().map(command).collect()
    }

    /// How manifests become an application: all of them at once, so that what a former version had is seen and removed. Objects that name no
    /// namespace get the site's, which may not be there yet.
    fn manifests(&self, waits: Waits) -> Vec<String> {
        let mut arguments: Vec<String> = ["app", "apply", &self.application.name].map(str::to_owned).to_vec();
        arguments.extend(self.application.files.iter().map(|file| format!("{}/{file}", self.folder)));
        arguments.extend(["--namespace", self.namespace()].map(str::to_owned));
        arguments.extend(self.settings.namespace.is_some().then(|| "--create-namespace".to_owned()));
        arguments.extend(self.settings.force_conflicts.then(|| "--force-conflicts".to_owned()));
        arguments.push("--take-over".to_owned());
        if self.waits(waits, false) {
            arguments.push("--wait".to_owned());
            arguments.extend(self.timeout());
        }
        arguments.extend(["--kubeconfig", ADMINISTRATOR].map(str::to_owned));
        arguments
    }

    /// How a chart becomes a release: under the application's name, with the chart's own values, those of the files that the Kubefile puts
    /// beside it, and then the site's. The same is rendered when the image's container images are looked for, so what is packed is what
    /// runs. A release of an interrupted delivery is gone on with: nobody else is at work on a cluster that is being delivered.
    fn release(&self, waits: Waits) -> Vec<String> {
        let name = self.application.name.as_str();
        let fixed = ["app", "upgrade", name, &self.folder, "--install", "--namespace", self.namespace()];
        let mut arguments: Vec<String> = fixed.map(str::to_owned).to_vec();
        arguments.extend(self.settings.namespace.is_some().then(|| "--create-namespace".to_owned()));
        arguments.extend(["--reset-values", "--take-over"].map(str::to_owned));
        for file in self.values() {
            arguments.extend(["--values".to_owned(), format!("{}/{file}", self.folder)]);
        }
        let atomic = self.settings.atomic && waits != Waits::No;
        if atomic || self.waits(waits, true) {
            arguments.push("--wait".to_owned());
            arguments.extend(atomic.then(|| "--atomic".to_owned()));
            arguments.extend(self.timeout());
        }
        arguments.extend(["--kubeconfig", ADMINISTRATOR].map(str::to_owned));
        arguments
    }

    /// Files of values below the application's folder; a later one wins.
    fn values(&self) -> impl Iterator<Item = &str> {
        let name = Some(self.application.name.as_str());
        let written =
            self.cluster.site.configs.iter().any(|it| it.application.as_deref() == name && it.path == SITE_VALUES);
        let of_image = self.application.files.iter().skip(1).map(String::as_str);
        let of_site = self.settings.values_files.iter().map(String::as_str);
        of_image.chain(of_site).chain(written.then_some(SITE_VALUES))
    }
}

/// Minutes that an application may take to become ready: its images come from the site's own registry.
const RELEASE_MINUTES: u32 = 8;
/// Where kubeadm puts the administrator's kubeconfig on masters.
pub const ADMINISTRATOR: &str = "/etc/kubernetes/admin.conf";

/// Quotes a path for the shell; file names are data, whoever wrote them.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    if text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
