//! One registry of an upstream, and whether it wants to be left alone: one that cannot be reached, or says that it is asked too
//! often, is not asked again for a while, so that nobody waits for it and its limit is not made worse.

use super::turns::Turns;
use sealer_image::remote::{Access, Client, Repository, pause};
use sealer_image::{Error, RemoteError, Result};
use sealer_model::Reference;
use sealer_model::causes::chain;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OwnedMutexGuard;

/// The first rest of a registry that cannot be reached; each further one in a row is twice as long.
const REST: Duration = Duration::from_secs(5);

/// How long somebody has to find out whether a registry is back, while everybody else is told that it is not.
const PROBE: Duration = Duration::from_secs(45);

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
pub(crate) struct Rests {
    all: Mutex<HashMap<String, Rest>>,
    /// Hosts that have answered. One that never has is asked by one at a time, so that not everybody waits for silence in turn.
    reached: Mutex<HashSet<String>>,
    first: Turns,
}

#[derive(Debug)]
struct Rest {
    until: Instant,
    trouble: Trouble,
    /// How often in a row it could not be reached.
    failures: u32,
    /// Its rest was over, and somebody asks it now.
    probed: bool,
}

impl Rests {
    /// Why a host is not to be asked now. Who is told nothing when a rest is over is the one who asks.
    fn trouble(&self, host: &str) -> Option<Trouble> {
        let (mut all, now) = (lock(&self.all), Instant::now());
        let rest = all.get_mut(host)?;
        if rest.until <= now {
            (rest.until, rest.probed) = (now + PROBE, true);
            return None;
        }
        let left = rest.until.saturating_duration_since(now);
        Some(Trouble { limited: rest.trouble.limited.map(|_| left), ..rest.trouble.clone() })
    }

    /// Notes what a failure means for those who ask next.
    fn note(&self, host: &str, error: &Error) -> Trouble {
        let (rest, limited) = verdict(error);
        let trouble = Trouble { message: chain(error), limited };
        let Some(rest) = rest else {
            self.well(host);
            return trouble;
        };
        let (mut all, now) = (lock(&self.all), Instant::now());
        let before = all.get(host);
        // Of many who asked at the same time each comes with the same failure.
        if before.is_none_or(|before| before.probed || before.until <= now) {
            let failures = before.map_or(1, |before| before.failures.saturating_add(1));
            let rest = if limited.is_some() { rest } else { grown(rest, failures) };
            let trouble = trouble.clone();
            all.insert(host.to_owned(), Rest { until: now + rest, trouble, failures, probed: false });
        }
        trouble
    }

    /// It has answered.
    fn well(&self, host: &str) {
        lock(&self.all).remove(host);
        let mut reached = lock(&self.reached);
        if !reached.contains(host) {
            reached.insert(host.to_owned());
        }
    }

    /// A turn, where nobody has been answered yet.
    async fn turn(&self, host: &str) -> Option<OwnedMutexGuard<()>> {
        if lock(&self.reached).contains(host) {
            return None;
        }
        Some(self.first.take(host).await)
    }
}

fn grown(rest: Duration, failures: u32) -> Duration {
    rest.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST_REST)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long to leave a registry alone after a failure, and whether it said that it is asked too often.
fn verdict(error: &Error) -> (Option<Duration>, Option<Duration>) {
    match error {
        Error::Remote(error @ RemoteError::Status { status: 429, .. }) => {
            let rest = error.retry_after().unwrap_or(REST).clamp(Duration::from_secs(1), LONGEST_REST);
            (Some(rest), Some(rest))
        }
        Error::Remote(RemoteError::Connection { .. } | RemoteError::GivenUp { .. } | RemoteError::Silent { .. }) => {
            (Some(REST), None)
        }
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

/// Whether a failure that may pass is worth another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// No: somebody else can answer.
    None,
    /// Yes, for a few seconds, unless the registry took long to say nothing.
    Some,
}

impl Patience {
    /// Only the last place is worth waiting for.
    pub(super) fn with(places: &[Place]) -> impl Iterator<Item = (&Place, Self)> {
        let last = places.len().saturating_sub(1);
        places.iter().enumerate().map(move |(at, place)| (place, if at == last { Self::Some } else { Self::None }))
    }

    fn pause(self, tried: usize, error: &Error) -> Option<Duration> {
        let silent = matches!(error, Error::Remote(error) if error.took_too_long());
        pause(tried, error, LONGEST_PAUSE).filter(|_| self == Self::Some && !silent)
    }
}

impl Place {
    /// Asks it something about the repository, unless it rests. `None` when it says that it does not have that.
    pub(super) async fn ask<T, F>(
        &self,
        rests: &Rests,
        patience: Patience,
        question: impl Fn(Repository) -> F,
    ) -> std::result::Result<Option<T>, Trouble>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let host = self.name.domain();
        let _turn = rests.turn(host).await;
        if let Some(trouble) = rests.trouble(host) {
            return Err(trouble);
        }
        match self.persist(patience, question).await {
            Err(Error::Remote(RemoteError::NoImage { .. } | RemoteError::Status { status: 404, .. })) => {
                rests.well(host);
                Ok(None)
            }
            Err(error) => Err(rests.note(host, &error)),
            Ok(answer) => {
                rests.well(host);
                Ok(answer)
            }
        }
    }

    async fn persist<T, F>(&self, patience: Patience, question: impl Fn(Repository) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut tried = 0;
        loop {
            let asked = async { question(self.client.reach(&self.name, Access::Pull).await?).await };
            let error = match asked.await {
                Err(error) => error,
                answer => return answer,
            };
            let Some(pause) = patience.pause(tried, &error) else { return Err(error) };
            tokio::time::sleep(pause).await;
            tried += 1;
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

    #[test]
    fn a_rest_grows_with_each_failed_probe_and_ends_with_an_answer() {
        let rests = Rests::default();
        let silent = || Error::from(RemoteError::Silent { url: "https://a.example/v2/".into(), seconds: 30 });
        let rest =
            || lock(&rests.all)["a.example"].until.saturating_duration_since(Instant::now()).as_secs_f64().round();
        let end = || lock(&rests.all).get_mut("a.example").unwrap().until = Instant::now();
        for (round, seconds) in [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0].into_iter().enumerate() {
            rests.note("a.example", &silent());
            rests.note("a.example", &silent());
            assert!((rest() - seconds).abs() < 1.5, "round {round}: {} instead of {seconds}", rest());
            end();
            assert!(rests.trouble("a.example").is_none(), "one asks");
            assert!(rests.trouble("a.example").is_some(), "and everybody else is told without waiting");
        }
        rests.well("a.example");
        assert!(rests.trouble("a.example").is_none());
    }

    #[test]
    fn what_takes_long_to_fail_and_what_another_place_may_have_is_asked_once() {
        let silent = RemoteError::Silent { url: "https://a.example/v2/".into(), seconds: 30 }.into();
        assert_eq!(Patience::Some.pause(0, &silent), None);
        assert!(Patience::Some.pause(0, &answer(503, None)).is_some());
        assert_eq!(Patience::None.pause(0, &answer(503, None)), None);
    }
}
