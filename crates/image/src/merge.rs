//! Several cluster images become one: the layers of each are laid over those of the ones before it, applications follow each
//! other, and container images are carried side by side. Nothing is copied: all layers and container images are those of the
//! originals, only documents are new. Where two images say different things about the same thing, that is a conflict, and is named.

mod files;
mod union;

use crate::composition::Composition;
use crate::error::{Error, Result};
use crate::store::Store;
use sealer_model::event::Listener;
use sealer_model::image::{Annotations, Config, Descriptor, Extension, History, Manifest, annotation, media_type};
use sealer_model::{Digest, Platform, Reference};
use std::collections::BTreeSet;
use std::fmt;
use union::Union;

/// Something that two images do not agree on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// What: `file etc/hosts`, `env REGION`.
    pub what: String,
    /// The image that is merged first.
    pub first: Reference,
    /// The image that is merged later, and whose word counts where that is asked for.
    pub later: Reference,
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is not the same in {} and {}", self.what, self.first, self.later)
    }
}

/// How images are merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeOptions {
    /// The platforms of the merged image; without any, those of the first image.
    pub platforms: Vec<Platform>,
    /// Whether the word of later images counts where images do not agree. Otherwise that is an error.
    pub prefer_later: bool,
}

/// Merges cluster images of the store and gives what they become a name.
///
/// # Errors
/// When one of them is not there, is no cluster image, or lacks a platform; when they do not agree and nobody said whose word
/// counts; or when the store fails.
pub fn merge(
    store: &Store,
    images: &[Reference],
    target: &Reference,
    options: &MergeOptions,
    listener: &Listener,
) -> Result<Descriptor> {
    let _lock = store.share()?;
    let parts = images.iter().map(|name| Part::read(store, name)).collect::<Result<Vec<_>>>()?;
    let mut merging = Merging { store, parts, conflicts: Vec::new() };
    let merged = merging.composition(&options.platforms)?;
    let mut conflicts = merging.conflicts;
    conflicts.sort();
    conflicts.dedup();
    if !conflicts.is_empty() && !options.prefer_later {
        return Err(Error::Conflicts { conflicts });
    }
    for conflict in conflicts {
        listener.warn(format!("{conflict}; the latter counts"));
    }
    let image = merged.put(store)?;
    store.tag(target, &image)?;
    Ok(image)
}

/// One of the images.
struct Part {
    name: Reference,
    composition: Composition,
}

impl Part {
    fn read(store: &Store, name: &Reference) -> Result<Self> {
        let descriptor = store.require(name)?;
        Ok(Self { name: name.clone(), composition: Composition::of(store, name, &descriptor)? })
    }
}

/// The rootfs of one image for one platform.
struct Rootfs {
    name: Reference,
    manifest: Manifest,
    config: Config,
    extension: Extension,
}

/// A layer with all that a configuration says about it.
#[derive(Clone)]
struct Step {
    layer: Descriptor,
    diff_id: Digest,
    history: Option<History>,
}

struct Merging<'a> {
    store: &'a Store,
    parts: Vec<Part>,
    conflicts: Vec<Conflict>,
}

