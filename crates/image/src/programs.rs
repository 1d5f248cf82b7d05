//! sealer's own programs in a cluster image of the store, for whoever puts them on hosts.

use crate::document::document;
use crate::error::{Error, Result};
use crate::store::Store;
use sealer_model::bundle::Program;
use sealer_model::image::{CarriedProgram, Descriptor, Entry, media_type};
use sealer_model::{Digest, Platform};

/// The programs that the image of a digest carries, each with its file in the store. None when the image is not in the store.
///
/// # Errors
/// When it is damaged, or lacks the file of a program.
pub fn programs(store: &Store, image: &Digest) -> Result<Option<Vec<Program>>> {
    let Some(image) = document(store, image)? else { return Ok(None) };
    if !media_type::is_index(&image.media_type) {
        return Ok(Some(Vec::new()));
    }
    let mut programs = Vec::new();
    for entry in store.index(&image)?.manifests {
        if let Ok(Entry::Program { platform, version }) = Entry::of(&entry) {
            let program = program(store, &entry, platform, version)?;
            if !store.contains(&program.digest) {
                return Err(Error::NoBlob { digest: program.digest, store: store.root().to_owned() });
            }
            programs.push(program);
        }
    }
    Ok(Some(programs))
}

/// A program as its artifact says.
pub(crate) fn program(store: &Store, entry: &Descriptor, platform: Platform, version: String) -> Result<Program> {
    let manifest = store.manifest(entry)?;
    let file = CarriedProgram::file(&manifest).ok_or_else(|| Error::NoProgram { digest: entry.digest.clone() })?;
    Ok(Program { platform, version, digest: file.digest.clone(), size: file.size })
}
