//! What a Kubefile means for one platform: variables filled in, applications and launch merged with those of the base image,
//! files to copy in order. Pure: what the context really holds is looked up later.
//!
//! **Launch.** An image inherits its base's launch unless it says `LAUNCH`, `CMDS` or `CMD` itself. Network and storage
//! applications (`CNI`, `CSI`, of base and image, known by their labels) come first whatever `LAUNCH` names, because nothing
//! runs without them.

mod applications;
mod copy;
mod foundation;
mod launch;
mod origin;
mod run;

pub(crate) use foundation::{Foundation, foundation};
pub(crate) use origin::{ChartArchive, Origin};
pub(crate) use run::RunStep;

use crate::scope::Scope;
use sealer_model::image::{Application, Extension, Launch};
use sealer_model::kubefile::{Action, Instruction, Kubefile, Mistake, Pair, Position};
use std::collections::BTreeMap;

/// Everything but the bytes.
#[derive(Debug, Default)]
pub(crate) struct Recipe {
    /// One layer each, in order.
    pub(crate) steps: Vec<Step>,
    /// Labels of the image, the base's included.
    pub(crate) labels: BTreeMap<String, String>,
    /// Environment, the base's included.
    pub(crate) environment: BTreeMap<String, String>,
    /// Applications, the base's first.
    pub(crate) applications: Vec<Application>,
    /// What is launched.
    pub(crate) launch: Launch,
    /// What should be said although it is no mistake.
    pub(crate) warnings: Vec<String>,
}

/// What makes one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Files.
    Copy(CopyStep),
    /// A command.
    Run(RunStep),
}

/// Files that become one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopyStep {
    /// The instruction as one line.
    pub(crate) instruction: String,
    /// Where it stands.
    pub(crate) position: Position,
    /// Paths and patterns in the context.
    pub(crate) sources: Vec<CopySource>,
    /// Where they go in the rootfs; a folder if it ends in a slash.
    pub(crate) destination: String,
    /// User and group of everything copied, instead of its own.
    pub(crate) owner: Option<(u64, u64)>,
    /// The same by names, which only the rootfs at that point knows.
    pub(crate) named_owner: Option<NamedOwner>,
    /// Permission bits of everything copied, instead of its own.
    pub(crate) mode: Option<u32>,
    /// The application that the files are.
    pub(crate) application: Option<String>,
}

/// Who owns what is copied, as files of the rootfs call him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedOwner {
    /// A name or a number.
    pub(crate) user: String,
    /// A name or a number; without it, the user's own group.
    pub(crate) group: Option<String>,
    /// Where it stands.
    pub(crate) position: Position,
}

/// One source and where it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopySource {
    /// Path or pattern; for what is no folder, the whole of it.
    pub(crate) text: String,
    /// Its place in the Kubefile.
    pub(crate) position: Position,
    /// Where the path begins.
    pub(crate) origin: Origin,
}

impl Recipe {
    /// The steps that copy files.
    pub(crate) fn copies(&self) -> impl Iterator<Item = &CopyStep> {
        self.steps.iter().filter_map(|step| match step {
            Step::Copy(step) => Some(step),
            Step::Run(_) => None,
        })
    }

    /// Reads the instructions below the `FROM` of a stage. `scope` comes from [`foundation`]; `base` describes the base image, with
    /// the labels of its configuration.
    pub(crate) fn read(kubefile: &Kubefile, stage: usize, mut scope: Scope, base: &Extension) -> Result<Self, Mistake> {
        scope.set(base.env.clone());
        let mut recipe =
            Self { labels: base.labels.clone(), applications: base.applications.clone(), ..Self::default() };
        let mut launch = launch::Said::default();
        for instruction in kubefile.stages().get(stage).map_or(&[][..], |stage| stage.instructions) {
            recipe.follow(instruction, &mut scope, &mut launch)?;
        }
        let unused = scope.unused().filter(|name| !takes(kubefile, name));
        recipe.warnings.extend(unused.map(|name| format!("no ARG of the Kubefile takes the build argument {name}")));
        recipe.launch = launch.merged(base, &recipe.applications, &recipe.labels);
        recipe.environment = scope.environment().clone();
        Ok(recipe)
    }

    fn follow(
        &mut self,
        instruction: &Instruction,
        scope: &mut Scope,
        launch: &mut launch::Said,
    ) -> Result<(), Mistake> {
        match &instruction.action {
            // begins the next stage
            Action::From(_) => {}
            Action::Run(run) => self.steps.push(Step::Run(run::step(instruction, run, scope)?)),
            Action::Copy(copy) => self.steps.push(Step::Copy(copy::step(instruction, copy, scope)?)),
            Action::Add(copy) => self.steps.push(Step::Copy(copy::add(instruction, copy, scope)?)),
            Action::Arguments(arguments) => {
                arguments.iter().try_for_each(|argument| scope.declare(argument))?;
            }
            Action::Environment(pairs) => {
                let pairs = expanded(pairs, scope)?;
                scope.set(pairs);
            }
            Action::Labels(pairs) => self.labels.extend(expanded(pairs, scope)?),
            Action::Maintainer(name) => self.label("maintainer", name),
            Action::KubernetesVersion(version) => {
                let version = scope.expand(version)?;
                self.label("app.alpha.sealer.io/supported-kube-version", &version);
            }
            Action::Application { kind, name, sources } => {
                self.application(instruction, *kind, name, sources, scope)?;
            }
            Action::ApplicationCommands(named) => {
                self.declared(instruction, "APPCMDS", &named.application)?.cmds = named.value.clone();
            }
            Action::ApplicationEnvironment(named) => {
                let pairs = expanded(&named.value, scope)?;
                self.declared(instruction, "APPENV", &named.application)?.env.extend(pairs);
            }
            Action::Launch(names) => launch.applications(instruction, names, &self.applications)?,
            Action::Commands(commands) => launch.commands(commands),
            Action::Command(command) => launch.command(command),
        }
        Ok(())
    }

    fn label(&mut self, key: &str, value: &str) {
        self.labels.insert(key.to_owned(), value.to_owned());
    }
}

/// Keys and values; all of one instruction see the variables from before it.
fn expanded(pairs: &[Pair], scope: &Scope) -> Result<Vec<(String, String)>, Mistake> {
    pairs.iter().map(|pair| Ok((scope.expand(&pair.key)?, scope.expand(&pair.value)?))).collect()
}

/// Whether any stage has an `ARG` of this name.
fn takes(kubefile: &Kubefile, name: &str) -> bool {
    let arguments = kubefile.instructions().iter().filter_map(|instruction| match &instruction.action {
        Action::Arguments(arguments) => Some(arguments),
        _ => None,
    });
    arguments.flatten().any(|argument| argument.name == name)
}

#[cfg(test)]
mod tests;
