//! Where secrets are looked up for one verb: the environment, files, and the person at the terminal. What was opened for one secret stays
//! open for the others of the same verb.

mod sealed;

pub(crate) use sealed::OPENERS;

use super::Environment;
use crate::failure::Failure;
use sealer_host::Secret;
use sealer_model::cluster::SecretPlace;
use sealer_model::clusterfile::{Clusterfile, SecretSource};
use sealer_model::secret_list::SecretList;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Asks the person at the terminal for a secret.
pub(crate) type Prompt<'a> = &'a dyn Fn(&str) -> io::Result<String>;

/// One secret: its flag, or what else it is called, its variable, if it has one, and the question for it.
pub(super) struct Source<'a> {
    pub(super) flag: &'a str,
    pub(super) variable: Option<&'a str>,
    pub(super) question: &'a str,
}

/// Permissions of everybody but the owner.
const OTHERS: u32 = 0o077;

/// The places, and what was found there so far.
pub(crate) struct Lookup<'a> {
    pub(super) environment: &'a Environment,
    /// Nobody, where the work can be done without secrets that somebody would have to be asked for.
    prompt: Option<Prompt<'a>>,
    /// `Clusterfile:12`, for what a file says.
    lines: Vec<(SecretPlace, String)>,
    opened: BTreeMap<PathBuf, Result<SecretList, Failure>>,
    identity: Option<Secret>,
    /// What to warn about.
    pub(crate) warnings: Vec<String>,
}

impl<'a> Lookup<'a> {
    /// Nothing was found so far.
    pub(crate) fn new(environment: &'a Environment, prompt: Prompt<'a>) -> Self {
        Self { prompt: Some(prompt), ..Self::at_hand(environment) }
    }

    /// One that asks nobody.
    pub(super) fn at_hand(environment: &'a Environment) -> Self {
        let (lines, opened, warnings) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { environment, prompt: None, lines, opened, identity: None, warnings }
    }

    /// The same, for what such lines say.
    pub(crate) fn for_lines(self, lines: &[(SecretPlace, String)]) -> Self {
        let whole = |place: &SecretPlace| place.clone().with_file(&|path| absolute(path, self.environment));
        let lines = lines.iter().map(|(place, line)| (whole(place), line.clone())).collect();
        Self { lines, ..self }
    }

    /// Keeps a warning, once.
    pub(super) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// A secret from where a Clusterfile says that it is.
    pub(super) fn referred(&mut self, written: &SecretSource, source: &Source<'_>) -> Result<Secret, Failure> {
        match written {
            SecretSource::Written(secret) => Ok(secret.clone()),
            SecretSource::At(place) => self.fetched(place, source),
        }
    }

    /// The same, where it is known to be somewhere else.
    pub(super) fn fetched(&mut self, place: &SecretPlace, source: &Source<'_>) -> Result<Secret, Failure> {
        let found = match place {
            SecretPlace::Prompt => self.answer(source),
            SecretPlace::Variable(name) => self.variable(name, source),
            SecretPlace::File(path) => self.first_line(path),
            SecretPlace::Age { file, key } => self.in_age_file(file, key.as_deref()),
        };
        found.map_err(|failure| match self.line(place.clone()) {
            Some(line) => failure.within(format!("{line} says where to find a secret, and it cannot be had there")),
            None => failure,
        })
    }

    fn line(&self, place: SecretPlace) -> Option<&str> {
        let place = place.with_file(&|path| absolute(path, self.environment));
        self.lines.iter().find(|(said, _)| *said == place).map(|(_, line)| line.as_str())
    }

    fn variable(&self, name: &str, source: &Source<'_>) -> Result<Secret, Failure> {
        self.environment.text(name).map(Secret::new).ok_or_else(|| {
            let missing = format!("the Clusterfile takes a secret from the variable {name}, which is not set");
            let typed = source.variable.map(|_| format!(", or give {} -", source.flag)).unwrap_or_default();
            Failure::failed(missing).hint(format!("set {name}{typed}"))
        })
    }

    fn first_line(&mut self, path: &str) -> Result<Secret, Failure> {
        let path = home(path, self.environment);
        let within = |error| cannot_read(&path, error);
        self.warn_of_others(&path).map_err(within)?;
        let text = fs::read_to_string(&path).map_err(within)?;
        Ok(Secret::new(text.lines().next().unwrap_or_default()))
    }

    fn warn_of_others(&mut self, path: &Path) -> io::Result<()> {
        if fs::metadata(path)?.mode() & OTHERS != 0 {
            self.warn(format!("others may read {}: chmod 600 keeps its secret", path.display()));
        }
        Ok(())
    }

    /// What a person answers.
    pub(super) fn answer(&self, source: &Source<'_>) -> Result<Secret, Failure> {
        let Some(prompt) = self.prompt.filter(|_| self.environment.interactive) else {
            let instead = match source.variable {
                Some(variable) => format!("set {variable} instead"),
                None => "take it from the environment or from a file instead: {env: NAME} or {file: PATH}".to_owned(),
            };
            let flag = source.flag;
            let nobody = match self.prompt {
                None => format!("nobody is asked for {flag} here"),
                Some(_) => format!("there is no terminal to ask for {flag} at"),
            };
            return Err(Failure::failed(nobody).hint(instead));
        };
        match prompt(source.question) {
            Ok(answer) => Ok(Secret::new(answer)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Failure::interrupted()),
            Err(error) => Err(Failure::of(error).within(format!("cannot ask for {}", source.flag))),
        }
    }
}

/// `Clusterfile:12` for each place that a file says.
pub(crate) fn lines_of(file: &Clusterfile) -> Vec<(SecretPlace, String)> {
    file.secret_lines().into_iter().map(|(place, line)| (place, format!("{}:{line}", file.file()))).collect()
}

fn cannot_read(path: &Path, error: io::Error) -> Failure {
    Failure::of(error).within(format!("cannot read the secret in {}", path.display()))
}

/// A path that may begin with `~/`.
pub(super) fn home(path: &str, environment: &Environment) -> PathBuf {
    match (path.strip_prefix("~/"), environment.path("HOME")) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

/// The same path, good wherever the work goes on.
pub(super) fn absolute(path: &str, environment: &Environment) -> String {
    let path = home(path, environment);
    std::path::absolute(&path).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests;
