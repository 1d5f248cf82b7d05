//! Secrets in files that age has encrypted: each file is read and opened for the first secret that is wanted of it.

use super::super::age_file::{self, LONGEST_FILE, Sealed};
use super::{Lookup, Source, absolute, cannot_read, home};
use crate::failure::Failure;
use sealer_host::Secret;
use sealer_model::secret_list::{SecretList, SecretListError};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The file with the keys of age.
const IDENTITY: &str = "SEALER_AGE_IDENTITY";
/// What opens a file of age that has a passphrase.
const PASSPHRASE: &str = "SEALER_AGE_PASSPHRASE";

/// What opens every secret of a site: programs that sealer starts get those that they ask for, and not these.
pub(crate) const OPENERS: [&str; 2] = [IDENTITY, PASSPHRASE];

impl Lookup<'_> {
    pub(super) fn in_age_file(&mut self, file: &str, key: Option<&str>) -> Result<Secret, Failure> {
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

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| cannot_read(path, error))?;
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| cannot_read(path, error))?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(Failure::failed(format!("{} is larger than any file of secrets", path.display())));
    }
    Ok(bytes)
}
