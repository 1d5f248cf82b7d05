//! What the store and builds remember about blobs: what a layer holds, what became of it, what was proven of an image. When a blob
//! goes, nobody asks for what was remembered about it any more, so it goes with the garbage. Whoever writes or reads such files
//! shares the store's lock, or does without what is gone.

use super::{RememberedFile, Store};
use crate::error::{Result, at};
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What builds note of a layer that they made, `build/layers/<key>.json`, and of what a name led to that files were copied from,
/// `build/copied-from/<key>.json`.
#[derive(Deserialize)]
struct Built {
    #[serde(alias = "top")]
    descriptor: Descriptor,
}

impl Store {
    /// Removes what is remembered about blobs that are not here. Nobody may be writing to the store.
    pub(super) fn forget_absent(&self) -> Result<()> {
        for path in files(&self.ingest())? {
            let Some((kind, _)) = name(&path).split_once('-') else { continue };
            let about = match kind {
                "listing" => name(&path).split_once('-').and_then(|(_, hex)| digest(hex)),
                "gzip" => told(&path, |layer: Descriptor| layer.digest)?,
                "file" => told(&path, |file: RememberedFile| file.digest)?,
                _ => continue,
            };
            self.forget_unless_here(&path, about.as_ref())?;
        }
        let build = self.root.join("build");
        let built = files(&build.join("layers"))?.into_iter().chain(files(&build.join("copied-from"))?);
        for path in built.filter(|path| name(path).ends_with(".json")) {
            let about = told(&path, |built: Built| built.descriptor.digest)?;
            self.forget_unless_here(&path, about.as_ref())?;
        }
        // earlier versions kept the second kind without a folder for each set of searched folders
        let unsearched = build.join("unsearched");
        let proofs = [folders(&build.join("complete"))?, folders(&unsearched)?, vec![unsearched]].concat();
        for folder in proofs {
            for path in files(&folder)? {
                self.forget_unless_here(&path, digest(name(&path)).as_ref())?;
            }
        }
        Ok(())
    }

    /// A memory that tells no digest is none.
    fn forget_unless_here(&self, path: &Path, about: Option<&Digest>) -> Result<()> {
        if about.is_some_and(|digest| self.contains(digest)) {
            return Ok(());
        }
        fs::remove_file(path).map_err(at(path))
    }
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn digest(hex: &str) -> Option<Digest> {
    format!("sha256:{hex}").parse().ok()
}

fn told<T: DeserializeOwned>(path: &Path, digest: impl FnOnce(T) -> Digest) -> Result<Option<Digest>> {
    Ok(Store::recall(path)?.map(digest))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    entries(folder, false)
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    entries(folder, true)
}

/// What is in a folder that need not be there.
fn entries(folder: &Path, folders: bool) -> Result<Vec<PathBuf>> {
    let found = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found.map_err(at(folder))?,
    };
    let mut paths = Vec::new();
    for entry in found {
        let entry = entry.map_err(at(folder))?;
        if entry.file_type().map_err(at(folder))?.is_dir() == folders {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that is remembered about one blob.
    fn remember(store: &Store, blob: &Descriptor) -> Vec<PathBuf> {
        let hex = blob.digest.hex().to_owned();
        store.remember_listing(&blob.digest, &["etc/a".to_owned()]).unwrap();
        store.remember_layer(&Digest::of(hex.as_bytes()), blob).unwrap();
        let (url, etag) = (format!("https://a.example/{hex}"), None);
        store.remember_file(&RememberedFile { url, etag, digest: blob.digest.clone(), size: 1 }).unwrap();
        let build = store.root.join("build");
        let diff_id = Digest::of(b"plain");
        let record = serde_json::json!({ "descriptor": blob, "diffId": diff_id });
        let paths = [
            build.join(format!("layers/{hex}.json")),
            build.join(format!("copied-from/{hex}.json")),
            build.join(format!("complete/v1/{hex}")),
            build.join(format!("unsearched/{hex}")),
            build.join(format!("unsearched/manifests+charts/{hex}")),
        ];
        for path in &paths {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, record.to_string()).unwrap();
        }
        let top = serde_json::json!({ "name": "a:1", "platform": "linux/amd64", "top": blob });
        fs::write(&paths[1], top.to_string()).unwrap();
        let ingest = files(&store.ingest()).unwrap();
        paths.into_iter().chain(ingest.into_iter().filter(|path| name(path).contains('-'))).collect()
    }

    #[test]
    fn what_is_remembered_goes_with_the_blob_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let kept = store.put_document("text/plain", b"kept").unwrap();
        store.tag(&"r.io/a:1".parse().unwrap(), &kept).unwrap();
        let kept = remember(&store, &kept);
        let gone = store.put_document("text/plain", b"gone").unwrap();
        let all = remember(&store, &gone);
        fs::write(store.ingest().join("gzip-unreadable"), "{").unwrap();
        store.collect_garbage().unwrap();
        let left: Vec<_> = all.iter().filter(|path| path.exists() && name(path).contains(gone.digest.hex())).collect();
        assert_eq!(left, Vec::<&PathBuf>::new());
        for path in kept.iter().filter(|path| !name(path).starts_with("lock")) {
            assert!(path.exists(), "{} was in use", path.display());
        }
        let memories = files(&store.ingest()).unwrap();
        let memories = memories.iter().filter(|path| ["gzip", "file"].iter().any(|kind| name(path).starts_with(kind)));
        assert_eq!(memories.count(), 2);
    }
}
