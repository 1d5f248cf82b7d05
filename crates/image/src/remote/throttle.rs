//! What holds uploads back: somebody else's limit, through which every stream of an upload is led.

use std::fmt;
use std::sync::Arc;
use tokio::io::AsyncRead;

/// What an upload reads from.
pub type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// Leads streams through a limit; without one they are as fast as the network.
#[derive(Clone, Default)]
pub struct Throttle(Option<Arc<dyn Fn(Reader) -> Reader + Send + Sync>>);

impl Throttle {
    /// Every stream of an upload goes through this.
    pub fn new(through: impl Fn(Reader) -> Reader + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(through)))
    }

    /// The stream behind the limit.
    pub(super) fn lead(&self, reader: Reader) -> Reader {
        match &self.0 {
            Some(through) => through(reader),
            None => reader,
        }
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Throttle({})", self.0.is_some())
    }
}
