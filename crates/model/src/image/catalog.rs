//! The catalog of a cluster image: which container images it carries, and which file and field asked for each.

use crate::{Digest, Platform, Reference};
use serde::{Deserialize, Serialize};

/// The configuration document of the catalog artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Catalog {
    /// One entry for each container image and platform, ordered by name, then platform.
    pub container_images: Vec<CatalogEntry>,
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Demand {
    /// The application, or none for the cluster itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The file in the rootfs: `application/apps/web/web.yaml`, `manifests/imageList`.
    pub file: String,
    /// The place in the file: `Deployment/web spec.template.spec.containers[0].image`, or `line 3`.
    pub field: String,
}
