//! Tokens: short-lived stand-ins for a password that was checked. They live in memory only; a client whose token is not known
//! any more asks for another one.

use super::Who;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a token is good for.
pub(super) const LIFE: Duration = Duration::from_secs(300);

/// Tokens at a time; more make the oldest invalid.
const MOST: usize = 4096;

/// Proves nothing, and so need be no secret.
const ANONYMOUS: &str = "anonymous";

/// The tokens that are good now.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    issued: Mutex<HashMap<String, Issued>>,
    random: RandomState,
    number: AtomicU64,
}

#[derive(Debug)]
struct Issued {
    user: String,
    at: Instant,
}

impl Tokens {
    pub(super) fn anonymous(&self) -> String {
        ANONYMOUS.to_owned()
    }

    /// A new token for a user: 128 bits of a keyed hash whose key the system chose at random.
    pub(super) fn issue(&self, user: String) -> String {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let half = |half: u8| self.random.hash_one((number, half));
        let token = format!("{:016x}{:016x}", half(0), half(1));
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.retain(|_, token| token.at.elapsed() < LIFE);
        if issued.len() >= MOST
            && let Some(oldest) = issued.iter().min_by_key(|(_, token)| token.at).map(|(token, _)| token.clone())
        {
            issued.remove(&oldest);
        }
        issued.insert(token.clone(), Issued { user, at: Instant::now() });
        token
    }

    pub(super) fn who(&self, token: &str) -> Option<Who> {
        if token == ANONYMOUS {
            return Some(Who::Anonymous);
        }
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let token = issued.get(token).filter(|token| token.at.elapsed() < LIFE)?;
        Some(Who::User(token.user.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_for_its_user_and_others_for_nobody() {
        let tokens = Tokens::default();
        let (one, other) = (tokens.issue("ann".into()), tokens.issue("bob".into()));
        assert_eq!(tokens.who(&one), Some(Who::User("ann".into())));
        assert_eq!(tokens.who(&other), Some(Who::User("bob".into())));
        assert_eq!(tokens.who(&tokens.anonymous()), Some(Who::Anonymous));
        assert_eq!(tokens.who("0123"), None);
    }

    #[test]
    fn the_number_of_tokens_is_bounded() {
        let tokens = Tokens::default();
        let first = tokens.issue("ann".into());
        for _ in 0..MOST {
            tokens.issue("bob".into());
        }
        assert_eq!(tokens.who(&first), None);
        assert_eq!(tokens.issued.lock().unwrap().len(), MOST);
    }
}
