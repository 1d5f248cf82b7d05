//! The variables that are visible at one point of a Kubefile: those of the platform, `ARG`, `ENV`, and what the build was
//! given. `ENV` beats everything, a given value beats the platform's, and a default of `ARG` comes last.

use sealer_model::Platform;
use sealer_model::kubefile::{Argument, Mistake, Word};
use std::collections::{BTreeMap, BTreeSet};

/// Variables and their values.
pub(crate) struct Scope {
    platform: BTreeMap<&'static str, String>,
    given: BTreeMap<String, String>,
    declared: BTreeSet<String>,
    defaults: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    /// The names of the stages above.
    stages: Vec<Option<String>>,
}

impl Scope {
    /// The scope above the first instruction, of a build for `platform` on `machine`.
    pub(crate) fn new(platform: &Platform, machine: &Platform, given: &BTreeMap<String, String>) -> Self {
        let variables = [
            ("ARCH", platform.architecture.clone()),
            ("TARGETARCH", platform.architecture.clone()),
            ("TARGETOS", platform.os.clone()),
            ("TARGETVARIANT", platform.variant.clone().unwrap_or_default()),
            ("TARGETPLATFORM", platform.to_string()),
            ("BUILDARCH", machine.architecture.clone()),
            ("BUILDOS", machine.os.clone()),
            ("BUILDVARIANT", machine.variant.clone().unwrap_or_default()),
            ("BUILDPLATFORM", machine.to_string()),
        ];
        Self {
            platform: variables.into_iter().collect(),
            given: given.clone(),
            declared: BTreeSet::new(),
            defaults: BTreeMap::new(),
            environment: BTreeMap::new(),
            stages: Vec::new(),
        }
    }

    /// Takes in the stages above.
    pub(crate) fn below(&mut self, stages: impl IntoIterator<Item = Option<String>>) {
        self.stages.extend(stages);
    }

    /// The number of the stage above that is called so, by its name or its number.
    pub(crate) fn stage(&self, called: &str) -> Option<usize> {
        let name = called.to_ascii_lowercase();
        let by_name = self.stages.iter().position(|stage| stage.as_ref() == Some(&name));
        by_name.or_else(|| called.parse().ok().filter(|number| *number < self.stages.len()))
    }

    /// Takes in an `ARG`.
    pub(crate) fn declare(&mut self, argument: &Argument) -> Result<(), Mistake> {
        self.declared.insert(argument.name.clone());
        if let Some(default) = &argument.default {
            let value = self.expand(default)?;
            self.defaults.insert(argument.name.clone(), value);
        }
        Ok(())
    }

    /// Takes in variables of `ENV`, or of the base image.
    pub(crate) fn set(&mut self, environment: impl IntoIterator<Item = (String, String)>) {
        self.environment.extend(environment);
    }

    /// A word's text here.
    pub(crate) fn expand(&self, word: &Word) -> Result<String, Mistake> {
        word.expand(&|name| self.value(name).map(str::to_owned))
    }

    /// The environment so far.
    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Every variable that a command sees here, with its value. Where it is built makes no difference to an image, unless an `ARG` asks.
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        let platform = self.platform.keys().copied().filter(|name| !name.starts_with("BUILD"));
        let own = self.declared.iter().chain(self.environment.keys()).map(String::as_str);
        platform.chain(own).filter_map(|name| Some((name.to_owned(), self.value(name)?.to_owned()))).collect()
    }

    /// Values that the build was given and neither an `ARG` above nor the platform takes.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &str> {
        self.given
            .keys()
            .map(String::as_str)
            .filter(|name| !self.declared.contains(*name) && !self.platform.contains_key(name))
    }

    fn value(&self, name: &str) -> Option<&str> {
        let given = || {
            let visible = self.declared.contains(name) || self.platform.contains_key(name);
            self.given.get(name).filter(|_| visible)
        };
        let found = self.environment.get(name).or_else(given);
        found.or_else(|| self.platform.get(name)).or_else(|| self.defaults.get(name)).map(String::as_str)
    }
}
