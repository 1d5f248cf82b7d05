//! Trying again: four times in all, with pauses that grow, and only what may succeed a little later.

use crate::error::{Error, Result};
use std::time::Duration;

/// The pauses between the tries.
const PAUSES: [Duration; 3] = [Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(3)];

/// The longest pause of somebody who waits for a command to end.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// As [`retry_within`], for somebody who waits for a command to end.
pub(super) async fn retry<T, F>(action: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    retry_within(LONGEST_PAUSE, action).await
}

/// Does something that may fail for a passing reason until it succeeds or there is no more sense in it: a registry that wants to be
/// left alone for longer than the longest pause is left alone.
///
/// # Errors
/// The last failure.
pub async fn retry_within<T, F>(longest_pause: Duration, mut action: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut tried = 0;
    loop {
        let error = match action().await {
            Err(error) => error,
            done => return done,
        };
        let Some(pause) = pause(tried, &error, longest_pause) else {
            return Err(error);
        };
        tokio::time::sleep(pause).await;
        tried += 1;
    }
}

/// How long to wait before something is tried again that has failed `tried` times before this one; `None` when it is no use, or
/// would take longer than the longest pause.
#[must_use]
pub fn pause(tried: usize, error: &Error, longest: Duration) -> Option<Duration> {
    match error {
        Error::Remote(error) if error.is_temporary() => {
            let pause = PAUSES.get(tried)?;
            Some(error.retry_after().unwrap_or_default().max(*pause)).filter(|pause| *pause <= longest)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RemoteError;

    #[test]
    fn a_registry_may_ask_for_a_longer_rest_but_not_for_any() {
        let seconds = Duration::from_secs;
        let after = |retry_after: Option<u64>| {
            let (url, reason) = ("https://a.example/v2/".to_owned(), String::new());
            let retry_after = retry_after.map(seconds);
            pause(1, &RemoteError::Status { url, status: 429, reason, retry_after }.into(), seconds(10))
        };
        assert_eq!(after(None), Some(seconds(1)));
        assert_eq!(after(Some(5)), Some(seconds(5)));
        assert_eq!(after(Some(0)), Some(seconds(1)));
        assert_eq!(after(Some(11)), None);
    }
}
