//! Lists of manifests, one for each platform, put together by hand: what `manifest create`, `add` and `remove` do. A list of
//! cluster images, each built on its own machine for its own platform, is a cluster image for all of these platforms; a list of
//! plain images is a plain index.

use crate::composition::Composition;
use crate::error::{Error, Result};
use crate::merge::Conflict;
use crate::source::{choose, one_platform};
use crate::store::Store;
use sealer_model::image::{Annotations, Descriptor, Index, media_type};
use sealer_model::{Digest, Platform, Reference};

/// What is to be noted about an image in a list, and which part of it is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addition {
    /// All platforms of the image. Otherwise only `platform`.
    pub all: bool,
    /// The platform that is meant of an image for several. A plain image for one is noted under this platform, whatever it says.
    pub platform: Option<Platform>,
    /// Notes on a plain image.
    pub annotations: Annotations,
}

/// Makes an empty list; an old one of that name is kept where `amend` says so.
///
/// # Errors
/// When there is something of that name already, or the store fails.
pub fn create_list(store: &Store, list: &Reference, amend: bool) -> Result<Descriptor> {
    let _lock = store.share()?;
    match store.resolve(list)? {
        Some(known) if amend => require_index(list, known),
        Some(_) => Err(Error::List { name: list.to_string(), reason: "is there already".to_owned() }),
        None => put(store, list, &Index::new(Vec::new())),
    }
}

/// Adds an image of the store to a list. One that the list has already stays once.
///
/// # Errors
/// When one of them is not there or lacks the platform, a plain image meets a cluster image, or the list has something else for
/// that platform.
pub fn add_to_list(store: &Store, list: &Reference, image: &Reference, addition: &Addition) -> Result<Descriptor> {
    let _lock = store.share()?;
    let top = require_index(list, store.require(list)?)?;
    let index = store.index(&top)?;
    let added = store.require(image)?;
    if is_cluster_image(store, &added)? {
        let known = match index.manifests.is_empty() {
            true => Composition::default(),
            false => Composition::of(store, list, &top)?,
        };
        let more = cluster_image(store, image, &added, addition)?;
        let joined = join(known, more, list, image)?.put(store)?;
        return name_it(store, list, joined);
    }
    if index.is_cluster_image() {
        let reason = format!("is a cluster image, and {image} is none");
        return Err(Error::List { name: list.to_string(), reason });
    }
    let entries = plain(store, image, &added, addition)?;
    put(store, list, &with_entries(index, entries))
}

/// Takes what has a digest out of a list. With the rootfs of a cluster image go the container images for its platform.
///
/// # Errors
/// When there is no such list, or nothing of that digest in it.
pub fn remove_from_list(store: &Store, list: &Reference, digest: &Digest) -> Result<Descriptor> {
    let _lock = store.share()?;
    let top = require_index(list, store.require(list)?)?;
    let mut index = store.index(&top)?;
    let absent = || Error::List { name: list.to_string(), reason: format!("has nothing of digest {digest}") };
    if !index.is_cluster_image() {
        let before = index.manifests.len();
        index.manifests.retain(|entry| entry.digest != *digest);
        return if index.manifests.len() == before { Err(absent()) } else { put(store, list, &index) };
    }
    let mut composition = Composition::of(store, list, &top)?;
    let place = composition.rootfs.iter().position(|(_, manifest)| manifest.digest == *digest).ok_or_else(absent)?;
    let (platform, _) = composition.rootfs.remove(place);
    composition.carried.retain(|image| image.platform != platform);
    composition.programs.retain(|program| program.platform != platform);
    composition.annotations.clear();
    if composition.rootfs.is_empty() {
        return put(store, list, &Index::new(Vec::new()));
    }
    let smaller = composition.put(store)?;
    name_it(store, list, smaller)
}

/// The list itself.
///
/// # Errors
/// When it is not there or is no list.
pub fn list(store: &Store, name: &Reference) -> Result<Index> {
    store.index(&require_index(name, store.require(name)?)?)
}

/// Whether an image is for one platform, so that nobody has to say which is meant.
///
/// # Errors
/// When it is not there.
pub fn is_for_one_platform(store: &Store, name: &Reference) -> Result<bool> {
    let image = store.require(name)?;
    if !media_type::is_index(&image.media_type) {
        return Ok(true);
    }
    let index = store.index(&image)?;
    if index.is_cluster_image() {
        return Ok(Composition::of(store, name, &image)?.rootfs.len() == 1);
    }
    Ok(index.manifests.len() == 1)
}

