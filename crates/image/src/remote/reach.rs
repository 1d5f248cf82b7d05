//! Whether a registry can be reached at all. One that drops packets makes every connection wait for its limit, and every image
//! tries several times; so when nobody has got a connection for long enough, whoever comes next is told so at once. After a rest it is
//! tried again.

use super::RemoteError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// No connection for so long, and nobody waits for one any more: at least two tries, one after the other.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a registry is left alone then.
const REST: Duration = Duration::from_secs(15);

/// What connections to one registry came to.
#[derive(Debug, Default)]
pub(super) struct Reach(Mutex<Option<Failing>>);

/// Connections that were waited for in vain, with none between them that was not.
#[derive(Clone, Copy, Debug)]
struct Failing {
    since: Instant,
    last: Instant,
}

impl Reach {
    /// Fails where it is no use to try now.
    pub(super) fn check(&self, registry: &str) -> Result<(), RemoteError> {
        let Some(Failing { since, last }) = *self.failing() else { return Ok(()) };
        if last - since < PATIENCE || last.elapsed() >= REST {
            return Ok(());
        }
        Err(RemoteError::GivenUp { registry: registry.to_owned(), seconds: (last - since).as_secs() })
    }

    /// Notes what became of a request that was begun at some time.
    pub(super) fn note<T>(&self, begun: Instant, outcome: &Result<T, RemoteError>) {
        let mut failing = self.failing();
        if !matches!(outcome, Err(error) if error.is_without_connection()) {
            *failing = None;
            return;
        }
        let since = failing.filter(|failing| failing.last.elapsed() < REST).map_or(begun, |failing| failing.since);
        *failing = Some(Failing { since, last: Instant::now() });
    }

    /// Nothing in it can be half-done.
    fn failing(&self) -> MutexGuard<'_, Option<Failing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn in_vain() -> Result<(), RemoteError> {
        Err(RemoteError::GivenUp { registry: "a.example".into(), seconds: 10 })
    }

    #[tokio::test]
    async fn a_registry_is_given_up_after_two_tries_in_a_row_and_asked_again_after_a_rest() {
        let now = Instant::now();
        let reach = Reach::default();
        // sixteen images begin together and wait in vain: that may be a passing reason
        for _ in 0..16 {
            reach.note(now - LIMIT, &in_vain());
        }
        assert!(reach.check("a.example").is_ok());
        *reach.failing() = Some(Failing { since: now - 2 * LIMIT, last: now });
        let error = reach.check("a.example").unwrap_err().to_string();
        assert_eq!(error, "a.example has not taken a connection for 20 seconds and is left alone for now");
        reach.note(now, &Ok(()));
        assert!(reach.check("a.example").is_ok());
        *reach.failing() = Some(Failing { since: now - 5 * LIMIT, last: now - REST });
        assert!(reach.check("a.example").is_ok());
    }
}
