//! The real charts beside the repository, unpacked.

#![allow(dead_code, reason = "each test and program uses its part")]

use std::path::Path;

use tempfile::TempDir;

/// A folder with `charts/` and `expected/`; none, and a word about it, where they are not at hand.
pub(crate) fn corpus() -> Option<TempDir> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/charts/corpus.tar.zst");
    let Ok(file) = std::fs::File::open(path) else {
        eprintln!("left out: ../shared/charts/corpus.tar.zst is not there");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    tar::Archive::new(zstd::Decoder::new(file).unwrap()).unpack(folder.path()).unwrap();
    Some(folder)
}
