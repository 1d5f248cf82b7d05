//! Manifests and indexes that were asked for lately, in memory. They are content-addressed, so what is here is never out of
//! date; whether a name still leads to it is for [`crate::names`] to say. The memory is bounded: the documents are in two
//! halves, and when the newer half is full the older one is forgotten.

use bytes::Bytes;
use sealer_model::Digest;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Bytes of one half.
const HALF: usize = 8 * 1024 * 1024;

/// Documents by digest.
#[derive(Debug, Default)]
pub(crate) struct Documents(Mutex<Halves>);

#[derive(Debug, Default)]
struct Halves {
    newer: HashMap<Digest, Bytes>,
    older: HashMap<Digest, Bytes>,
    newer_bytes: usize,
}

impl Documents {
    /// The document, if it is remembered.
    pub(crate) fn get(&self, digest: &Digest) -> Option<Bytes> {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = halves.newer.get(digest) {
            return Some(bytes.clone());
        }
        let bytes = halves.older.remove(digest)?;
        halves.insert(digest.clone(), bytes.clone());
        Some(bytes)
    }

    /// Remembers a document that was verified.
    pub(crate) fn put(&self, digest: Digest, bytes: Bytes) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, bytes);
    }
}

impl Halves {
    fn insert(&mut self, digest: Digest, bytes: Bytes) {
        if self.newer_bytes + bytes.len() > HALF {
            self.older = std::mem::take(&mut self.newer);
            self.newer_bytes = 0;
        }
        self.newer_bytes += bytes.len();
        if let Some(before) = self.newer.insert(digest, bytes) {
            self.newer_bytes -= before.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_forgotten() {
        let documents = Documents::default();
        let document = |number: usize| (Digest::of(&number.to_le_bytes()), Bytes::from(vec![0; HALF / 8]));
        let (wanted, bytes) = document(0);
        documents.put(wanted.clone(), bytes);
        let (unwanted, bytes) = document(1);
        documents.put(unwanted.clone(), bytes);
        for number in 2..40 {
            let (digest, bytes) = document(number);
            documents.put(digest, bytes);
            assert!(documents.get(&wanted).is_some(), "after {number}");
        }
        assert!(documents.get(&unwanted).is_none());
    }
}
