//! The commands that launch applications, as far as they decide about images: which manifests and kustomizations are applied, which
//! chart is installed under which name with which values, which images are run. Commands are read as a shell would split them, and
//! those in the scripts that they call along with them; nothing is run.

mod images;
mod reading;
mod words;

use super::Usage;
use super::tree::{Tree, resolved};
use crate::error::Error;
use sealer_model::image::{Application, ApplicationType};
use serde_json::Value;

/// One simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// The application that it launches; none for the commands of the image as a whole.
    pub(super) application: Option<String>,
    /// The script that it stands in; none for those of the Kubefile.
    pub(super) script: Option<String>,
    /// The folder of the rootfs that it runs in.
    pub(super) folder: String,
    /// Program and arguments.
    pub(super) words: Vec<String>,
}

/// All that an image runs.
#[derive(Debug, Default)]
pub(super) struct Commands {
    pub(super) commands: Vec<Command>,
    /// Manifests that stand within scripts, each with a command that stands for its place.
    pub(super) documents: Vec<(Command, Value)>,
}

/// Every command that an image runs: those of the image, those of its applications, and those in the scripts that are applications.
pub(super) fn all(tree: Tree<'_>, usage: Usage<'_>) -> Result<Commands, Error> {
    let mut reading = reading::Reading::new(tree, usage);
    for text in usage.launch.iter().flat_map(|launch| &launch.cmds) {
        reading.text(None, "", text)?;
    }
    for application in usage.applications {
        let folder = folder(application);
        for text in &application.cmds {
            reading.text(Some(application), &folder, text)?;
        }
        if application.application_type == ApplicationType::Shell && application.cmds.is_empty() {
            for file in &application.files {
                reading.script(Some(application), "", &format!("{folder}/{file}"))?;
            }
        }
    }
    Ok(reading.found)
}

/// Where the files of an application are.
pub(super) fn folder(application: &Application) -> String {
    format!("application/apps/{}", application.name)
}

impl Command {
    /// The program's name without its folder.
    pub(super) fn program(&self) -> &str {
        self.words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word))
    }

    /// A path of the command as a path of the rootfs.
    pub(super) fn path(&self, text: &str) -> Option<String> {
        resolved(&self.folder, text)
    }

    /// The file that it stands in.
    pub(super) fn file(&self) -> String {
        self.script.clone().unwrap_or_else(|| "Kubefile".to_owned())
    }

    /// The files and folders that the command sends to the cluster, as it writes them, and whether folders are meant with all below.
    pub(super) fn manifests(&self) -> (Vec<&str>, bool) {
        let applies = |word: &String| ["apply", "create", "replace"].contains(&word.as_str());
        if self.program() != "kubectl" || !self.words.iter().any(applies) {
            return (Vec::new(), false);
        }
        let recursive =
            self.words.iter().any(|word| ["-R", "--recursive", "--recursive=true"].contains(&word.as_str()));
        let joined = |word: &'_ str| word.starts_with("--filename=") || word.starts_with("-f=");
        let after = self.words.windows(2).filter(|pair| ["-f", "--filename"].contains(&pair[0].as_str()));
        let joined = self.words.iter().filter(|word| joined(word)).filter_map(|word| word.split_once('='));
        let given = after.map(|pair| pair[1].as_str()).chain(joined.map(|(_, path)| path));
        (given.flat_map(|paths| paths.split(',')).filter(|path| *path != "-").collect(), recursive)
    }

    /// The folder that the command applies as a kustomization.
    pub(super) fn kustomization(&self) -> Option<String> {
        let mut words = self.words.iter().skip(1);
        let path = match self.program() {
            "kustomize" => words.find(|word| *word != "build" && !word.starts_with('-')),
            "kubectl" => {
                let joined = self.words.iter().find_map(|word| word.strip_prefix("--kustomize="));
                if let Some(path) = joined {
                    return self.path(path);
                }
                words.find(|word| ["-k", "--kustomize", "kustomize"].contains(&word.as_str()))?;
                words.next()
            }
            _ => None,
        };
        self.path(path?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Files;

    fn of_text(folder: &str, text: &str) -> Vec<Command> {
        let files = Files::new();
        let mut reading = reading::Reading::new(Tree(&files), Usage::default());
        reading.text(None, folder, text).unwrap();
        reading.found.commands
    }

    #[test]
    fn commands_know_their_folder_and_the_kustomization_they_apply() {
        let commands = of_text(
            "application/apps/web",
            "cd deploy && kubectl apply -k overlays/one; kustomize build ../x | kubectl apply -f -",
        );
        let folders: Vec<Option<String>> = commands.iter().map(Command::kustomization).collect();
        let expected =
            ["application/apps/web/deploy/overlays/one", "application/apps/web/x"].map(|path| Some(path.to_owned()));
        assert_eq!(folders, [expected.to_vec(), vec![None]].concat());
        assert_eq!(of_text("", "/usr/bin/kubectl apply --kustomize=a")[0].kustomization().as_deref(), Some("a"));
    }

    #[test]
    fn commands_know_the_manifests_they_apply() {
        let given = |text: &str| {
            let commands = of_text("", text);
            let (paths, recursive) = commands[0].manifests();
            (paths.join(" "), recursive)
        };
        assert_eq!(given("kubectl apply -n x -f a.yaml -f b,c"), ("a.yaml b c".to_owned(), false));
        assert_eq!(given("kubectl create --filename=a -R"), ("a".to_owned(), true));
        assert_eq!(given("kubectl apply -f -"), (String::new(), false));
        assert_eq!(given("kubectl delete -f a"), (String::new(), false));
    }
}
