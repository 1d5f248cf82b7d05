//! The places in a rootfs that are searched: kustomizations as what they make, then every manifest that is used as it is.

use super::applied;
use super::charts::Charts;
use super::commands::{self, Command, Commands};
use super::kustomization::{Kustomizations, Problem};
use super::tree::{Tree, is_below};
use super::{Discovered, ImageFields, Usage, document, search};
use crate::error::Error;
use sealer_model::image::{Application, ApplicationType, Demand};
use std::collections::{BTreeMap, BTreeSet};

/// Folders whose manifests reach the cluster.
const FOLDERS: [&str; 2] = ["manifests", "application/apps"];

/// Endings of manifests.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// One search of a rootfs.
pub(super) struct Sources<'a> {
    pub(super) tree: Tree<'a>,
    pub(super) usage: Usage<'a>,
    pub(super) fields: &'a ImageFields,
    /// The template that a file was made of, by the file.
    pub(super) origins: &'a BTreeMap<String, String>,
}

impl Sources<'_> {
    /// Searches everything.
    pub(super) fn search(&self, discovered: &mut Discovered) -> Result<(), Error> {
        let Commands { commands, documents } = commands::all(self.tree, self.usage)?;
        let charts = Charts::of(self.tree, self.usage, self.fields)?;
        let mut done = charts.search(&commands, discovered)?;
        done.extend(self.kustomizations(&commands, discovered));
        done.retain(|path| !self.is_applied(path));
        let applied = applied::files(self.tree, &commands, discovered);
        done.retain(|path| !applied.contains(path));
        let open = |path: &&str| !done.contains(*path) && !charts.own(path);
        for path in self.tree.files().filter(|path| is_manifest(path)).filter(open) {
            let has_values = charts.beside(path);
            self.manifest(path, has_values && !applied.contains(path), discovered)?;
        }
        for path in applied.iter().filter(|path| !is_manifest(path)) {
            self.manifest(path, false, discovered)?;
        }
        for (command, document) in &documents {
            for found in search::images(document, self.fields) {
                discovered.take(found, self.demand_of(command));
            }
        }
        self.run_by_commands(&commands, discovered);
        Ok(())
    }

    /// The images that commands name themselves.
    fn run_by_commands(&self, commands: &[Command], discovered: &mut Discovered) {
        for command in commands {
            for image in command.images() {
                if image.contains('$') {
                    let words = command.words.join(" ");
                    discovered.warnings.push(format!("{}: nobody knows what {image} is in: {words}", command.file()));
                    continue;
                }
                let found = search::Found {
                    image: image.to_owned(),
                    document: None,
                    field: command.words.join(" "),
                    certain: false,
                };
                discovered.take(found, self.demand_of(command));
            }
        }
    }

    fn demand_of(&self, command: &Command) -> Demand {
        Demand { application: command.application.clone(), file: command.file(), ..Demand::default() }
    }

    /// Searches what kustomizations make, and gives the files that they use.
    ///
    /// Where commands name kustomizations of an application, these are applied and no other; else every one that is not the
    /// base of another may be.
    fn kustomizations(&self, commands: &[Command], discovered: &mut Discovered) -> BTreeSet<String> {
        let kustomizations = Kustomizations::of(self.tree);
        let named: BTreeSet<String> = commands.iter().filter_map(Command::kustomization).collect();
        let named: BTreeSet<&str> =
            named.iter().map(String::as_str).filter(|folder| kustomizations.file(folder).is_some()).collect();
        let is_decided = |folder: &str| named.iter().any(|other| application_name(other) == application_name(folder));
        let in_place = |folder: &str| FOLDERS.iter().any(|place| is_in(folder, place));
        let mut applied = named.clone();
        applied.extend(kustomizations.roots().into_iter().filter(|folder| in_place(folder) && !is_decided(folder)));
        for folder in applied {
            self.kustomization(&kustomizations, folder, discovered);
        }
        kustomizations.folders().flat_map(|folder| kustomizations.uses(folder)).collect()
    }

    fn kustomization(&self, kustomizations: &Kustomizations<'_>, folder: &str, discovered: &mut Discovered) {
        let file = kustomizations.file(folder).unwrap_or(folder);
        let resources = match kustomizations.build(folder) {
            Ok(resources) => resources,
            Err(problem) if problem.file == file => return discovered.unsearched(file, problem.reason),
            Err(Problem { file: other, reason }) => return discovered.unsearched(file, format!("{other}: {reason}")),
        };
        for resource in resources {
            for mut found in search::images(&resource.value, self.fields) {
                found.field = format!("{} (as {file} makes it)", found.field);
                discovered.take(found, self.demand(&resource.file));
            }
        }
    }

    /// Whether a file is applied by itself: the command for an application of manifests applies every one.
    fn is_applied(&self, path: &str) -> bool {
        self.application(path).is_some_and(|application| {
            let file = path.strip_prefix(&format!("application/apps/{}/", application.name)).unwrap_or_default();
            application.application_type == ApplicationType::Kube
                && application.cmds.is_empty()
                && application.files.iter().any(|each| each == file)
        })
    }

    /// The application in whose folder a path is.
    fn application(&self, path: &str) -> Option<&Application> {
        let name = application_name(path)?;
        self.usage.applications.iter().find(|application| application.name == name)
    }

    fn demand(&self, file: &str) -> Demand {
        let application = application_name(file).map(str::to_owned);
        let file = self.origins.get(file).map_or(file, String::as_str).to_owned();
        Demand { application, file, ..Demand::default() }
    }

    /// Searches a file as it is. Where it may hold values for a chart, what is no document of Kubernetes is taken for such.
    fn manifest(&self, path: &str, may_hold_values: bool, discovered: &mut Discovered) -> Result<(), Error> {
        let text = self.tree.text(path, "a manifest", document::LONGEST)?.unwrap_or_default();
        match document::read(&text) {
            Ok(documents) => {
                let manifests = documents.iter().filter(|document| !may_hold_values || document["kind"].is_string());
                for found in manifests.flat_map(|document| search::images(document, self.fields)) {
                    discovered.take(found, self.demand(path));
                }
            }
            Err(reason) => discovered.unsearched(path, format!("is neither YAML nor JSON: {reason}")),
        }
        Ok(())
    }
}

/// The application in whose folder a path is, by name.
pub(super) fn application_name(path: &str) -> Option<&str> {
    let below = path.strip_prefix("application/apps/")?;
    Some(below.split_once('/').map_or(below, |(name, _)| name))
}

fn is_in(path: &str, folder: &str) -> bool {
    path == folder || is_below(path, folder)
}

fn is_manifest(path: &str) -> bool {
    ENDINGS.iter().any(|ending| path.ends_with(ending)) && FOLDERS.iter().any(|folder| is_below(path, folder))
}
