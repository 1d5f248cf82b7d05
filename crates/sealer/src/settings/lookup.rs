//! Where secrets are looked up for one verb: the environment, files, and the person at the terminal. What was opened for one secret stays
//! open for the others of the same verb.

use super::Environment;
use super::age_file::{self, LONGEST_FILE, Sealed};
use crate::failure::Failure;
use sealer_host::Secret;
use sealer_model::cluster::SecretPlace;
use sealer_model::clusterfile::{Clusterfile, SecretSource};
use sealer_model::secret_list::{SecretList, SecretListError};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Asks the person at the terminal for a secret.
pub(crate) type Prompt<'a> = &'a dyn Fn(&str) -> io::Result<String>;

/// One secret: its flag, or what else it is called, its variable, if it has one, and the question for it.
pub(super) struct Source<'a> {
    pub(super) flag: &'a str,
    pub(super) variable: Option<&'a str>,
    pub(super) question: &'a str,
}

/// The file with the keys of age.
const IDENTITY: &str = "SEALER_AGE_IDENTITY";
/// What opens a file of age that has a passphrase.
const PASSPHRASE: &str = "SEALER_AGE_PASSPHRASE";

/// What opens every secret of a site: programs that sealer starts get those that they ask for, and not these.
pub(crate) const OPENERS: [&str; 2] = [IDENTITY, PASSPHRASE];

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
        let found = match written {
            SecretSource::Written(secret) => Ok(secret.clone()),
            SecretSource::Prompt => self.answer(source),
            SecretSource::Variable(name) => self.variable(name, source),
            SecretSource::File(path) => self.first_line(path),
            SecretSource::Age { file, key } => self.in_age_file(file, key.as_deref()),
        };
        found.map_err(|failure| match written.place().and_then(|place| self.line(place)) {
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

    fn in_age_file(&mut self, file: &str, key: Option<&str>) -> Result<Secret, Failure> {
        let path = PathBuf::from(absolute(file, self.environment));
        let opened = match self.opened.get(&path) {
            Some(opened) => opened.clone(),
            None => {
                let opened = self.open(&path);
                self.opened.insert(path.clone(), opened.clone());
                opened
            }
        };
        let secret = opened?.secret(key).map_err(not_in_list);
        secret.map_err(|failure| failure.within(format!("cannot take a secret from {}", path.display())))
    }

    fn open(&mut self, path: &Path) -> Result<SecretList, Failure> {
        let bytes = read(path)?;
        let opened = Sealed::of(&bytes).and_then(|sealed| {
            if sealed.wants_passphrase() {
                return sealed.with_passphrase(&self.passphrase(path)?);
            }
            let (keys, named) = self.keys()?;
            let hint = format!("{IDENTITY} names {named}: let it name the file with a key that this file was made for");
            sealed
                .with_keys(&keys)
                .map_err(|failure| if failure.hints.is_empty() { failure.hint(hint) } else { failure })
        });
        let list = opened.map(|text| SecretList::read(text.reveal()));
        list.map_err(|failure| failure.within(format!("cannot open {}", path.display())))
    }

    /// The keys, and the name of their file.
    fn keys(&mut self) -> Result<(Vec<age::x25519::Identity>, String), Failure> {
        let Some(named) = self.environment.text(IDENTITY) else {
            let hint = format!("set {IDENTITY} to the path of the file that age-keygen has made");
            return Err(Failure::failed(format!("it wants a key, and {IDENTITY} is not set")).hint(hint));
        };
        let path = home(&named, self.environment);
        let text = match &self.identity {
            Some(text) => text.clone(),
            None => self.read_keys(&path).inspect(|text| self.identity = Some(text.clone()))?,
        };
        let keys =
            age_file::keys(&text).map_err(|failure| failure.within(format!("{} cannot be used", path.display())));
        Ok((keys?, path.display().to_string()))
    }

    /// A file of keys may have a passphrase itself.
    fn read_keys(&mut self, path: &Path) -> Result<Secret, Failure> {
        let bytes = read(path)?;
        if Sealed::is_meant(&bytes) {
            let sealed = Sealed::of(&bytes)?;
            let opened = self.passphrase(path).and_then(|passphrase| sealed.with_passphrase(&passphrase));
            return opened.map_err(|failure| failure.within(format!("cannot open {}", path.display())));
        }
        self.warn_of_others(path).map_err(|error| cannot_read(path, error))?;
        let text = String::from_utf8(bytes);
        text.map(Secret::new).map_err(|_| Failure::failed(format!("{} is not text and holds no keys", path.display())))
    }

    fn passphrase(&self, path: &Path) -> Result<Secret, Failure> {
        if let Some(passphrase) = self.environment.text(PASSPHRASE) {
            return Ok(Secret::new(passphrase));
        }
        let (flag, question) =
            (format!("the passphrase of {}", path.display()), format!("Passphrase of {}: ", path.display()));
        self.answer(&Source { flag: &flag, variable: Some(PASSPHRASE), question: &question })
    }

    /// What a person answers.
    pub(super) fn answer(&self, source: &Source<'_>) -> Result<Secret, Failure> {
        let Some(prompt) = self.prompt.filter(|_| self.environment.interactive) else {
            let instead = match source.variable {
                Some(variable) => format!("set {variable} instead"),
                None => "take it from the environment or from a file instead: {env: NAME} or {file: PATH}".to_owned(),
            };
            let nobody = if self.prompt.is_none() { "nobody is asked" } else { "there is no terminal to ask" };
            let at = if self.prompt.is_none() { "here" } else { "at" };
            return Err(Failure::failed(format!("{nobody} for {} {at}", source.flag)).hint(instead));
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

fn not_in_list(error: SecretListError) -> Failure {
    let hint = match &error {
        SecretListError::Several => "say {age: PATH, key: NAME}".to_owned(),
        SecretListError::NotNamed(_) => {
            "encrypt lines NAME: value or NAME=value, or take key away where the file is one secret".to_owned()
        }
        SecretListError::Unknown { near: Some(near), .. } => format!("did you mean {near}?"),
        SecretListError::Unknown { .. } => "age -d FILE shows the names to whoever has the key".to_owned(),
        SecretListError::Empty => "encrypt the file anew with a value".to_owned(),
    };
    Failure::of(error).hint(hint)
}

fn cannot_read(path: &Path, error: io::Error) -> Failure {
    Failure::of(error).within(format!("cannot read the secret in {}", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| cannot_read(path, error))?;
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| cannot_read(path, error))?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(Failure::failed(format!("{} is larger than any file of secrets", path.display())));
    }
    Ok(bytes)
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
