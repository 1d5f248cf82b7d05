//! The store of this machine as the source of the bytes that a delivery sends.

use crate::failure::Failure;
use sealer_cluster::{Blobs, Reader};
use sealer_image::{Hold, Store};
use sealer_model::image::Descriptor;
use std::future::Future;
use std::io::{self, SeekFrom};
use std::pin::Pin;
use tokio::io::AsyncSeekExt;

/// The store's blobs. As long as somebody may read them, garbage waits.
pub(super) struct StoredBlobs {
    store: Store,
    _hold: Hold,
}

impl StoredBlobs {
    /// The blobs of a store. Blocks while garbage is being collected.
    ///
    /// # Errors
    /// When the store's lock cannot be had.
    pub(super) fn of(store: Store) -> Result<Self, Failure> {
        let hold = store.hold()?;
        Ok(Self { store, _hold: hold })
    }

    /// The store itself.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }
}

impl Blobs for StoredBlobs {
    fn open(&self, blob: &Descriptor, offset: u64) -> Pin<Box<dyn Future<Output = io::Result<Reader>> + Send + '_>> {
        let path = self.store.blob_path(&blob.digest);
        Box::pin(async move {
            let mut file = tokio::fs::File::open(path).await?;
            file.seek(SeekFrom::Start(offset)).await?;
            Ok(Box::new(file) as Reader)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::image::media_type;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn bytes_are_read_from_an_offset() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let layer = store.put_document(media_type::LAYER_TAR, b"0123456789").unwrap();
        let mut text = String::new();
        let mut reader = StoredBlobs::of(store).unwrap().open(&layer, 4).await.unwrap();
        reader.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "456789");
    }
}
