//! The signals that ask a command to end.

use std::io;
use tokio::signal::unix::{SignalKind, signal};

/// Waits until somebody asks the process to end: Ctrl-C, `kill`, or a service manager.
///
/// # Errors
/// When the system does not let us listen for signals.
pub(crate) async fn asked_to_end() -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}
