//! One registry of an upstream, and whether it wants to be left alone: one that cannot be reached, or says that it is asked too
//! often, is not asked again for a while, so that nobody waits for it and its limit is not made worse.

use sealer_image::remote::{Access, Client, Repository};
use sealer_image::{Error, RemoteError, Result};
use sealer_model::Reference;
use sealer_model::causes::chain;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Rest of a registry that cannot be reached.
const REST: Duration = Duration::from_secs(5);

/// The longest pause between two tries of one request: whoever asked waits with an open connection.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// No registry is left alone for longer than this, whatever it asks for.
const LONGEST_REST: Duration = Duration::from_secs(5 * 60);

/// Why an upstream gave nothing.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    /// What happened, with its causes.
    pub(crate) message: String,
    /// How long its registry wants to be left alone, where it said that it is asked too often.
    pub(crate) limited: Option<Duration>,
}

impl Trouble {
    pub(crate) fn new(message: String) -> Self {
        Self { message, limited: None }
    }
}

/// Which registries rest, by host.
#[derive(Debug, Default)]
pub(crate) struct Rests(Mutex<HashMap<String, (Instant, Trouble)>>);

impl Rests {
    /// Why a host is not to be asked now.
    fn trouble(&self, host: &str) -> Option<Trouble> {
        let mut all = self.all();
        let (until, trouble) = all.get(host)?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            all.remove(host);
            return None;
        }
        Some(Trouble { limited: trouble.limited.map(|_| left), ..trouble.clone() })
    }

    /// Notes what a failure means for those who ask next.
    fn note(&self, host: &str, error: &Error) -> Trouble {
        let (rest, limited) = verdict(error);
        let trouble = Trouble { message: chain(error), limited };
        if let Some(rest) = rest {
            self.all().insert(host.to_owned(), (Instant::now() + rest, trouble.clone()));
        }
        trouble
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, (Instant, Trouble)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long to leave a registry alone after a failure, and whether it said that it is asked too often.
fn verdict(error: &Error) -> (Option<Duration>, Option<Duration>) {
    match error {
        Error::Remote(error @ RemoteError::Status { status: 429, .. }) => {
            let rest = error.retry_after().unwrap_or(REST).clamp(Duration::from_secs(1), LONGEST_REST);
            (Some(rest), Some(rest))
        }
        Error::Remote(RemoteError::Connection { .. } | RemoteError::Silent { .. }) => (Some(REST), None),
        Error::Remote(RemoteError::Status { status: 502..=504, .. }) => (Some(REST), None),
        _ => (None, None),
    }
}

/// A place to ask for one repository.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(super) client: Client,
    /// The repository's name there.
    pub(super) name: Reference,
}

impl Place {
    /// Asks it something about the repository, unless it rests. `None` when it says that it does not have that.
    pub(super) async fn ask<T, F>(
        &self,
        rests: &Rests,
        question: impl FnOnce(Repository) -> F,
    ) -> std::result::Result<Option<T>, Trouble>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let host = self.name.domain();
        if let Some(trouble) = rests.trouble(host) {
            return Err(trouble);
        }
        let asked = async { question(self.client.repository(&self.name, Access::Pull).await?).await };
        match asked.await {
            Err(Error::Remote(RemoteError::NoImage { .. } | RemoteError::Status { status: 404, .. })) => Ok(None),
            Err(error) => Err(rests.note(host, &error)),
            Ok(answer) => Ok(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<u64>) -> Error {
        let (url, reason) = ("https://a.example/v2/".to_owned(), String::new());
        RemoteError::Status { url, status, reason, retry_after: retry_after.map(Duration::from_secs) }.into()
    }

    #[test]
    fn a_registry_rests_for_as_long_as_it_asks_within_limits() {
        let seconds = Duration::from_secs;
        for (asked, rest) in [(None, REST), (Some(0), seconds(1)), (Some(60), seconds(60)), (Some(9999), LONGEST_REST)]
        {
            assert_eq!(verdict(&answer(429, asked)), (Some(rest), Some(rest)), "{asked:?}");
        }
        assert_eq!(verdict(&answer(503, None)), (Some(REST), None));
        assert_eq!(verdict(&answer(403, None)), (None, None));
    }

    #[test]
    fn who_rests_is_not_asked_and_the_reason_is_remembered() {
        let rests = Rests::default();
        assert!(rests.trouble("a.example").is_none());
        rests.note("a.example", &answer(429, Some(60)));
        let trouble = rests.trouble("a.example").unwrap();
        assert!(trouble.limited.unwrap() > Duration::from_secs(50) && trouble.message.contains("429"), "{trouble:?}");
        assert!(rests.trouble("b.example").is_none());
    }
}
