//! The documents that a cluster image is made of. The OCI types are our own, because the published ones keep annotations in
//! an unordered map and so give the same image different digests; ours are ordered and keep fields that we do not know.

mod carried;
mod catalog;
mod descriptor;
mod extension;
mod index;
mod manifest;
mod program;

pub use carried::Carried;
pub use catalog::{Catalog, CatalogEntry, Demand};
pub use descriptor::{Annotations, Descriptor};
pub use extension::{Application, ApplicationType, BuildClient, Extension, ImageType, Launch};
pub use index::{Entry, Index, UnexpectedEntry};
pub use manifest::{Config, ConfigDetails, History, Manifest, RootFilesystem};
pub use program::{CarriedProgram, ProgramConfig};

/// Media types that occur in cluster images.
pub mod media_type {
    /// OCI image index.
    pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// Docker's older name of an index.
    pub const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// OCI image manifest.
    pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// Docker's older name of a manifest.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// OCI image configuration.
    pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// A layer as a plain tar archive.
    pub const LAYER_TAR: &str = "application/vnd.oci.image.layer.v1.tar";
    /// A layer compressed with gzip.
    pub const LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
    /// A layer compressed with zstd.
    pub const LAYER_ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
    /// Docker's name of a gzip layer.
    pub const DOCKER_LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    /// The configuration of the catalog artifact: a [`super::Catalog`] as JSON.
    pub const CATALOG: &str = "application/vnd.sealer.catalog.v1+json";
    /// The configuration of a program's artifact: a [`super::ProgramConfig`] as JSON.
    pub const PROGRAM: &str = "application/vnd.sealer.program.v1+json";
    /// The one layer of that: the program's file as it is.
    pub const PROGRAM_FILE: &str = "application/vnd.sealer.program.file.v1";

    /// Whether a document of this type lists other manifests.
    #[must_use]
    pub fn is_index(media_type: &str) -> bool {
        matches!(media_type, INDEX | DOCKER_INDEX)
    }

    /// Whether a document of this type describes one image.
    #[must_use]
    pub fn is_manifest(media_type: &str) -> bool {
        matches!(media_type, MANIFEST | DOCKER_MANIFEST)
    }
}

/// Annotation keys that sealer writes and reads.
pub mod annotation {
    /// On a rootfs manifest: the [`super::Extension`] as JSON; the key and form that the Go sealer uses.
    pub const EXTENSION: &str = "sealer.image.extension";
    /// On a rootfs manifest: the container images as JSON, for programs of the Go sealer.
    pub const CONTAINER_IMAGES: &str = "sealer.image.container.images";
    /// On an entry of a cluster image: `rootfs`, `container-image`, `program` or `catalog`.
    pub const ENTRY: &str = "io.sealer.entry";
    /// On a container image's entry: its full name, `docker.io/library/nginx:1.25`.
    pub const NAME: &str = "io.sealer.container-image.name";
    /// On a container image's entry: the digest of the multi-platform index it was found in, if any.
    pub const ORIGINAL_INDEX: &str = "io.sealer.container-image.index";
    /// On a program's entry: sealer's version that it is, `v1.2.3`.
    pub const PROGRAM_VERSION: &str = "io.sealer.program.version";
    /// On the index of a cluster image that was made of one of the Go sealer's: the digest of that.
    pub const CONVERTED_FROM: &str = "io.sealer.converted-from";
    /// On the `index.json` of an archive that holds only what another image lacks: that image's full name.
    pub const BASE_NAME: &str = "io.sealer.archive.base.name";
    /// Beside [`BASE_NAME`]: digests with commas between them. Who has the image of any of them can read the archive.
    pub const BASE_DIGESTS: &str = "io.sealer.archive.base.digests";
    /// On an entry of a store's `index.json`: the full name of the image.
    pub const REFERENCE: &str = "org.opencontainers.image.ref.name";
    /// On an entry of a store's `index.json`: a cluster of this site runs the image, so no user of its registry may take the name
    /// away or give it to another image.
    pub const INSTALLED: &str = "io.sealer.installed";
    /// On an entry of a store's `index.json`: when a registry gave the name, in microseconds since 1970. Of registries that copy from
    /// each other the latest is right.
    pub const CHANGED: &str = "io.sealer.changed";
    /// Labels of the image configuration that describe the cluster start with this.
    pub const CLUSTER_LABEL_PREFIX: &str = "cluster.alpha.sealer.io/";
}
