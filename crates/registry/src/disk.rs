//! The bridge from requests, which are async, to the store, whose methods block on the disk.

use crate::refusal::Refusal;

/// Runs disk work on a thread that may block.
///
/// # Errors
/// The work's own, or that it ended abnormally.
pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Refusal>
where
    T: Send + 'static,
    E: Send + 'static,
    Refusal: From<E>,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Refusal::from),
        Err(error) => Err(Refusal::internal(format!("disk work did not end: {error}"))),
    }
}