fn require_index(name: &Reference, image: Descriptor) -> Result<Descriptor> {
    match media_type::is_index(&image.media_type) {
        true => Ok(image),
        false => Err(Error::List { name: name.to_string(), reason: "is one image and no list".to_owned() }),
    }
}

fn put(store: &Store, list: &Reference, index: &Index) -> Result<Descriptor> {
    let image = store.put_json(media_type::INDEX, index)?;
    name_it(store, list, image)
}

fn name_it(store: &Store, list: &Reference, image: Descriptor) -> Result<Descriptor> {
    store.tag(list, &image)?;
    Ok(image)
}

fn is_cluster_image(store: &Store, image: &Descriptor) -> Result<bool> {
    Ok(media_type::is_index(&image.media_type) && store.index(image)?.is_cluster_image())
}

/// The parts of a cluster image that are meant. One for a single platform is meant as it is.
fn cluster_image(store: &Store, name: &Reference, image: &Descriptor, addition: &Addition) -> Result<Composition> {
    let composition = Composition::of(store, name, image)?;
    match &addition.platform {
        Some(platform) if !addition.all => composition.for_platforms(name, std::slice::from_ref(platform)),
        _ => Ok(composition),
    }
}

/// Two cluster images for different platforms as one. Pure.
fn join(known: Composition, more: Composition, list: &Reference, image: &Reference) -> Result<Composition> {
    let mut conflicts = Vec::new();
    let mut conflict = |what| conflicts.push(Conflict { what, first: list.clone(), later: image.clone() });
    let mut joined = Composition { annotations: Annotations::new(), ..known };
    for (platform, manifest) in more.rootfs {
        match joined.rootfs.iter().find(|(known, _)| *known == platform) {
            None => joined.rootfs.push((platform, manifest)),
            Some((_, known)) if known.digest == manifest.digest => {}
            Some(_) => conflict(format!("the rootfs for {platform}")),
        }
    }
    for image in more.carried {
        let same =
            |known: &&mut sealer_model::image::Carried| known.name == image.name && known.platform == image.platform;
        match joined.carried.iter_mut().find(same) {
            None => joined.carried.push(image),
            Some(known) if known.manifest.digest == image.manifest.digest => known.demand(image.demands),
            Some(_) => conflict(format!("container image {} for {}", image.name, image.platform)),
        }
    }
    for program in more.programs {
        match joined.programs.iter().find(|known| known.platform == program.platform) {
            None => joined.programs.push(program),
            Some(known) if known.manifest.digest == program.manifest.digest => {}
            Some(_) => conflict(program.to_string()),
        }
    }
    for name in more.allowed_missing {
        if !joined.allowed_missing.contains(&name) {
            joined.allowed_missing.push(name);
        }
    }
    joined.allowed_unsearched.extend(more.allowed_unsearched);
    joined.allowed_unsearched.sort();
    joined.allowed_unsearched.dedup();
    joined.rootfs.sort_by_key(|(platform, _)| platform.to_string());
    if conflicts.is_empty() { Ok(joined) } else { Err(Error::Conflicts { conflicts }) }
}

/// The entries for a plain image, as their platforms say or as was asked for.
fn plain(store: &Store, name: &Reference, image: &Descriptor, addition: &Addition) -> Result<Vec<Descriptor>> {
    let noted = |entry: Descriptor| Descriptor { annotations: addition.annotations.clone(), ..entry };
    if !media_type::is_index(&image.media_type) {
        let found = one_platform(store, name, image.clone(), &[])?.remove(0).descriptor;
        let platform = addition.platform.clone().or_else(|| found.platform.clone());
        return Ok(vec![noted(Descriptor { platform, ..found })]);
    }
    let index = store.index(image)?;
    match &addition.platform {
        Some(platform) if !addition.all => {
            Ok(choose(name, &index, std::slice::from_ref(platform))?.into_iter().map(noted).collect())
        }
        _ => Ok(index.manifests.into_iter().map(noted).collect()),
    }
}

fn with_entries(mut index: Index, entries: Vec<Descriptor>) -> Index {
    for entry in entries {
        match index.manifests.iter_mut().find(|known| known.digest == entry.digest) {
            Some(known) => *known = entry,
            None => index.manifests.push(entry),
        }
    }
    index
}
