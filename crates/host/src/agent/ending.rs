//! The end of an agent, and its last words when it came too early.

use crate::error::Error;
use crate::process::{Exit, Tail};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

/// How long last words are waited for.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Knows whether an agent has ended, and what it said.
pub(super) struct Ending {
    errors: Tail,
    exit: watch::Receiver<Option<Exit>>,
}

impl Ending {
    /// Watches for the end, which many requests may want to look at.
    pub(super) fn of(errors: Tail, exit: oneshot::Receiver<Exit>) -> Self {
        let (ended, watched) = watch::channel(None);
        tokio::spawn(async move {
            // Without an exit the sender is dropped, which ends the waiting too.
            if let Ok(exit) = exit.await {
                ended.send_replace(Some(exit));
            }
        });
        Self { errors, exit: watched }
    }

    /// The error of a request that the agent did not live to answer.
    pub(super) async fn during(&self, host: &str, what: &str, source: Option<hyper::Error>) -> Error {
        let mut exit = self.exit.clone();
        // If it does not end in time, there is no exit to tell; whatever it said so far is told anyway.
        let exit = timeout(LAST_WORDS, exit.wait_for(Option::is_some)).await;
        let exit = exit.ok().and_then(|ended| ended.ok().and_then(|exit| *exit));
        let errors = match (self.errors.text(), exit) {
            (said, Some(exit)) if said.is_empty() => exit.to_string(),
            (said, None) if said.is_empty() => "the connection was lost".to_owned(),
            (said, _) => said,
        };
        Error::AgentGone { host: host.to_owned(), what: what.to_owned(), errors, source }
    }
}
