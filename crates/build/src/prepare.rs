//! The part of a build for one platform that reads the context: which files each instruction means, what type each
//! application has, and which container images all of it asks for. Nothing is written yet.

use crate::application::detect;
use crate::context::Context;
use crate::discovery::{Discovered, discover};
use crate::error::Error;
use crate::files::{Files, Folders, Wrong, files};
use crate::recipe::{CopyStep, Recipe};
use sealer_model::image::{Application, ApplicationType};
use sealer_model::kubefile::{Kubefile, Mistake};

/// What the context holds for one platform.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The files of each instruction, in order, with the instruction as one line.
    pub(crate) layers: Vec<(String, Files)>,
    /// What they ask for.
    pub(crate) discovered: Discovered,
}

/// Reads the context for a recipe, and completes the recipe's applications with their types and files.
pub(crate) fn prepare(kubefile: &Kubefile, context: &Context, recipe: &mut Recipe) -> Result<Prepared, Error> {
    let explain = |mistake| Error::from(kubefile.explain(mistake));
    let failed = |wrong| match wrong {
        Wrong::Mistake(mistake) => explain(mistake),
        Wrong::Failed(error) => error,
    };
    let mut folders = Folders::default();
    let mut layers = Vec::new();
    for step in &recipe.copies {
        let files = files(context, step, &folders).map_err(failed)?;
        folders.add(&files);
        layers.push((step.instruction.clone(), files));
    }
    complete(context, &recipe.copies, &mut recipe.applications).map_err(failed)?;
    let discovered = discover(&merged(&layers))?;
    Ok(Prepared { layers, discovered })
}

/// The files as they will lie over one another: of two with the same path, the later counts.
fn merged(layers: &[(String, Files)]) -> Files {
    let mut merged = Files::new();
    for (_, files) in layers {
        merged.extend(files.iter().map(|(path, entry)| (path.clone(), entry.clone())));
    }
    merged
}

/// Finds out the type of every application that this build declares.
fn complete(context: &Context, steps: &[CopyStep], applications: &mut [Application]) -> Result<(), Wrong> {
    for step in steps {
        let Some(name) = &step.application else {
            continue;
        };
        let found = detect(context, name, &step.sources)?;
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