impl Merging<'_> {
    fn composition(&mut self, platforms: &[Platform]) -> Result<Composition> {
        let platforms = match (platforms, self.parts.first()) {
            ([], Some(first)) => first.composition.rootfs.iter().map(|(platform, _)| platform.clone()).collect(),
            _ => platforms.to_vec(),
        };
        let mut merged = Composition::default();
        for part in &mut self.parts {
            part.composition = part.composition.clone().for_platforms(&part.name, &platforms)?;
        }
        for platform in platforms {
            let rootfs = self.rootfs(&platform)?;
            merged.rootfs.push((platform, rootfs));
        }
        let (mut carried, mut programs) = (Union::default(), Union::default());
        for part in &self.parts {
            for image in &part.composition.carried {
                let what = format!("container image {} for {}", image.name, image.platform);
                carried.add(&part.name, what, image.clone(), |kept, other| {
                    let same = kept.manifest.digest == other.manifest.digest;
                    kept.demand(other.demands.clone());
                    same
                });
            }
            for program in &part.composition.programs {
                programs.add(&part.name, program.to_string(), program.clone(), |kept, other| kept == other);
            }
            merged.allowed_missing.extend(part.composition.allowed_missing.iter().cloned());
            merged.allowed_unsearched.extend(part.composition.allowed_unsearched.iter().cloned());
        }
        merged.carried = carried.into_values(&mut self.conflicts);
        merged.programs = programs.into_values(&mut self.conflicts);
        merged.allowed_missing.sort_by_key(Reference::to_string);
        merged.allowed_missing.dedup();
        merged.allowed_unsearched.sort();
        merged.allowed_unsearched.dedup();
        merged.allowed_missing.retain(|name| !merged.carried.iter().any(|image| image.name == *name));
        Ok(merged)
    }

    fn rootfs(&mut self, platform: &Platform) -> Result<Descriptor> {
        let read = |part: &Part| Rootfs::read(self.store, part, platform);
        let all = self.parts.iter().map(read).collect::<Result<Vec<_>>>()?;
        let stacks: Vec<(Reference, Vec<Descriptor>)> =
            all.iter().map(|rootfs| (rootfs.name.clone(), rootfs.manifest.layers.clone())).collect();
        self.conflicts.extend(files::conflicts(self.store, &stacks)?);
        let steps = each_once(all.iter().map(Rootfs::steps));
        let config = self.config(&all, &steps);
        let config = self.store.put_json(media_type::CONFIG, &config)?;
        let mut manifest = Manifest::new(config, steps.into_iter().map(|step| step.layer).collect());
        manifest.annotations = self.annotations(&all)?;
        self.store.put_json(media_type::MANIFEST, &manifest)
    }

    fn config(&mut self, all: &[Rootfs], steps: &[Step]) -> Config {
        let mut labels = Union::default();
        for rootfs in all {
            for (name, value) in rootfs.config.config.labels.iter().flatten() {
                // every build leaves its own version there, and that of the first is as good as any
                if name != VERSION_OF_SEALER {
                    let entry = (name.clone(), value.clone());
                    labels.add(&rootfs.name, format!("label {name}"), entry, |kept, other| kept == other);
                }
            }
        }
        let mut config = all[0].config.clone();
        let own = config.config.labels.take().unwrap_or_default();
        let stamp = own.get(VERSION_OF_SEALER).map(|value| (VERSION_OF_SEALER.to_owned(), value.clone()));
        config.config.labels = Some(labels.into_values(&mut self.conflicts).into_iter().chain(stamp).collect());
        config.rootfs.diff_ids = steps.iter().map(|step| step.diff_id.clone()).collect();
        let history: Option<Vec<History>> = steps.iter().map(|step| step.history.clone()).collect();
        config.history = history.unwrap_or_default();
        config
    }

    fn annotations(&mut self, all: &[Rootfs]) -> Result<Annotations> {
        let parts: Vec<(&Reference, &Extension)> = all.iter().map(|rootfs| (&rootfs.name, &rootfs.extension)).collect();
        let extension = union::extension(&parts, &mut self.conflicts);
        let text = serde_json::to_string(&extension).expect("an extension always has a JSON form");
        let mut annotations = Annotations::from([(annotation::EXTENSION.to_owned(), text)]);
        let lists = all.iter().filter_map(|rootfs| rootfs.manifest.annotations.get(annotation::CONTAINER_IMAGES));
        let lists: Vec<&String> = lists.collect();
        if !lists.is_empty() {
            annotations.insert(annotation::CONTAINER_IMAGES.to_owned(), union::lists(&lists));
        }
        Ok(annotations)
    }
}

/// The label in which a build leaves sealer's version.
const VERSION_OF_SEALER: &str = "io.sealer.version";

impl Rootfs {
    fn read(store: &Store, part: &Part, platform: &Platform) -> Result<Self> {
        let found = part.composition.rootfs.iter().find(|(own, _)| own.runs_on(platform));
        let (_, descriptor) =
            found.ok_or_else(|| Error::NoPlatform { name: part.name.to_string(), platform: platform.to_string() })?;
        let manifest = store.manifest(descriptor)?;
        let config = store.parse(&manifest.config)?;
        let text = manifest.annotations.get(annotation::EXTENSION).map_or("{}", String::as_str);
        let extension = serde_json::from_str(text).map_err(|source| Error::Document {
            digest: descriptor.digest.clone(),
            media_type: annotation::EXTENSION.to_owned(),
            source,
        })?;
        Ok(Self { name: part.name.clone(), manifest, config, extension })
    }

    /// Its layers, lowest first. The history is told where it fits the layers.
    fn steps(&self) -> Vec<Step> {
        let history: Vec<&History> = self.config.history.iter().filter(|step| !step.empty_layer).collect();
        let fits = history.len() == self.manifest.layers.len();
        let layers = self.manifest.layers.iter().zip(&self.config.rootfs.diff_ids).enumerate();
        let step = |(place, (layer, diff_id)): (usize, (&Descriptor, &Digest))| Step {
            layer: layer.clone(),
            diff_id: diff_id.clone(),
            history: fits.then(|| history[place].clone()),
        };
        layers.map(step).collect()
    }
}

/// Every layer where it comes first: what two images have of one base is laid down once, below what both changed about it.
fn each_once(stacks: impl Iterator<Item = Vec<Step>>) -> Vec<Step> {
    let mut seen = BTreeSet::new();
    stacks.flatten().filter(|step| seen.insert(step.layer.digest.clone())).collect()
}
