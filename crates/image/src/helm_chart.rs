//! Helm charts in registries: a manifest with one layer, which is the chart's archive. They have no platform and are given no name in
//! the store; their blobs stay there until garbage is collected, so that the same chart is not fetched twice.

use crate::blocking::blocking;
use crate::error::{Error, Result};
use crate::pull::Pull;
use crate::remote::{Client, FetchedFile};
use crate::store::{RememberedFile, Store};
use sealer_model::Reference;
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, media_type};
use std::io::Read;

/// The type of a chart's archive.
const ARCHIVE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// Bytes of the largest archive; Helm takes none that is larger.
const LARGEST: u64 = 100 << 20;

/// Fetches the archive of a chart into the store.
///
/// # Errors
/// When the registry cannot be reached or does not let us in, the name leads to no chart, or the archive is damaged or too large.
pub async fn fetch_helm_chart(
    store: &Store,
    client: &Client,
    name: &Reference,
    listener: &Listener,
) -> Result<FetchedFile> {
    let pull = Pull::begin(store, client, name, listener).await?;
    let top = pull.top().await?;
    let Descriptor { digest, size, .. } = archive(store, name, &top).await?;
    pull.fetch(vec![top]).await?;
    let (store, url) = (store.clone(), address(name));
    let remembered = RememberedFile { url, etag: None, digest: digest.clone(), size };
    blocking("a pull", move || store.remember_file(&remembered)).await?;
    Ok(FetchedFile { digest, size })
}

/// The bytes of a chart's archive.
///
/// # Errors
/// As [`fetch_helm_chart`].
pub async fn pull_helm_chart(store: &Store, client: &Client, name: &Reference, listener: &Listener) -> Result<Vec<u8>> {
    let FetchedFile { digest, .. } = fetch_helm_chart(store, client, name, listener).await?;
    let store = store.clone();
    blocking("a pull", move || {
        let mut bytes = Vec::new();
        let read = store.open_blob(&digest)?.take(LARGEST).read_to_end(&mut bytes);
        read.map_err(|source| Error::File { path: store.blob_path(&digest), source })?;
        Ok(bytes)
    })
    .await
}

impl Store {
    /// The archive of a chart as it was last fetched, if it is still here.
    ///
    /// # Errors
    /// When the memory of it cannot be read.
    pub fn known_helm_chart(&self, name: &Reference) -> Result<Option<FetchedFile>> {
        self.known_file(&address(name))
    }
}

fn address(name: &Reference) -> String {
    format!("oci://{name}")
}

/// The layer that is the chart, looked for before anything large is fetched.
async fn archive(store: &Store, name: &Reference, top: &Descriptor) -> Result<Descriptor> {
    let no_chart = || Error::NoHelmChart { name: name.to_string() };
    if media_type::is_index(&top.media_type) {
        return Err(no_chart());
    }
    let (store, top) = (store.clone(), top.clone());
    let manifest = blocking("a pull", move || store.manifest(&top)).await?;
    let archive = manifest.layers.into_iter().find(|layer| layer.media_type == ARCHIVE).ok_or_else(no_chart)?;
    if archive.size > LARGEST {
        return Err(Error::TooLarge { digest: archive.digest, size: archive.size, limit: LARGEST });
    }
    Ok(archive)
}
