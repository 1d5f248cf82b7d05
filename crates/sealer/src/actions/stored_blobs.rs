//! The store of this machine as the source of the bytes that a delivery sends to hosts, and of the container images that it pushes to a
//! registry that the site has already.

use crate::failure::Failure;
use sealer_cluster::{Blobs, Destination, FromStore, Reader};
use sealer_image::remote::{Client, Login, Options, Throttle};
use sealer_image::{Hold, Store};
use sealer_model::image::Descriptor;
use std::error::Error;
use std::future::Future;
use std::io::{self, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use tokio::io::AsyncSeekExt;

/// The store's blobs. As long as somebody may read them, garbage waits.
pub(super) struct StoredBlobs {
    store: Store,
    credential_files: Vec<PathBuf>,
    _hold: Hold,
}

impl StoredBlobs {
    /// The blobs of a store. Blocks while garbage is being collected.
    ///
    /// # Errors
    /// When the store's lock cannot be had.
    pub(super) fn of(store: Store) -> Result<Self, Failure> {
        let hold = store.hold()?;
        Ok(Self { store, credential_files: Vec::new(), _hold: hold })
    }

    /// The same, with files that say who this machine is at registries.
    pub(super) fn with_credentials(self, credential_files: Vec<PathBuf>) -> Self {
        Self { credential_files, ..self }
    }

    /// Who hosts are at a registry, this machine is there, too; where they are nobody, it may be somebody all the same.
    async fn client(&self, to: &Destination) -> Result<Client, Box<dyn Error + Send + Sync>> {
        let (registry, pace) = (&to.registry, to.pace.clone());
        let login = registry.username.clone().zip(to.password.as_ref()).map(|(user, password)| {
            let password = password.reveal().to_owned();
            Login { user, password }
        });
        let options = Options {
            insecure_hosts: registry.insecure.then(|| registry.name()).into_iter().collect(),
            authority_texts: registry.authority.clone().into_iter().collect(),
            credential_files: if login.is_some() { Vec::new() } else { self.credential_files.clone() },
            login,
            throttle: Throttle::new(move |reader| pace.keep(reader)),
            ..Options::default()
        };
        // it reads files
        Ok(tokio::task::spawn_blocking(move || Client::new(options)).await??)
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

    fn are_pushed<'a>(&'a self, image: &'a Descriptor, to: &'a Destination) -> FromStore<'a, bool> {
        Box::pin(async move {
            let client = self.client(to).await?;
            Ok(sealer_image::has_container_images(&self.store, &client, image, &to.registry).await?)
        })
    }

    fn push<'a>(&'a self, image: &'a Descriptor, to: &'a Destination) -> FromStore<'a, ()> {
        Box::pin(async move {
            let client = self.client(to).await?;
            Ok(sealer_image::push_container_images(&self.store, &client, image, &to.registry, &to.listener).await?)
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
