//! The fields of a kustomization that decide about images.

use super::Resource;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A kustomization or a component.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Kustomization {
    kind: String,
    resources: Vec<String>,
    bases: Vec<String>,
    pub(super) components: Vec<String>,
    pub(super) images: Vec<Image>,
    pub(super) patches: Vec<Patch>,
    pub(super) patches_strategic_merge: Vec<String>,
    #[serde(rename = "patchesJson6902")]
    pub(super) patches_json6902: Vec<Patch>,
    pub(super) config_map_generator: Vec<Generator>,
    pub(super) secret_generator: Vec<Generator>,
    name_prefix: String,
    name_suffix: String,
    helm_charts: Vec<Value>,
    helm_chart_inflation_generator: Vec<Value>,
    generators: Vec<Value>,
    transformers: Vec<Value>,
    replacements: Vec<Value>,
    pub(super) configurations: Vec<String>,
    /// What stands there beside.
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// Fields that decide about nothing but names, labels and order.
const WITHOUT_IMAGES: [&str; 16] = [
    "apiVersion",
    "metadata",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "buildMetadata",
    "generatorOptions",
    "openapi",
    "crds",
    "sortOptions",
    "replicas",
    "vars",
    "validators",
    "inventory",
    "helmGlobals",
];

/// One entry of `images`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Image {
    pub(super) name: String,
    pub(super) new_name: Option<String>,
    pub(super) new_tag: Option<Value>,
    pub(super) digest: Option<String>,
    pub(super) tag_suffix: Option<String>,
}

/// A patch, in a file or in place.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Patch {
    pub(super) path: Option<String>,
    pub(super) patch: Option<String>,
    pub(super) target: Option<Target>,
}

/// What a patch changes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Target {
    pub(super) group: Option<String>,
    pub(super) version: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) name: Option<String>,
    pub(super) label_selector: Option<String>,
    pub(super) annotation_selector: Option<String>,
}

/// A ConfigMap or Secret to make.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Generator {
    pub(super) name: String,
    pub(super) files: Vec<String>,
    pub(super) literals: Vec<String>,
    pub(super) envs: Vec<String>,
    pub(super) env: Option<String>,
}

impl Kustomization {
    pub(super) fn read(document: Value) -> Result<Self, String> {
        if document.is_null() {
            return Ok(Self::default());
        }
        serde_json::from_value(document).map_err(|error| format!("is no kustomization: {error}"))
    }

    pub(super) fn is_component(&self) -> bool {
        self.kind == "Component"
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &String> {
        self.resources.iter().chain(&self.bases)
    }

    /// Every path that it names.
    pub(super) fn paths(&self) -> Vec<&str> {
        let patches = self.patches.iter().chain(&self.patches_json6902).filter_map(|patch| patch.path.as_deref());
        let strategic = self.patches_strategic_merge.iter().map(String::as_str).filter(|text| !text.contains('\n'));
        let generators = self.config_map_generator.iter().chain(&self.secret_generator);
        let sources = self.sources().chain(&self.components).map(String::as_str);
        let configurations = self.configurations.iter().map(String::as_str);
        let sources = sources.chain(configurations);
        sources.chain(patches).chain(strategic).chain(generators.flat_map(Generator::paths)).collect()
    }

    /// Whether it can be carried out without other programs.
    pub(super) fn check(&self) -> Result<(), String> {
        let unknown = [
            (
                self.helm_charts.len() + self.helm_chart_inflation_generator.len(),
                "helmCharts",
                "put the chart into charts/",
            ),
            (self.generators.len(), "generators", "list the images in manifests/imageList"),
            (
                self.transformers.len(),
                "transformers",
                "use images or patches, or list the images in manifests/imageList",
            ),
        ];
        if let Some((_, field, instead)) = unknown.iter().find(|(count, ..)| *count > 0) {
            return Err(format!("{field} cannot be carried out here: {instead}"));
        }
        if let Some(field) = self.others.keys().find(|field| !WITHOUT_IMAGES.contains(&field.as_str())) {
            return Err(format!("{field} is no field of a kustomization"));
        }
        let of_images = self.replacements.iter().any(|each| each.to_string().contains("image"));
        if of_images {
            return Err("replacements of images cannot be carried out here: use images or patches".to_owned());
        }
        Ok(())
    }

    /// Gives resources the names that it makes; patches further out may mean these.
    pub(super) fn rename(&self, resources: &mut [Resource]) {
        if self.name_prefix.is_empty() && self.name_suffix.is_empty() {
            return;
        }
        for resource in resources {
            let last = resource.names.last().cloned().unwrap_or_default();
            resource.names.push(format!("{}{last}{}", self.name_prefix, self.name_suffix));
        }
    }
}

impl Generator {
    fn paths(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().map(|file| file.split_once('=').map_or(file.as_str(), |(_, path)| path));
        files.chain(self.envs.iter().chain(&self.env).map(String::as_str))
    }
}
