//! Threads for connections, each with connections of its own. Threads that share all connections wake one another for each answer that can
//! go on, and between fast clients and files in memory that costs a tenth of what they can send.
//!
//! Where connections are encrypted each processor has a thread, because that is work. Where they are not, the kernel does most of the work,
//! half as many threads keep it as busy, and the other half would only take processors from whoever the files are for.

use crate::error::{Error, Result};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{Builder, available_parallelism};
use tokio::net::TcpStream;
use tokio::runtime::{self, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// The threads. They end when this is dropped, and what they still do ends with them.
pub(super) struct Workers(Vec<Worker>);

struct Worker {
    runtime: Handle,
    /// One reference to it for each connection, and this one.
    connections: Arc<()>,
    _until_dropped: oneshot::Sender<()>,
}

impl Workers {
    /// Starts as many as serve connections best, with or without TLS.
    ///
    /// # Errors
    /// When the system gives no thread, or not what a thread waits with.
    pub(super) fn start(tls: bool) -> Result<Self> {
        let processors = available_parallelism().map_or(1, NonZeroUsize::get);
        let count = if tls { processors } else { processors.div_ceil(2) };
        (0..count).map(|_| Worker::start()).collect::<Result<_>>().map(Self)
    }

    /// Has the connection served by the thread that has the fewest.
    ///
    /// # Errors
    /// When the connection cannot be handed over; it is closed then.
    pub(super) fn serve<F>(
        &self,
        set: &mut JoinSet<()>,
        stream: TcpStream,
        connection: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) -> std::io::Result<()>
    where
        F: Future<Output = ()> + Send,
    {
        // never empty: there is at least one processor
        let Some(worker) = self.0.iter().min_by_key(|worker| Arc::strong_count(&worker.connections)) else {
            return Ok(());
        };
        let (stream, counted) = (stream.into_std()?, worker.connections.clone());
        let work = async move {
            // It fails where the system has no memory to watch one more connection: this one ends, the others go on.
            if let Ok(stream) = TcpStream::from_std(stream) {
                connection(stream).await;
            }
            drop(counted);
        };
        set.spawn_on(work, &worker.runtime);
        Ok(())
    }
}

impl Worker {
    fn start() -> Result<Self> {
        let cannot = |source| Error::Thread { source };
        let own = runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
        let (runtime, (sender, dropped)) = (own.handle().clone(), oneshot::channel());
        let work = move || live(own, dropped);
        Builder::new().name("connections".to_owned()).spawn(work).map_err(cannot)?;
        Ok(Self { runtime, connections: Arc::default(), _until_dropped: sender })
    }
}

/// Serves until the other end is dropped. Work on the disk that was begun is not waited for: it is not acknowledged yet.
fn live(runtime: Runtime, dropped: oneshot::Receiver<()>) {
    // an error is how the other end says that it was dropped
    let _dropped = runtime.block_on(dropped);
    runtime.shutdown_background();
}
