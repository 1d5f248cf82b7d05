//! What names led to when files were last copied from them: one small file for each name and platform below the store, beside the image
//! layout and out of its way. Losing one costs a request and nothing else.

use crate::error::Error;
use crate::record;
use sealer_model::image::Descriptor;
use sealer_model::{Digest, Platform, Reference};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The records of one store.
pub(super) struct Memory {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Record {
    name: String,
    platform: String,
    top: Descriptor,
}

impl Memory {
    pub(super) fn new(store: &Path) -> Self {
        Self { folder: store.join("build/copied-from") }
    }

    /// What a name led to. A record that cannot be read is as good as none.
    pub(super) fn find(&self, name: &Reference, platform: &Platform) -> Option<Descriptor> {
        let record: Record = record::read(&self.path(name, platform))?;
        let is_meant = record.name == name.to_string() && record.platform == platform.to_string();
        is_meant.then_some(record.top)
    }

    /// Remembers what a name led to.
    pub(super) fn remember(&self, name: &Reference, platform: &Platform, top: &Descriptor) -> Result<(), Error> {
        if self.find(name, platform).as_ref() == Some(top) {
            return Ok(());
        }
        let record = Record { name: name.to_string(), platform: platform.to_string(), top: top.clone() };
        record::write(&self.path(name, platform), &record)
    }

    fn path(&self, name: &Reference, platform: &Platform) -> PathBuf {
        let key = Digest::of(format!("{name}\0{platform}").as_bytes());
        self.folder.join(format!("{}.json", key.hex()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_name_is_found_again_for_its_platform_only() {
        let store = tempfile::tempdir().unwrap();
        let memory = Memory::new(store.path());
        let (name, other): (Reference, Reference) = ("demo/a:1".parse().unwrap(), "demo/a:2".parse().unwrap());
        let (amd64, arm64) = (Platform::linux("amd64"), Platform::linux("arm64"));
        let top = Descriptor::of("x", b"top");
        memory.remember(&name, &amd64, &top).unwrap();
        assert_eq!(memory.find(&name, &amd64), Some(top));
        assert_eq!((memory.find(&name, &arm64), memory.find(&other, &amd64)), (None, None));
        fs::write(memory.path(&name, &amd64), "{").unwrap();
        assert_eq!(memory.find(&name, &amd64), None);
    }
}
