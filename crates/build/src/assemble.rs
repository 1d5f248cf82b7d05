//! The documents of a cluster image: configuration and manifest of each rootfs, the catalog, and the index over all. Pure
//! functions of what the build found, with everything in a fixed order, so the same findings give the same bytes.

use crate::{Options, recipe::Recipe};
use crate::discovery::Wanted;
use crate::layers::Made;
use sealer_model::image::{
    Annotations, BuildClient, Catalog, CatalogEntry, Config, ConfigDetails, Demand, Descriptor, Entry,
    Extension, History, ImageType, Index, Manifest, RootFilesystem, annotation, media_type,
};
use sealer_model::{Digest, Platform, Reference};
use serde::Serialize;
use std::collections::BTreeMap;

/// One container image for one platform, whose blobs are in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    /// Full name.
    pub(crate) name: Reference,
    /// The platform.
    pub(crate) platform: Platform,
    /// The original manifest.
    pub(crate) manifest: Descriptor,
    /// The multi-platform index it was found in, if that is kept too.
    pub(crate) original_index: Option<Descriptor>,
    /// Who asks for it.
    pub(crate) demands: Vec<Demand>,
}

impl Carried {
    /// Takes in more of those who ask for it.
    pub(crate) fn demand(&mut self, wanted: Wanted) {
        for demand in wanted.demands {
            if !self.demands.contains(&demand) {
                self.demands.push(demand);
            }
        }
    }
}

/// The configuration of a rootfs before its own layers are added: the base image's, or an empty one.
pub(crate) fn empty_config(platform: &Platform) -> Config {
    Config {
        created: None,
        architecture: platform.architecture.clone(),
        os: platform.os.clone(),
        variant: platform.variant.clone(),
        config: ConfigDetails::default(),
        rootfs: RootFilesystem { kind: "layers".to_owned(), diff_ids: Vec::new() },
        history: Vec::new(),
    }
}

/// The configuration of a rootfs. `layers` are those on top of the base's.
pub(crate) fn config(
    base: Config,
    recipe: &Recipe,
    options: &Options,
    layers: &[Made],
) -> Config {
    let created = Some(time(options));
    let mut config = Config { created: created.clone(), ..base };
    for Made { built, layer } in layers {
        config.rootfs.diff_ids.push(layer.diff_id.clone());
        let created_by = Some(built.instruction.clone());
        config.history.push(History { created: created.clone(), created_by, ..History::default() });
    }
    let mut labels = recipe.labels.clone();
    labels.insert(VERSION_LABEL.to_owned(), options.sealer_version.clone());
    labels.extend(options.labels.clone());
    config.config.labels = Some(labels);
    let environment = recipe.environment.iter().map(|(key, value)| format!("{key}={value}"));
    config.config.env = Some(environment.collect()).filter(|list: &Vec<String>| !list.is_empty());
    config
}

/// The label that names the program's version, as the Go sealer writes it.
const VERSION_LABEL: &str = "io.sealer.version";

/// The time that everything in the image is said to be from.
fn time(options: &Options) -> String {
    let seconds = i64::try_from(options.source_date_epoch.unwrap_or(0)).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// What the Go sealer and `inspect` read from a rootfs manifest.
pub(crate) fn extension(recipe: &Recipe, options: &Options, base: ImageType) -> Extension {
    let sealer_version = options.sealer_version.clone();
    Extension {
        build_client: BuildClient { sealer_version, ..BuildClient::default() },
        schema_version: "v1alpha1".to_owned(),
        image_type: options.image_type.unwrap_or(base),
        applications: recipe.applications.clone(),
        labels: BTreeMap::new(),
        env: recipe.environment.clone(),
        launch: recipe.launch.clone(),
    }
}

/// The annotations of a rootfs manifest.
pub(crate) fn annotations(
    extension: &Extension,
    carried: &[&Carried],
    options: &Options,
) -> Result<Annotations, serde_json::Error> {
    let mut annotations = options.annotations.clone();
    annotations.insert(annotation::EXTENSION.to_owned(), serde_json::to_string(extension)?);
    let list: Vec<Listed> = carried.iter().flat_map(|carried| Listed::of(carried)).collect();
    if !list.is_empty() {
        annotations.insert(CONTAINER_IMAGES.to_owned(), serde_json::to_string(&list)?);
    }
    Ok(annotations)
}

/// The annotation in which the Go sealer lists container images.
const CONTAINER_IMAGES: &str = "sealer.image.container.images";

/// One element of that list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    image: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    app_name: String,
    platform: BTreeMap<&'static str, String>,
}

impl Listed {
    /// One element for each application that asks for the image.
    fn of(carried: &Carried) -> Vec<Self> {
        let mut names: Vec<String> =
            carried.demands.iter().map(|demand| demand.application.clone().unwrap_or_default()).collect();
        names.sort();
        names.dedup();
        let Platform { architecture, os, variant } = carried.platform.clone();
        let platform = BTreeMap::from([
            ("architecture", architecture),
            ("os", os),
            ("variant", variant.unwrap_or_default()),
        ]);
        let image = carried.name.to_string();
        let element = |app_name| Self { image: image.clone(), app_name, platform: platform.clone() };
        names.into_iter().map(element).collect()
    }
}

/// The catalog of all that is carried, for all platforms.
pub(crate) fn catalog(carried: &[Carried]) -> Catalog {
    let entry = |carried: &Carried| CatalogEntry {
        name: carried.name.clone(),
        digest: carried.manifest.digest.clone(),
        original_index: carried.original_index.as_ref().map(|index| index.digest.clone()),
        platform: carried.platform.clone(),
        demands: carried.demands.clone(),
    };
    Catalog { container_images: carried.iter().map(entry).collect() }
}

/// The manifest of the artifact that holds the catalog and the original indexes.
pub(crate) fn catalog_manifest(config: Descriptor, carried: &[Carried]) -> Manifest {
    let mut originals: BTreeMap<Digest, Descriptor> = BTreeMap::new();
    for index in carried.iter().filter_map(|carried| carried.original_index.as_ref()) {
        let bare = Descriptor::new(&index.media_type, index.digest.clone(), index.size);
        originals.insert(index.digest.clone(), bare);
    }
    let mut manifest = Manifest::new(config, originals.into_values().collect());
    manifest.artifact_type = Some(media_type::CATALOG.to_owned());
    manifest
}

/// The index: each rootfs, then each container image, then the catalog.
pub(crate) fn index(
    rootfs: Vec<(Platform, Descriptor)>,
    carried: &[Carried],
    catalog: Descriptor,
) -> Index {
    let rootfs = rootfs.into_iter().map(|(platform, manifest)| Entry::Rootfs { platform }.annotate(manifest));
    let images = carried.iter().map(|carried| {
        let original_index = carried.original_index.as_ref().map(|index| index.digest.clone());
        let bare = Descriptor::new(
            &carried.manifest.media_type,
            carried.manifest.digest.clone(),
            carried.manifest.size,
        );
        let entry = Entry::ContainerImage { name: carried.name.clone(), original_index };
        entry.annotate(bare.for_platform(carried.platform.clone()))
    });
    let catalog = std::iter::once(Entry::Catalog.annotate(catalog));
    Index::new(rootfs.chain(images).chain(catalog).collect())
}

#[cfg(test)]
mod tests;
