//! The configuration and the annotations of one rootfs, in the words of the Go sealer.

use super::Carried;
use crate::layers::Made;
use crate::options::Options;
use crate::recipe::Recipe;
use sealer_model::Platform;
use sealer_model::image::{
    Annotations, BuildClient, Config, ConfigDetails, Extension, History, ImageType, RootFilesystem, annotation,
};
use serde::Serialize;
use std::collections::BTreeMap;

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
pub(crate) fn config(base: Config, recipe: &Recipe, options: &Options, layers: &[Made]) -> Config {
    let created = Some(time(options));
    let mut config = Config { created: created.clone(), ..base };
    for Made { built, layer } in layers {
        config.rootfs.diff_ids.push(layer.diff_id.clone());
        let created_by = Some(built.instruction.clone());
        config.history.push(History { created: created.clone(), created_by, ..History::default() });
    }
    let mut labels = recipe.labels.clone();
    if !options.sealer_version.is_empty() {
        labels.insert(VERSION_LABEL.to_owned(), options.sealer_version.clone());
    }
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
        let platform =
            BTreeMap::from([("architecture", architecture), ("os", os), ("variant", variant.unwrap_or_default())]);
        let image = carried.name.to_string();
        let element = |app_name| Self { image: image.clone(), app_name, platform: platform.clone() };
        names.into_iter().map(element).collect()
    }
}
