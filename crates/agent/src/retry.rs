//! Trying again when the network fails: a site's network is there, but not at every moment.

use crate::error::{Error, Result};
use std::time::Duration;

/// How long to wait before each further try.
const PAUSES: [Duration; 6] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
];

/// Does work until it is done or fails for another reason than the network, or has failed too often.
pub(crate) async fn patiently<T, F>(mut work: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for pause in PAUSES {
        match work().await {
            Err(error) if is_passing(&error) => tokio::time::sleep(pause).await,
            other => return other,
        }
    }
    work().await
}

fn is_passing(error: &Error) -> bool {
    match error {
        Error::RegistryAnswer { status, .. } => *status >= 500 || *status == 429,
        error => error.is_out_of_reach(),
    }
}
