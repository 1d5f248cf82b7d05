//! Work that waits for disks or for people, kept off the threads that serve the network.

use crate::failure::Failure;

/// Runs work that blocks.
///
/// # Errors
/// Those of the work.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await?
}
