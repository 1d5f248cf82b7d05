//! Documents of which only the digest is known: what they are is told by their content.

use crate::error::{Error, Result};
use crate::remote::type_of;
use crate::store::Store;
use sealer_model::Digest;
use sealer_model::image::Descriptor;

/// The manifest or index of a digest, if it is in the store.
///
/// # Errors
/// When it cannot be read, or is neither.
pub(crate) fn document(store: &Store, digest: &Digest) -> Result<Option<Descriptor>> {
    let Some(size) = store.blob_size(digest)? else {
        return Ok(None);
    };
    let untyped = Descriptor::new("manifest", digest.clone(), size);
    let bytes = store.read_document(&untyped)?;
    let media_type = type_of(&bytes).map_err(|reason| Error::Entry {
        what: "the store".to_owned(),
        entry: digest.to_string(),
        reason: format!("is {reason}"),
    })?;
    Ok(Some(Descriptor { media_type, ..untyped }))
}
