//! Trying again: four times in all, with pauses that grow, and only what may succeed a little later.

use crate::error::{Error, Result};
use std::time::Duration;

/// The pauses between the tries.
const PAUSES: [Duration; 3] = [Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(3)];

/// A registry that wants a longer rest than this does not get it.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Does something that may fail for a passing reason. The last failure is the one that is told.
pub(super) async fn retry<T, F>(mut action: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for pause in PAUSES {
        match action().await {
            Err(Error::Remote(error)) if error.is_temporary() => {
                tokio::time::sleep(rest(pause, error.retry_after())).await;
            }
            outcome => return outcome,
        }
    }
    action().await
}

fn rest(pause: Duration, asked_for: Option<Duration>) -> Duration {
    asked_for.map_or(pause, |asked_for| asked_for.clamp(pause, LONGEST_REST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_may_ask_for_a_longer_rest_but_not_for_any() {
        let seconds = Duration::from_secs;
        assert_eq!(rest(seconds(1), None), seconds(1));
        assert_eq!(rest(seconds(1), Some(seconds(5))), seconds(5));
        assert_eq!(rest(seconds(1), Some(seconds(0))), seconds(1));
        assert_eq!(rest(seconds(1), Some(seconds(9999))), LONGEST_REST);
    }
}
