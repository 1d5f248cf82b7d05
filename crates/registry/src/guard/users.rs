//! Users and their passwords: a file of the form that `htpasswd -B` writes, one `name:bcrypt` a line. It is read again when it
//! has changed. Checking a password takes long on purpose, so a password that was right is remembered, as a salted hash, and
//! only so many are checked at a time.

use crate::error::{Error, Result};
use crate::refusal::Refusal;
use sealer_model::Digest;
use sealer_model::causes::chain;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use std::{fmt, fs};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Passwords that are checked at a time.
const CHECKS: usize = 2;

/// Requests that may wait for a check; more are told to come back.
const WAITING: usize = 64;

/// What is checked for a user who does not exist, so that both take the same time.
const NOBODY: &str = "$2b$10$abcdefghijklmnopqrstuuW1yR3Jx0eTxH6nCq4sBdHkP0L1n6q2C";

/// The users of a file.
pub(super) struct Users {
    path: PathBuf,
    known: Mutex<Known>,
    salt: RandomState,
    checks: Semaphore,
    waiting: Semaphore,
}

#[derive(Default)]
struct Known {
    modified: Option<SystemTime>,
    hashes: Arc<HashMap<String, String>>,
    proven: HashMap<String, Digest>,
}

impl fmt::Debug for Users {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Users of {}", self.path.display())
    }
}

impl Users {
    /// Reads the file. Blocks on the disk.
    ///
    /// # Errors
    /// When it cannot be read, or a line of it is not of the form.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let users = Self {
            path: path.to_owned(),
            known: Mutex::default(),
            salt: RandomState::new(),
            checks: Semaphore::new(CHECKS),
            waiting: Semaphore::new(WAITING),
        };
        users.renew()?;
        Ok(users)
    }

    /// Whether the user has this password.
    ///
    /// # Errors
    /// When the file has become unreadable, or too many ask at a time.
    pub(super) async fn check(&self, user: &str, password: &str) -> std::result::Result<bool, Refusal> {
        self.renew().map_err(|error| Refusal::internal(chain(&error)))?;
        let proof = self.proof(user, password);
        let hash = {
            let known = self.lock();
            if known.proven.get(user) == Some(&proof) {
                return Ok(true);
            }
            known.hashes.get(user).cloned()
        };
        let busy = |_| Refusal::too_many("too many passwords are being checked");
        let _waiting = self.waiting.try_acquire().map_err(busy)?;
        let _check = self.checks.acquire().await.map_err(|error| Refusal::internal(error.to_string()))?;
        let right = verify(hash, password.to_owned()).await?;
        if right {
            self.lock().proven.insert(user.to_owned(), proof);
        }
        Ok(right)
    }

    /// What the file holds for a user, as it is now.
    ///
    /// # Errors
    /// When the file has become unreadable.
    pub(super) fn hash(&self, user: &str) -> std::result::Result<Option<String>, Refusal> {
        self.renew().map_err(|error| Refusal::internal(chain(&error)))?;
        Ok(self.lock().hashes.get(user).cloned())
    }

    /// Reads the file again when it has changed.
    fn renew(&self) -> Result<()> {
        let unreadable = |source| Error::File { path: self.path.clone(), source };
        let modified = fs::metadata(&self.path).and_then(|metadata| metadata.modified()).map_err(unreadable)?;
        if self.lock().modified == Some(modified) {
            return Ok(());
        }
        let text = fs::read_to_string(&self.path).map_err(unreadable)?;
        let hashes = parse(&text).map_err(|line| Error::User { path: self.path.clone(), line })?;
        *self.lock() = Known { modified: Some(modified), hashes: Arc::new(hashes), proven: HashMap::new() };
        Ok(())
    }

    /// Salted with what only this process knows, so that it is worth nothing elsewhere.
    fn proof(&self, user: &str, password: &str) -> Digest {
        let salt = (self.salt.hash_one(0), self.salt.hash_one(1));
        Digest::of(format!("{salt:?}\0{user}\0{password}").as_bytes())
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn verify(hash: Option<String>, password: String) -> std::result::Result<bool, Refusal> {
    let check = move || {
        let known = hash.is_some();
        let right = bcrypt::verify(password, hash.as_deref().unwrap_or(NOBODY));
        known && right.unwrap_or(false)
    };
    let checked = spawn_blocking(check).await;
    checked.map_err(|error| Refusal::internal(format!("checking a password ended abnormally: {error}")))
}

/// The hashes by user, or the number of the first line that is not of the form.
fn parse(text: &str) -> std::result::Result<HashMap<String, String>, usize> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| match line.split_once(':') {
            Some((user, hash)) if !user.is_empty() && is_bcrypt(hash) => Ok((user.to_owned(), hash.to_owned())),
            _ => Err(number),
        })
        .collect()
}

fn is_bcrypt(hash: &str) -> bool {
    hash.len() == 60 && ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|prefix| hash.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(lines: &[(&str, &str)]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        write(file.path(), lines);
        file
    }

    fn write(path: &Path, lines: &[(&str, &str)]) {
        let line = |(user, password): &(&str, &str)| format!("{user}:{}\n", bcrypt::hash(password, 4).unwrap());
        let text: String = lines.iter().map(line).collect();
        fs::write(path, format!("# users\n\n{text}")).unwrap();
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_user_is_right() {
        let file = file(&[("ann", "secret"), ("bob", "other")]);
        let users = Users::read(file.path()).unwrap();
        for (user, password, right) in [
            ("ann", "secret", true),
            ("ann", "secret", true),
            ("ann", "other", false),
            ("bob", "other", true),
            ("eve", "secret", false),
            ("", "", false),
        ] {
            assert_eq!(users.check(user, password).await.unwrap(), right, "{user} {password}");
        }
    }

    #[tokio::test]
    async fn a_changed_file_counts_at_once() {
        let file = file(&[("ann", "secret")]);
        let users = Users::read(file.path()).unwrap();
        assert!(users.check("ann", "secret").await.unwrap());
        write(file.path(), &[("ann", "new")]);
        let later = SystemTime::now() + std::time::Duration::from_secs(1);
        fs::File::options().write(true).open(file.path()).unwrap().set_modified(later).unwrap();
        assert!(!users.check("ann", "secret").await.unwrap());
        assert!(users.check("ann", "new").await.unwrap());
    }

    #[test]
    fn a_line_that_is_no_bcrypt_is_named_by_its_number() {
        let hash = bcrypt::hash("x", 4).unwrap();
        assert_eq!(parse(&format!("# c\n\nann:{hash}\n")).unwrap().len(), 1);
        assert_eq!(parse(&format!("ann:{hash}\nbob:$apr1$x$y\n")), Err(2));
        assert_eq!(parse("ann\n"), Err(1));
        assert_eq!(parse(&format!(":{hash}\n")), Err(1));
    }
}
