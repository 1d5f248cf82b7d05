//! The part of a build for one platform that reads the context: which files each instruction means, what type each
//! application has, and which container images all of it asks for. Nothing is written yet.

use crate::application::detect;
use crate::discovery::{Discovered, Usage, discover};
use crate::error::Error;
use crate::files::{Files, Folders, Wrong, files};
use crate::layers::Laid;
use crate::origins::Origins;
use crate::recipe::{CopyStep, Recipe};
use sealer_model::bundle::VERSION_LABEL;
use sealer_model::image::{Application, ApplicationType};
use sealer_model::kubefile::{Kubefile, Mistake};

/// What the context holds for one platform.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What each instruction adds, in order.
    pub(crate) layers: Vec<Laid>,
    /// What they ask for.
    pub(crate) discovered: Discovered,
}

impl Prepared {
    /// Whether a path of the rootfs comes from this build and not from its base.
    pub(crate) fn adds(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let inside =
            |files: &Files| files.range(below.clone()..).next().is_some_and(|(first, _)| first.starts_with(&below));
        self.layers.iter().any(|Laid { files, .. }| files.contains_key(path) || inside(files))
    }
}

/// The layers of a rootfs so far.
#[derive(Debug, Default)]
pub(crate) struct Laying {
    /// What each instruction adds.
    pub(crate) layers: Vec<Laid>,
    folders: Folders,
}

impl Laying {
    /// Reads what one step copies.
    pub(crate) fn copy(&mut self, kubefile: &Kubefile, origins: &Origins, step: &CopyStep) -> Result<(), Error> {
        let files = files(origins, step, &self.folders).map_err(|wrong| explained(kubefile, wrong))?;
        self.add(Laid { instruction: step.instruction.clone(), files, made: None, by_command: false });
        Ok(())
    }

    /// Takes in a layer.
    pub(crate) fn add(&mut self, laid: Laid) {
        self.folders.add(&laid.files);
        self.layers.push(laid);
    }
}

fn explained(kubefile: &Kubefile, wrong: Wrong) -> Error {
    match wrong {
        Wrong::Mistake(mistake) => kubefile.explain(mistake).into(),
        Wrong::Failed(error) => error,
    }
}

/// Looks through the layers of a recipe, and completes the recipe's applications with their types and files.
///
/// What all of it asks for is found out over the files of the base, too: an overlay may change what a manifest of the base runs.
///
/// `base` are the files below the layers that come after the last command: what a command removed is not asked for.
pub(crate) fn prepare(
    kubefile: &Kubefile,
    origins: &Origins,
    recipe: &mut Recipe,
    base: &Files,
    layers: Vec<Laid>,
) -> Result<Prepared, Error> {
    let steps: Vec<CopyStep> = recipe.copies().cloned().collect();
    let completed = complete(origins, &steps, &mut recipe.applications);
    completed.map_err(|wrong| explained(kubefile, wrong))?;
    let usage = Usage {
        applications: &recipe.applications,
        launch: Some(&recipe.launch),
        environment: Some(&recipe.environment),
        kubernetes: recipe.labels.get(VERSION_LABEL).map(String::as_str),
    };
    let discovered = discover(&merged(base, &layers), usage)?;
    Ok(Prepared { layers, discovered })
}

/// The files as they will lie over one another: of two with the same path, the later counts.
fn merged(base: &Files, layers: &[Laid]) -> Files {
    let mut merged = base.clone();
    let after_command = layers.iter().rposition(|laid| laid.by_command).map_or(0, |last| last + 1);
    for Laid { files, .. } in &layers[after_command..] {
        merged.extend(files.iter().map(|(path, entry)| (path.clone(), entry.clone())));
    }
    merged
}

/// Finds out the type of every application that this build declares.
fn complete(origins: &Origins, steps: &[CopyStep], applications: &mut [Application]) -> Result<(), Wrong> {
    for step in steps {
        let Some(name) = &step.application else {
            continue;
        };
        let found = detect(origins, name, &step.sources)?;
        let Some(application) = applications.iter_mut().find(|each| each.name == *name) else {
            continue;
        };
        if found.application_type == ApplicationType::Unknown && application.cmds.is_empty() {
            return Err(Wrong::Mistake(no_type(step, name)));
        }
        application.application_type = found.application_type;
        application.files = found.files;
    }
    Ok(())
}

fn no_type(step: &CopyStep, name: &str) -> Mistake {
    let message = format!("app {name} need to specify APPCMDS if no app type detected");
    Mistake::new(step.position, message)
        .hint(format!("only manifests, only scripts, or a chart have a type; else write APPCMDS {name} [\"COMMAND\"]"))
}
