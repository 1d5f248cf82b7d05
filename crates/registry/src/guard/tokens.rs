//! Tokens: short-lived stand-ins for a password that was checked. A token says whose it is and until when, and is signed, so that
//! every registry with the same key takes it, also one that has been started since. The hash of the user's password is
//! signed with it: a token ends when its user goes or gets another password.

use super::Who;
use crate::configuration::Configuration;
use crate::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fmt, fs};

/// How long a token is good for.
pub(super) const LIFE: Duration = Duration::from_secs(300);

/// Characters of a key that somebody wrote.
const SHORTEST: usize = 32;

/// Proves nothing, and so need be no secret.
const ANONYMOUS: &str = "anonymous";

/// What signs tokens.
pub(super) struct Tokens {
    key: [u8; 32],
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tokens")
    }
}

/// What a token says, which is worth nothing before it has been checked.
#[derive(Debug)]
pub(super) enum Claim {
    Anonymous,
    Signed { user: String, ends: u64, signature: Vec<u8> },
}

impl Claim {
    /// Reads a token. `None` when it is none of ours.
    pub(super) fn of(token: &str) -> Option<Self> {
        if token == ANONYMOUS {
            return Some(Self::Anonymous);
        }
        let mut parts = token.split('.');
        let (user, ends, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let user = String::from_utf8(URL_SAFE_NO_PAD.decode(user).ok()?).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        parts.next().is_none().then_some(Self::Signed { user, ends: ends.parse().ok()?, signature })
    }

    /// The user that it names.
    pub(super) fn user(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Signed { user, .. } => Some(user),
        }
    }
}

impl Tokens {
    /// Reads the key, or makes one. Registries that have one certificate have one key, too.
    pub(super) fn read(configuration: &Configuration) -> Result<Self> {
        let key = match (&configuration.token_key, &configuration.tls) {
            (Some(path), _) => derived(&secret(path)?),
            (None, Some(tls)) => derived(&read(&tls.key)?),
            (None, None) => {
                let mut key = [0; 32];
                getrandom::fill(&mut key).map_err(Error::Random)?;
                key
            }
        };
        Ok(Self { key })
    }

    pub(super) fn anonymous() -> String {
        ANONYMOUS.to_owned()
    }

    /// A new token for a user with this hash of a password.
    pub(super) fn issue(&self, user: &str, hash: &str, now: SystemTime) -> String {
        let ends = seconds(now).saturating_add(LIFE.as_secs());
        let signature = self.signing(user, ends, hash).finalize().into_bytes();
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        format!("{}.{ends}.{}", encoded(user.as_bytes()), encoded(&signature))
    }

    /// Whose token it is. `hash` is that of its user now, who may be none any more.
    pub(super) fn who(&self, claim: Claim, hash: Option<&str>, now: SystemTime) -> Option<Who> {
        match claim {
            Claim::Anonymous => Some(Who::Anonymous),
            Claim::Signed { user, ends, signature } => {
                let right = self.signing(&user, ends, hash?).verify_slice(&signature).is_ok();
                (right && seconds(now) < ends).then_some(Who::User(user))
            }
        }
    }

    fn signing(&self, user: &str, ends: u64, hash: &str) -> Hmac<Sha256> {
        let signing = Hmac::<Sha256>::new_from_slice(&self.key).expect("this code takes keys of any length");
        // Neither a number nor a hash holds a zero, so no two tokens are signed alike.
        signing.chain_update(format!("{ends}\0{hash}\0{user}"))
    }
}

/// Bound to this use, because the same secret may have others.
fn derived(secret: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(b"sealer registry tokens\0").chain_update(secret).finalize().into()
}

fn secret(path: &Path) -> Result<Vec<u8>> {
    let secret = read(path)?.trim_ascii().to_vec();
    if secret.len() < SHORTEST {
        return Err(Error::Secret { path: path.to_owned(), least: SHORTEST });
    }
    Ok(secret)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2b$04$x";

    fn tokens(key: &str) -> Tokens {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, format!("{key}\n")).unwrap();
        Tokens::read(&Configuration { token_key: Some(path), ..Configuration::default() }).unwrap()
    }

    fn who(tokens: &Tokens, token: &str, hash: Option<&str>, now: SystemTime) -> Option<Who> {
        tokens.who(Claim::of(token)?, hash, now)
    }

    #[test]
    fn a_token_stands_for_its_user_at_every_registry_with_the_same_key() {
        let (here, there, other) = (tokens(&"k".repeat(32)), tokens(&"k".repeat(32)), tokens(&"x".repeat(32)));
        let now = SystemTime::now();
        let token = here.issue("ann", HASH, now);
        assert_eq!(who(&there, &token, Some(HASH), now), Some(Who::User("ann".into())));
        assert_eq!(who(&other, &token, Some(HASH), now), None);
        assert_eq!(who(&there, ANONYMOUS, None, now), Some(Who::Anonymous));
    }

    #[test]
    fn a_token_ends_with_its_time_its_user_and_the_users_password() {
        let (tokens, now) = (tokens(&"k".repeat(32)), SystemTime::now());
        let token = tokens.issue("ann", HASH, now);
        let second = Duration::from_secs(1);
        assert!(who(&tokens, &token, Some(HASH), now + LIFE - second).is_some());
        assert_eq!(who(&tokens, &token, Some(HASH), now + LIFE + second), None);
        assert_eq!(who(&tokens, &token, None, now), None);
        assert_eq!(who(&tokens, &token, Some("$2b$04$y"), now), None);
    }

    #[test]
    fn what_was_changed_or_made_up_is_worth_nothing() {
        let (tokens, now) = (tokens(&"k".repeat(32)), SystemTime::now());
        let token = tokens.issue("ann", HASH, now);
        let [user, ends, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let eve = URL_SAFE_NO_PAD.encode("eve");
        for made_up in [
            format!("{eve}.{ends}.{signature}"),
            format!("{user}.{ends}0.{signature}"),
            format!("{user}.{ends}.{user}"),
            format!("{user}.{ends}."),
            format!("{user}.{ends}"),
            format!("{token}."),
            "0123".to_owned(),
            String::new(),
        ] {
            assert_eq!(who(&tokens, &made_up, Some(HASH), now), None, "{made_up}");
        }
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, format!("short{}", "\n".repeat(40))).unwrap();
        let error = Tokens::read(&Configuration { token_key: Some(path), ..Configuration::default() }).unwrap_err();
        assert!(error.to_string().contains("32"), "{error}");
    }
}
