//! The commands that launch applications, as far as they decide about images: which kustomization is applied, which chart is
//! installed under which name with which values. Commands are read as a shell would split them; nothing is run.

mod words;

use super::Usage;
use super::document::LONGEST;
use super::tree::{Tree, resolved};
use crate::error::Error;
use sealer_model::image::{Application, ApplicationType};

/// One simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The application that it launches; none for the commands of the image as a whole.
    pub(super) application: Option<String>,
    /// The folder of the rootfs that it runs in.
    pub(super) folder: String,
    /// Program and arguments.
    pub(super) words: Vec<String>,
}

/// Every command that an image runs: those of the image, those of its applications, and those in the scripts that are applications.
pub(super) fn all(tree: Tree<'_>, usage: Usage<'_>) -> Result<Vec<Command>, Error> {
    let mut commands = Vec::new();
    for text in usage.launch.iter().flat_map(|launch| &launch.cmds) {
        commands.extend(of_text(None, "", text));
    }
    for application in usage.applications {
        let folder = folder(application);
        for text in &application.cmds {
            commands.extend(of_text(Some(&application.name), &folder, text));
        }
        if application.application_type == ApplicationType::Shell && application.cmds.is_empty() {
            for file in &application.files {
                let text = tree.text(&format!("{folder}/{file}"), "a script", LONGEST)?.unwrap_or_default();
                commands.extend(of_text(Some(&application.name), "", &text));
            }
        }
    }
    Ok(commands)
}

/// Where the files of an application are.
pub(super) fn folder(application: &Application) -> String {
    format!("application/apps/{}", application.name)
}

/// The simple commands of a text that starts in a folder; `cd` counts for those after it.
fn of_text(application: Option<&str>, folder: &str, text: &str) -> Vec<Command> {
    let mut folder = folder.to_owned();
    let mut commands = Vec::new();
    for words in words::commands(text) {
        if let [program, path] = &words[..]
            && program == "cd"
        {
            folder = resolved(&folder, path).unwrap_or_default();
            continue;
        }
        commands.push(Command { application: application.map(str::to_owned), folder: folder.clone(), words });
    }
    commands
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

    #[test]
    fn commands_know_their_folder_and_the_kustomization_they_apply() {
        let commands = of_text(
            Some("web"),
            "application/apps/web",
            "cd deploy && kubectl apply -k overlays/one; kustomize build ../x | kubectl apply -f -",
        );
        let folders: Vec<Option<String>> = commands.iter().map(Command::kustomization).collect();
        let expected =
            ["application/apps/web/deploy/overlays/one", "application/apps/web/x"].map(|path| Some(path.to_owned()));
        assert_eq!(folders, [expected.to_vec(), vec![None]].concat());
        assert_eq!(of_text(None, "", "/usr/bin/kubectl apply --kustomize=a")[0].kustomization().as_deref(), Some("a"));
    }
}
