//! Looking after a store that a registry serves: what takes how much room, and whether everything is what it should be.
//! Collecting garbage is the store's own work; both may be done while the registry runs.

use sealer_image::{Collected, Error, Result, Store};
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, annotation};
use sealer_model::{Digest, Reference};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// By full name of the repository.
    pub repositories: Vec<RepositoryUsage>,
    /// Blobs that some image needs.
    pub blobs: u64,
    /// Their bytes, each blob once.
    pub bytes: u64,
    /// Blobs that no image needs.
    pub garbage_blobs: u64,
    /// Their bytes.
    pub garbage_bytes: u64,
    /// Blobs that upstreams gave.
    pub cached_blobs: u64,
    /// Their bytes.
    pub cached_bytes: u64,
}

/// What the images of one repository need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepositoryUsage {
    /// The full name; empty for images that other tools put there without one.
    pub repository: String,
    /// Images, tagged or not.
    pub images: u64,
    /// Bytes of all that they need, each blob once.
    pub bytes: u64,
    /// Those of them that no other repository needs: what deleting the repository would free.
    pub alone: u64,
}

/// Blobs that are not what they should be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// Blobs that were read.
    pub checked: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs whose bytes have another digest.
    pub damaged: Vec<Digest>,
    /// Blobs that images need and that are not here.
    pub missing: Vec<Missing>,
}

/// A blob that is not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Which.
    pub digest: Digest,
    /// The image that needs it.
    pub image: String,
}

impl Faults {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.damaged.is_empty() && self.missing.is_empty()
    }
}

/// Adds up what a store holds. Blocks on the disk.
///
/// # Errors
/// When the store or a document of an image cannot be read.
pub fn usage(store: &Store) -> Result<Usage> {
    let mut parts: BTreeMap<String, (u64, BTreeMap<Digest, u64>)> = BTreeMap::new();
    for entry in store.entries()? {
        let (images, needed) = parts.entry(repository(&entry)).or_default();
        *images += 1;
        needed.extend(store.reachable(&entry)?.into_iter().map(|part| (part.digest, part.size)));
    }
    let mut owners: BTreeMap<&Digest, (u64, u64)> = BTreeMap::new();
    for (digest, size) in parts.values().flat_map(|(_, needed)| needed) {
        owners.entry(digest).or_insert((*size, 0)).1 += 1;
    }
    let alone = |needed: &BTreeMap<Digest, u64>| {
        needed.iter().filter(|(digest, _)| owners[digest].1 == 1).map(|(_, size)| size).sum()
    };
    let repositories = parts.iter().map(|(repository, (images, needed))| RepositoryUsage {
        repository: repository.clone(),
        images: *images,
        bytes: needed.values().sum(),
        alone: alone(needed),
    });
    let garbage = store.garbage_older_than(std::time::Duration::ZERO)?;
    let cached = crate::upstreams::upkeep::usage(store)?;
    Ok(Usage {
        repositories: repositories.collect(),
        blobs: owners.len() as u64,
        bytes: owners.values().map(|(size, _)| size).sum(),
        garbage_blobs: garbage.blobs,
        garbage_bytes: garbage.bytes,
        cached_blobs: cached.blobs,
        cached_bytes: cached.bytes,
    })
}

/// Removes what upstreams gave and nobody has used for so long, and of the rest what was used least recently until no more than
/// `bytes` are left; with `dry_run` only counts it. What images of the store need is never among it. Blocks on the disk.
///
/// # Errors
/// When the cache cannot be read, or a file cannot be removed.
pub fn trim_cache(store: &Store, bytes: u64, unused: Duration, dry_run: bool) -> Result<Collected> {
    crate::upstreams::upkeep::trim(store, bytes, unused, dry_run)
}

/// Reads every blob and looks for those that images need. Blocks on the disk, for as long as reading the store takes.
///
/// # Errors
/// When a folder or a file cannot be read at all.
pub fn verify(store: &Store) -> Result<Faults> {
    let scan = store.scan(&Listener::deaf())?;
    let cached = crate::upstreams::upkeep::scan(store)?.unwrap_or_default();
    let damaged: Vec<Digest> = scan.damaged.into_keys().chain(cached.damaged.into_keys()).collect();
    let known: BTreeSet<&Digest> = damaged.iter().collect();
    let mut missing = Vec::new();
    for entry in store.entries()? {
        missing.extend(missing_of(store, &entry, &known)?);
    }
    Ok(Faults {
        checked: (scan.blobs.len() + cached.blobs.len()) as u64,
        bytes: scan.bytes + cached.bytes,
        damaged,
        missing,
    })
}

/// What an image lacks. Where a document of it is damaged, it is not known what else it needs.
fn missing_of(store: &Store, entry: &Descriptor, damaged: &BTreeSet<&Digest>) -> Result<Vec<Missing>> {
    let image = entry.annotation(annotation::REFERENCE).unwrap_or(entry.digest.as_str());
    let missing = |digest: Digest| Missing { digest, image: image.to_owned() };
    match store.missing(entry) {
        Ok(parts) => Ok(parts.into_iter().map(|part| missing(part.digest)).collect()),
        Err(Error::NoBlob { digest, .. }) => Ok(vec![missing(digest)]),
        Err(Error::Damaged { expected, .. }) if damaged.contains(&expected) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn repository(entry: &Descriptor) -> String {
    let name = entry.annotation(annotation::REFERENCE).and_then(|name| name.parse::<Reference>().ok());
    name.map(|name| name.repository()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::image::{Manifest, media_type};

    fn image(store: &Store, name: &str, layer: &[u8]) -> Descriptor {
        let layer = store.put_document(media_type::LAYER_TAR, layer).unwrap();
        let config = store.put_document(media_type::CONFIG, b"{}").unwrap();
        let manifest = store.put_json(media_type::MANIFEST, &Manifest::new(config, vec![layer.clone()])).unwrap();
        store.tag(&name.parse().unwrap(), &manifest).unwrap();
        layer
    }

    #[test]
    fn shared_blobs_count_once_and_garbage_apart() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        image(&store, "a.io/x:1", b"one layer");
        image(&store, "a.io/x:2", b"one layer");
        image(&store, "b.io/y:1", b"another");
        store.put_document("text/plain", b"garbage").unwrap();
        let usage = usage(&store).unwrap();
        assert_eq!((usage.blobs, usage.garbage_blobs, usage.garbage_bytes), (5, 1, 7));
        let [one, other] = usage.repositories.as_slice() else { panic!("{usage:?}") };
        assert_eq!((one.repository.as_str(), one.images), ("a.io/x", 2));
        // The configuration is shared.
        assert_eq!((one.bytes - one.alone, other.bytes - other.alone), (2, 2));
        assert_eq!(usage.bytes, one.alone + other.alone + 2);
    }

    #[test]
    fn damaged_and_missing_blobs_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let one = image(&store, "a.io/x:1", b"one layer");
        let other = image(&store, "b.io/y:1", b"another");
        assert!(verify(&store).unwrap().is_empty());
        std::fs::write(store.blob_path(&one.digest), b"one layeR").unwrap();
        std::fs::remove_file(store.blob_path(&other.digest)).unwrap();
        let faults = verify(&store).unwrap();
        assert_eq!(faults.damaged, [one.digest]);
        assert_eq!(faults.missing, [Missing { digest: other.digest, image: "b.io/y:1".to_owned() }]);
        assert_eq!(faults.checked, 4);
    }
}
