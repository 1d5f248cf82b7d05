//! What files from the web were when they were last fetched, so that an unchanged one is not fetched again. Only a memory: whatever is
//! missing here is found out anew.

use super::Store;
use crate::error::Result;
use crate::remote::FetchedFile;
use sealer_model::Digest;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A file from the web as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RememberedFile {
    /// Where it came from; a digest that two addresses share must not mix them up.
    pub(crate) url: String,
    /// What the server called this state of it, if it did.
    pub(crate) etag: Option<String>,
    /// Its digest.
    pub(crate) digest: Digest,
    /// Its bytes.
    pub(crate) size: u64,
}

impl Store {
    /// The file at an address as it was last fetched, if its bytes are still here.
    ///
    /// # Errors
    /// When the memory of it cannot be read.
    pub fn known_file(&self, url: &str) -> Result<Option<FetchedFile>> {
        let known = self.remembered_file(url)?;
        Ok(known.map(|RememberedFile { digest, size, .. }| FetchedFile { digest, size }))
    }

    /// What is known of the file at an address, if its bytes are still here.
    pub(crate) fn remembered_file(&self, url: &str) -> Result<Option<RememberedFile>> {
        let known: Option<RememberedFile> = Self::recall(&self.file_memory(url))?;
        Ok(known.filter(|file| file.url == url && self.contains(&file.digest)))
    }

    /// Remembers a file.
    pub(crate) fn remember_file(&self, file: &RememberedFile) -> Result<()> {
        let text = serde_json::to_vec(file).expect("a remembered file always has a JSON form");
        self.replace(&self.file_memory(&file.url), &text)
    }

    fn file_memory(&self, url: &str) -> PathBuf {
        self.ingest().join(format!("file-{}", Digest::of(url.as_bytes()).hex()))
    }
}
