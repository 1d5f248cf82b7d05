//! The bridge from asynchronous code to work that waits for the disk.

use crate::error::{Error, Result};

/// Does something that blocks on a thread of its own. `what` names it, should it end abnormally.
pub(crate) async fn blocking<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Task { what })?
}
