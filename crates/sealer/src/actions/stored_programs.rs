//! The store of this machine as the place where an image's programs for hosts of other platforms lie.

use sealer_cluster::{CarriedPrograms, ProgramFile};
use sealer_image::{Hold, Store};
use sealer_model::Digest;
use std::error::Error;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The programs in a store. As long as somebody may send one, garbage waits.
#[derive(Debug)]
pub(super) struct StoredPrograms {
    folder: PathBuf,
    holds: Mutex<Vec<Hold>>,
}

impl StoredPrograms {
    /// Those of the store in a folder, which is opened only when somebody asks.
    pub(super) fn of(folder: PathBuf) -> Self {
        Self { folder, holds: Mutex::default() }
    }
}

impl CarriedPrograms for StoredPrograms {
    fn of_image(&self, digest: &Digest) -> Result<Option<Vec<ProgramFile>>, Box<dyn Error + Send + Sync>> {
        let store = Store::open(&self.folder)?;
        let hold = store.hold()?;
        let Some(programs) = sealer_image::programs(&store, digest)? else { return Ok(None) };
        self.holds.lock().unwrap_or_else(PoisonError::into_inner).push(hold);
        let file = |program: sealer_model::bundle::Program| {
            let path = store.blob_path(&program.digest);
            ProgramFile { program, path }
        };
        Ok(Some(programs.into_iter().map(file).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::Platform;
    use sealer_model::image::{CarriedProgram, Descriptor, Index, Manifest, ProgramConfig, media_type};

    /// An image with a program for arm64, whose file is in the store or not.
    fn image(store: &Store, with_file: bool) -> Digest {
        let (platform, version) = (Platform::linux("arm64"), "v1.0.0".to_owned());
        let file = match with_file {
            true => store.put_document(media_type::PROGRAM_FILE, b"program").unwrap(),
            false => Descriptor::of(media_type::PROGRAM_FILE, b"absent"),
        };
        let config = ProgramConfig { platform: platform.clone(), version: version.clone() };
        let config = store.put_json(media_type::PROGRAM, &config).unwrap();
        let manifest = store.put_json(media_type::MANIFEST, &CarriedProgram::document(config, file)).unwrap();
        let config = store.put_document(media_type::CONFIG, b"{}").unwrap();
        let rootfs = store.put_json(media_type::MANIFEST, &Manifest::new(config.clone(), Vec::new())).unwrap();
        let program = CarriedProgram { platform: platform.clone(), version, manifest };
        let index = Index::of_cluster_image(vec![(platform, rootfs.clone())], &[], &[program], rootfs);
        store.put_json(media_type::INDEX, &index).unwrap().digest
    }

    #[test]
    fn the_file_of_a_program_is_a_blob_of_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let digest = image(&Store::open(folder.path()).unwrap(), true);
        let programs = StoredPrograms::of(folder.path().to_owned()).of_image(&digest).unwrap().unwrap();
        assert_eq!((programs.len(), programs[0].program.version.as_str()), (1, "v1.0.0"));
        assert_eq!(std::fs::read(&programs[0].path).unwrap(), b"program");
    }

    #[test]
    fn an_image_or_a_file_that_is_not_here_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let programs = StoredPrograms::of(folder.path().to_owned());
        assert_eq!(programs.of_image(&Digest::of(b"elsewhere")).unwrap(), None);
        assert!(programs.of_image(&image(&store, false)).unwrap_err().to_string().contains("is not in the store"));
    }
}
