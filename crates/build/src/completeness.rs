//! The proof that an image needs nothing from outside: its rootfs is read back from its layers, as a site would get it,
//! everything in it is rendered and searched again, and every name that this gives must be carried. A build does it before it
//! gives the image its name; on the site it can be done again.

mod proofs;
mod searchable;

pub(crate) use proofs::Proofs;
pub(crate) use searchable::Searchable;

use crate::discovery::{Discovered, Unsearched, Usage, discover};
use crate::error::Error;
use crate::missing::MissingImage;
use sealer_image::Store;
use sealer_model::bundle::VERSION_LABEL;
use sealer_model::image::{Catalog, Config, Demand, Descriptor, Entry, Extension, Index, annotation};
use sealer_model::{Digest, Platform, Reference};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What an image would ask of the world outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Completeness {
    /// The image.
    pub image: Reference,
    /// Its digest.
    pub digest: Digest,
    /// How many names its files ask for, on all its platforms together.
    pub asked_for: usize,
    /// Names that it asks for and does not carry.
    pub leaving: Vec<Leaving>,
    /// Those of them that were allowed to be missing when it was built.
    pub allowed: Vec<Leaving>,
    /// Files that may ask for anything.
    pub unsearched: Vec<Unsearched>,
    /// Those that were allowed to when it was built.
    pub allowed_unsearched: Vec<Unsearched>,
}

/// A name that would leave the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Leaving {
    /// The name.
    pub name: Reference,
    /// The platform whose files ask for it.
    pub platform: Platform,
    /// Who asks for it.
    pub demands: Vec<Demand>,
}

impl From<Leaving> for MissingImage {
    fn from(Leaving { name, platform, demands }: Leaving) -> Self {
        let tried = "the finished image asks for it and does not carry it; list it in manifests/imageList".to_owned();
        Self { name, platform, demands, tried }
    }
}

/// Searches an image of the store for names that it does not carry.
///
/// # Errors
/// When the image is not there, is no cluster image, or is damaged.
pub fn completeness(store: &Store, name: &Reference) -> Result<Completeness, Error> {
    of(store, name, &store.require(name)?)
}

/// The same for an image that need not have a name yet; `name` is what errors call it.
pub(crate) fn of(store: &Store, name: &Reference, image: &Descriptor) -> Result<Completeness, Error> {
    let index = store.index(image)?;
    if !index.is_cluster_image() {
        return Err(Error::NotClusterImage { name: name.to_string() });
    }
    let allowed = allowed(store, &index)?;
    let carried = carried(&index)?;
    let mut proof = Completeness {
        image: name.clone(),
        digest: image.digest.clone(),
        asked_for: 0,
        leaving: Vec::new(),
        allowed: Vec::new(),
        unsearched: Vec::new(),
        allowed_unsearched: Vec::new(),
    };
    for (descriptor, entry) in index.entries()? {
        if let Entry::Rootfs { platform } = entry {
            let discovered = searched(store, name, descriptor)?;
            proof.take(discovered, &platform, &carried, &allowed);
        }
    }
    Ok(proof)
}

impl Completeness {
    /// Whether a site without a network can run the image: nothing leaves, and nothing is unknown.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.leaving.is_empty() && self.unsearched.is_empty()
    }

    fn take(&mut self, discovered: Discovered, platform: &Platform, carried: &Carried, allowed: &Allowed) {
        self.asked_for += discovered.demands.0.len();
        for (name, wanted) in discovered.demands.0 {
            if carried.has(&name, platform) {
                continue;
            }
            let list = if allowed.missing.contains(&name) { &mut self.allowed } else { &mut self.leaving };
            list.push(Leaving { name, platform: platform.clone(), demands: wanted.demands });
        }
        for file in discovered.unknown {
            let is_allowed = allowed.unsearched.contains(&file.file);
            let list = if is_allowed { &mut self.allowed_unsearched } else { &mut self.unsearched };
            if !list.contains(&file) {
                list.push(file);
            }
        }
    }
}

/// The container images of an image by what its registry on the site answers to.
#[derive(Default)]
struct Carried {
    names: BTreeMap<Reference, Vec<Platform>>,
    /// By repository and digest.
    digests: BTreeMap<(String, Digest), Vec<Platform>>,
}

/// Reads every entry once; an image may carry thousands.
fn carried(index: &Index) -> Result<Carried, Error> {
    let mut carried = Carried::default();
    for (descriptor, entry) in index.entries()? {
        let (Entry::ContainerImage { name, original_index }, Some(platform)) = (entry, &descriptor.platform) else {
            continue;
        };
        for digest in [descriptor.digest.clone()].into_iter().chain(original_index) {
            carried.digests.entry((name.repository(), digest)).or_default().push(platform.clone());
        }
        carried.names.entry(name).or_default().push(platform.clone());
    }
    Ok(carried)
}

impl Carried {
    fn has(&self, wanted: &Reference, platform: &Platform) -> bool {
        let by_digest = wanted.digest().and_then(|digest| self.digests.get(&(wanted.repository(), digest.clone())));
        let all = self.names.get(wanted).into_iter().chain(by_digest);
        all.flatten().any(|own| own.runs_on(platform))
    }
}

/// What the files of one rootfs ask for.
fn searched(store: &Store, name: &Reference, rootfs: &Descriptor) -> Result<Discovered, Error> {
    let manifest = store.manifest(rootfs)?;
    let text = manifest.annotations.get(annotation::EXTENSION).map_or("{}", String::as_str);
    let extension: Extension = serde_json::from_str(text).map_err(|source| Error::Document {
        name: name.to_string(),
        what: annotation::EXTENSION.into(),
        source,
    })?;
    let labels = store.parse::<Config>(&manifest.config)?.config.labels.unwrap_or_default();
    let searchable = Searchable::of(store, &manifest.layers)?;
    let usage = Usage {
        applications: &extension.applications,
        launch: Some(&extension.launch),
        environment: Some(&extension.env),
        kubernetes: labels.get(VERSION_LABEL).map(String::as_str),
    };
    discover(&searchable.files, usage)
}

/// What an image was allowed to lack when it was built.
#[derive(Default)]
struct Allowed {
    /// Names.
    missing: BTreeSet<Reference>,
    /// Files.
    unsearched: BTreeSet<String>,
}

fn allowed(store: &Store, index: &Index) -> Result<Allowed, Error> {
    for (descriptor, entry) in index.entries()? {
        if entry == Entry::Catalog {
            let catalog: Catalog = store.parse(&store.manifest(descriptor)?.config)?;
            let Catalog { allowed_missing, allowed_unsearched, .. } = catalog;
            let (missing, unsearched) =
                (allowed_missing.into_iter().collect(), allowed_unsearched.into_iter().collect());
            return Ok(Allowed { missing, unsearched });
        }
    }
    Ok(Allowed::default())
}
