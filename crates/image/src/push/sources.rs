//! Where a registry may have a blob already, in another of its repositories: then it need not be sent. What is most likely comes
//! first: the image that this one was built from, the name that it has here, the container images' own names, and every other image of
//! the store that has the blob and a name in that registry. Whether any of them was ever pushed there, the registry knows.

use crate::error::Result;
use crate::parts::Parts;
use crate::store::Store;
use sealer_model::image::{Descriptor, Entry, Manifest, media_type};
use sealer_model::{Digest, Reference};
use std::collections::BTreeMap;

/// So many repositories are asked for one blob; each is a request.
const MOST: usize = 3;

/// On a rootfs manifest: the image that it was built from.
const BASE: &str = "org.opencontainers.image.base.name";

/// Repositories by blob.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<Digest, Vec<String>>);

impl Sources {
    /// For the blobs of an image of the store that is to be sent.
    pub(super) fn of(store: &Store, top: &Descriptor, local: &Reference, remote: &Reference) -> Result<Self> {
        let collecting = &mut Collecting { store, remote, sources: Self::default() };
        let wanted: Vec<Digest> = blobs(store, top)?;
        for base in bases(store, top)? {
            collecting.add(&base, &wanted);
        }
        collecting.add(local, &wanted);
        collecting.carried(top)?;
        let mut others = store.images()?;
        others.retain(|image| collecting.is_elsewhere(&image.name));
        for other in others {
            // one that is not whole is no help and no hindrance
            if let Ok(theirs) = blobs(store, &other.descriptor) {
                let common: Vec<Digest> =
                    theirs.into_iter().filter(|blob| wanted.binary_search(blob).is_ok()).collect();
                collecting.add(&other.name, &common);
                collecting.carried(&other.descriptor)?;
            }
        }
        Ok(std::mem::take(&mut collecting.sources))
    }

    /// The repositories that may have a blob, the likeliest first.
    pub(super) fn of_blob(&self, digest: &Digest) -> &[String] {
        self.0.get(digest).map_or(&[], Vec::as_slice)
    }
}

struct Collecting<'a> {
    store: &'a Store,
    remote: &'a Reference,
    sources: Sources,
}

impl Collecting<'_> {
    fn is_elsewhere(&self, name: &Reference) -> bool {
        name.domain() == self.remote.domain() && name.path() != self.remote.path()
    }

    fn add(&mut self, name: &Reference, blobs: &[Digest]) {
        if !self.is_elsewhere(name) {
            return;
        }
        for blob in blobs {
            let known = self.sources.0.entry(blob.clone()).or_default();
            if known.len() < MOST && !known.iter().any(|path| path == name.path()) {
                known.push(name.path().to_owned());
            }
        }
    }

    /// The container images of a cluster image, under their own names.
    fn carried(&mut self, image: &Descriptor) -> Result<()> {
        if !media_type::is_index(&image.media_type) {
            return Ok(());
        }
        for entry in self.store.index(image)?.manifests {
            if let Ok(Entry::ContainerImage { name, .. }) = Entry::of(&entry)
                && self.is_elsewhere(&name)
            {
                let manifest = self.store.manifest(&entry)?;
                let blobs: Vec<Digest> = manifest.blobs().map(|blob| blob.digest.clone()).collect();
                self.add(&name, &blobs);
            }
        }
        Ok(())
    }
}

/// The blobs of an image, in order.
fn blobs(store: &Store, image: &Descriptor) -> Result<Vec<Digest>> {
    let parts = Parts::of(store, std::slice::from_ref(image))?;
    let mut blobs: Vec<Digest> = parts.blobs.into_iter().map(|blob| blob.digest).collect();
    blobs.sort();
    Ok(blobs)
}

/// The images that the platforms of a cluster image were built from.
fn bases(store: &Store, image: &Descriptor) -> Result<Vec<Reference>> {
    let rootfs: Vec<Descriptor> = match media_type::is_index(&image.media_type) {
        true => store.index(image)?.manifests.into_iter().filter(is_rootfs).collect(),
        false => vec![image.clone()],
    };
    let mut bases = Vec::new();
    for each in rootfs.iter().filter(|each| media_type::is_manifest(&each.media_type)) {
        let manifest: Manifest = store.manifest(each)?;
        let base = manifest.annotations.get(BASE);
        bases.extend(base.and_then(|name| name.parse::<Reference>().ok()));
    }
    bases.dedup();
    Ok(bases)
}

fn is_rootfs(entry: &Descriptor) -> bool {
    matches!(Entry::of(entry), Ok(Entry::Rootfs { .. }))
}
