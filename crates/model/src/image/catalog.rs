//! The catalog of a cluster image: which container images it carries, and which file and field asked for each.

use crate::{Digest, Platform, Reference};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The configuration document of the catalog artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Catalog {
    /// One entry for each container image and platform, ordered by name, then platform.
    pub container_images: Vec<CatalogEntry>,
    /// Images that are asked for and were allowed to be missing when the image was built.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_missing: Vec<Reference>,
    /// Files of the rootfs that cannot be searched for container images and were allowed to be so when the image was built.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_unsearched: Vec<String>,
}

/// One container image for one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogEntry {
    /// Full name.
    pub name: Reference,
    /// The manifest's digest.
    pub digest: Digest,
    /// The digest of the multi-platform index it was found in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_index: Option<Digest>,
    /// The platform.
    pub platform: Platform,
    /// Who asked for it.
    pub demands: Vec<Demand>,
}

/// One place that asked for a container image.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Demand {
    /// The application, or none for the cluster itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The file in the rootfs: `application/apps/web/web.yaml`, `manifests/imageList`, a template of a chart.
    pub file: String,
    /// The document in the file: `Deployment/web`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The place in the document or file: `spec.template.spec.containers[0].image`, or `line 3`.
    pub field: String,
    /// The chart that was rendered: `redis 18.1.0, release cache in namespace web`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// What its values were taken from, and where they name the image: `values.yaml image.{registry,repository,tag}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

impl fmt::Display for Demand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, ", self.file)?;
        if let Some(document) = &self.document {
            write!(formatter, "{document} ")?;
        }
        write!(formatter, "{}", self.field)?;
        if let Some(chart) = &self.chart {
            write!(formatter, " (chart {chart}")?;
            self.values.iter().try_for_each(|values| write!(formatter, "; values: {values}"))?;
            write!(formatter, ")")?;
        }
        Ok(())
    }
}
