//! A blob that another store on this machine holds becomes one of this store, too, without its bytes being written again.

use super::Store;
use crate::error::{Error, Result, at};
use sealer_model::Digest;
use std::fs;
use std::io;

impl Store {
    /// Takes a blob over: the same file under a second name, or a copy where the other store is on another disk. It is as young as
    /// a new one.
    ///
    /// # Errors
    /// When it is not there, is damaged where it has to be copied, or cannot be written.
    pub fn adopt(&self, other: &Self, digest: &Digest) -> Result<()> {
        let _lock = self.share()?;
        let (from, to) = (other.blob_path(digest), self.blob_path(digest));
        match fs::hard_link(&from, &to) {
            Ok(()) => self.wrote(),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NoBlob { digest: digest.clone(), store: other.root().to_owned() });
            }
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => self.copy_from(other, digest)?,
            Err(error) => return Err(at(&to)(error)),
        }
        self.keep(digest)
    }

    fn copy_from(&self, other: &Self, digest: &Digest) -> Result<()> {
        let mut writer = self.writer()?;
        io::copy(&mut other.open_blob(digest)?, &mut writer).map_err(at(&self.blob_path(digest)))?;
        writer.finish_expecting(digest).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adopted_blob_outlives_the_store_it_comes_from() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (ours, theirs) = (Store::open(one.path()).unwrap(), Store::open(two.path()).unwrap());
        let blob = theirs.put_document("text/plain", b"blob").unwrap();
        ours.adopt(&theirs, &blob.digest).unwrap();
        ours.adopt(&theirs, &blob.digest).unwrap();
        assert!(theirs.remove_blob(&blob.digest).unwrap());
        assert_eq!(ours.read_document(&blob).unwrap(), b"blob");
        assert!(matches!(ours.adopt(&theirs, &Digest::of(b"absent")), Err(Error::NoBlob { .. })));
    }

    #[test]
    fn a_copy_is_verified() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (ours, theirs) = (Store::open(one.path()).unwrap(), Store::open(two.path()).unwrap());
        let blob = theirs.put_document("text/plain", b"blob").unwrap();
        ours.copy_from(&theirs, &blob.digest).unwrap();
        assert!(ours.contains(&blob.digest));
        let bad = theirs.put_document("text/plain", b"bad").unwrap();
        fs::write(theirs.blob_path(&bad.digest), b"BAD").unwrap();
        assert!(matches!(ours.copy_from(&theirs, &bad.digest), Err(Error::Damaged { .. })));
    }
}
