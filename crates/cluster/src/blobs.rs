//! Where the bytes of a cluster image come from. This room does not know the store; whoever joins the rooms gives it one of
//! these.

use futures_util::future::BoxFuture;
use sealer_model::image::Descriptor;
use tokio::io::AsyncRead;

/// The bytes of a blob from some offset on.
pub type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// Gives blobs by digest.
pub trait Blobs: Send + Sync {
    /// Opens a blob at an offset in bytes.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    fn open(&self, blob: &Descriptor, offset: u64) -> BoxFuture<'_, std::io::Result<Reader>>;
}
