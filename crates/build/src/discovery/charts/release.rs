//! One installation of a chart: its name, its namespace and what is set on top of the chart's own values, as the launch command
//! says it.

use crate::discovery::commands::Command;
use std::fmt;

/// One installation of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    /// The application whose command it is.
    pub(super) application: Option<String>,
    /// The chart as a path of the rootfs.
    pub(super) chart: String,
    /// The chart as the command writes it.
    pub(super) written: String,
    /// The folder that the command runs in.
    pub(super) folder: String,
    pub(super) name: String,
    pub(super) namespace: String,
    /// What is set, in order; the later wins.
    pub(super) settings: Vec<Setting>,
    /// `--kube-version`: what the chart is told instead of the version that the image brings.
    pub(super) kube_version: Option<String>,
    /// `--api-versions`
    pub(super) api_versions: Vec<String>,
}

/// One thing that is set on top of a chart's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// A file of the rootfs.
    Values(String),
    /// `--set`, `--set-string`, `--set-json`, `--set-file`, `--set-literal`, and its text.
    Set(String, String),
}

/// The namespace of a release that names none.
const NAMESPACE: &str = "default";

/// Options of `helm` that take a value in the next word and do not decide about images.
const WITH_VALUE: [&str; 31] = [
    "--version",
    "--repo",
    "--timeout",
    "--description",
    "--kube-context",
    "--kubeconfig",
    "--username",
    "--password",
    "--ca-file",
    "--cert-file",
    "--key-file",
    "--keyring",
    "--post-renderer",
    "--post-renderer-args",
    "--history-max",
    "-o",
    "--output",
    "--labels",
    "-l",
    "--name-template",
    "--burst-limit",
    "--qps",
    "--kube-apiserver",
    "--kube-token",
    "--kube-as-user",
    "--kube-as-group",
    "--kube-ca-file",
    "--kube-tls-server-name",
    "--registry-config",
    "--repository-config",
    "--repository-cache",
];

impl Release {
    /// A release with the chart's own values.
    pub(super) fn new(chart: &str, name: &str) -> Self {
        Self {
            application: None,
            chart: chart.to_owned(),
            written: chart.to_owned(),
            folder: String::new(),
            name: name.to_owned(),
            namespace: NAMESPACE.to_owned(),
            settings: Vec::new(),
            kube_version: None,
            api_versions: Vec::new(),
        }
    }

    /// What a command installs, if it is one of Helm's that does.
    pub(super) fn of_command(command: &Command) -> Option<Self> {
        if command.program() != "helm" {
            return None;
        }
        let (application, folder) = (command.application.clone(), command.folder.clone());
        let mut release = Self { application, folder, ..Self::new("", "") };
        let mut positional = Vec::new();
        let mut words = command.words.iter().skip(1).map(String::as_str);
        while let Some(word) = words.next() {
            if !word.starts_with('-') {
                positional.push(word);
                continue;
            }
            let (option, joined) = word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
            if takes_value(option) {
                let value = joined.or_else(|| words.next()).unwrap_or_default();
                release.option(option, value, command);
            }
        }
        let (name, chart) = match positional[..] {
            ["install" | "upgrade" | "template", name, chart, ..] => (name, chart),
            ["install" | "template", chart] => ("release-name", chart),
            _ => return None,
        };
        release.name = name.to_owned();
        release.written = chart.to_owned();
        release.chart = command.path(chart).unwrap_or_default();
        Some(release)
    }

    fn option(&mut self, option: &str, value: &str, command: &Command) {
        match option {
            "-n" | "--namespace" => self.namespace = value.to_owned(),
            "-f" | "--values" => self.settings.extend(
                value.split(',').map(|file| Setting::Values(command.path(file).unwrap_or_else(|| file.to_owned()))),
            ),
            "--kube-version" => self.kube_version = Some(value.to_owned()),
            "-a" | "--api-versions" => self.api_versions.extend(value.split(',').map(str::to_owned)),
            option if option.starts_with("--set") => {
                self.settings.push(Setting::Set(option.trim_start_matches('-').to_owned(), value.to_owned()));
            }
            _ => {}
        }
    }

    /// The values files.
    pub(super) fn values_files(&self) -> impl Iterator<Item = &str> {
        self.settings.iter().filter_map(|setting| match setting {
            Setting::Values(path) => Some(path.as_str()),
            Setting::Set(..) => None,
        })
    }
}

fn takes_value(option: &str) -> bool {
    ["-n", "--namespace", "-f", "--values", "-a", "--api-versions", "--kube-version"].contains(&option)
        || option.starts_with("--set")
        || WITH_VALUE.contains(&option)
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values(path) => write!(formatter, "{path}"),
            Self::Set(option, text) => write!(formatter, "--{option} {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(words: &str) -> Option<Release> {
        Release::of_command(&Command {
            script: None,
            application: Some("web".into()),
            folder: "application/apps/web".into(),
            words: words.split(' ').map(str::to_owned).collect(),
        })
    }

    #[test]
    fn name_namespace_chart_and_values_come_from_the_command() {
        let found = release(
            "helm upgrade --install --wait cache ./redis -n data --values=a.yaml,../b.yaml --version 1.0 --set image.tag=7 \
             --create-namespace -f c.yaml --set-string x=1",
        );
        let found = found.unwrap();
        assert_eq!([&found.name, &found.namespace, &found.chart], ["cache", "data", "application/apps/web/redis"]);
        let settings: Vec<String> = found.settings.iter().map(Setting::to_string).collect();
        let folder = "application/apps";
        assert_eq!(
            settings,
            [
                format!("{folder}/web/a.yaml"),
                format!("{folder}/b.yaml"),
                "--set image.tag=7".into(),
                format!("{folder}/web/c.yaml"),
                "--set-string x=1".into(),
            ]
        );
        assert_eq!(release("helm install web .").unwrap().chart, "application/apps/web");
        assert_eq!(release("/usr/local/bin/helm install --generate-name .").unwrap().name, "release-name");
    }

    #[test]
    fn options_that_take_a_value_do_not_give_it_away() {
        let found = release(
            "helm --kube-apiserver https://x --registry-config r.json upgrade --kube-version 1.27 -a x/v1,y/v1 --api-versions=z/v1 \
             --qps 3 --burst-limit 5 web ./redis",
        );
        let found = found.unwrap();
        assert_eq!([&found.name, &found.written], ["web", "./redis"]);
        assert_eq!(
            (found.kube_version.as_deref(), found.api_versions.join(" ").as_str()),
            (Some("1.27"), "x/v1 y/v1 z/v1")
        );
    }

    #[test]
    fn other_commands_install_nothing() {
        for words in ["helm list", "helm uninstall web", "kubectl install a b", "helm"] {
            assert_eq!(release(words), None, "{words}");
        }
    }
}
