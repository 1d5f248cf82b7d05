//! The index that a cluster image is, and what its entries mean.

use super::{Annotations, Descriptor, annotation, media_type};
use crate::{Digest, Platform, Reference};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An OCI image index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// The index's own type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The type of what the index is as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The entries, in a fixed order.
    pub manifests: Vec<Descriptor>,
    /// Notes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: Annotations,
}

/// What an entry of a cluster image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The rootfs for one platform.
    Rootfs {
        /// The platform.
        platform: Platform,
    },
    /// A container image for one platform, under its unmodified name.
    ContainerImage {
        /// Full name.
        name: Reference,
        /// The multi-platform index it came from.
        original_index: Option<Digest>,
    },
    /// sealer's own program for one platform.
    Program {
        /// The platform.
        platform: Platform,
        /// sealer's version that it is.
        version: String,
    },
    /// The artifact that lists every container image and who asked for it.
    Catalog,
}

/// An entry says what no cluster image says.
#[derive(Debug, thiserror::Error)]
#[error("entry {digest} is not part of a cluster image: {reason}")]
pub struct UnexpectedEntry {
    /// Which entry.
    pub digest: Digest,
    /// What is wrong with it.
    pub reason: String,
}

/// Values of the annotation [`annotation::ENTRY`].
const ROOTFS: &str = "rootfs";
const CONTAINER_IMAGE: &str = "container-image";
const PROGRAM: &str = "program";
const CATALOG: &str = "catalog";

impl Entry {
    /// Reads the meaning of an entry from its annotations.
    ///
    /// # Errors
    /// When the annotations are missing or contradict each other.
    pub fn of(descriptor: &Descriptor) -> Result<Self, UnexpectedEntry> {
        let unexpected = |reason: String| UnexpectedEntry { digest: descriptor.digest.clone(), reason };
        match descriptor.annotation(annotation::ENTRY) {
            Some(ROOTFS) => match &descriptor.platform {
                Some(platform) => Ok(Self::Rootfs { platform: platform.clone() }),
                None => Err(unexpected("a rootfs without a platform".into())),
            },
            Some(CONTAINER_IMAGE) => Self::container_image(descriptor).map_err(unexpected),
            Some(PROGRAM) => Self::program(descriptor).map_err(unexpected),
            Some(CATALOG) => Ok(Self::Catalog),
            Some(other) => Err(unexpected(format!("unknown kind \"{other}\""))),
            None => Err(unexpected(format!("no annotation {}", annotation::ENTRY))),
        }
    }

    fn container_image(descriptor: &Descriptor) -> Result<Self, String> {
        let name = descriptor.annotation(annotation::NAME).ok_or("a container image without name")?;
        let name = name.parse::<Reference>().map_err(|error| error.to_string())?;
        let original_index = descriptor
            .annotation(annotation::ORIGINAL_INDEX)
            .map(str::parse)
            .transpose()
            .map_err(|error: crate::digest::InvalidDigest| error.to_string())?;
        Ok(Self::ContainerImage { name, original_index })
    }

    fn program(descriptor: &Descriptor) -> Result<Self, String> {
        let platform = descriptor.platform.clone().ok_or("a program without a platform")?;
        let version = descriptor.annotation(annotation::PROGRAM_VERSION).ok_or("a program without a version")?;
        Ok(Self::Program { platform, version: version.to_owned() })
    }

    /// Writes the meaning onto a descriptor; the reverse of [`Entry::of`].
    #[must_use]
    pub fn annotate(&self, descriptor: Descriptor) -> Descriptor {
        match self {
            Self::Rootfs { platform } => descriptor.for_platform(platform.clone()).annotated(annotation::ENTRY, ROOTFS),
            Self::Program { platform, version } => descriptor
                .for_platform(platform.clone())
                .annotated(annotation::ENTRY, PROGRAM)
                .annotated(annotation::PROGRAM_VERSION, version),
            Self::Catalog => descriptor.annotated(annotation::ENTRY, CATALOG),
            Self::ContainerImage { name, original_index } => {
                let named = descriptor
                    .annotated(annotation::ENTRY, CONTAINER_IMAGE)
                    .annotated(annotation::NAME, name.to_string());
                match original_index {
                    Some(digest) => named.annotated(annotation::ORIGINAL_INDEX, digest.as_str()),
                    None => named,
                }
            }
        }
    }
}

impl Index {
    /// An index of the OCI kind.
    #[must_use]
    pub fn new(manifests: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_type::INDEX.to_owned()),
            artifact_type: None,
            manifests,
            annotations: Annotations::new(),
        }
    }

    /// Whether this index is a cluster image: its entries say what they are.
    #[must_use]
    pub fn is_cluster_image(&self) -> bool {
        self.manifests.first().is_some_and(|first| first.annotations.contains_key(annotation::ENTRY))
    }

    /// Every entry with its meaning, in order.
    ///
    /// # Errors
    /// At the first entry that has none.
    pub fn entries(&self) -> Result<Vec<(&Descriptor, Entry)>, UnexpectedEntry> {
        self.manifests.iter().map(|descriptor| Entry::of(descriptor).map(|entry| (descriptor, entry))).collect()
    }

    /// The rootfs manifest for a machine, if the image has one for it.
    #[must_use]
    pub fn rootfs_for(&self, machine: &Platform) -> Option<&Descriptor> {
        self.manifests.iter().find(
            |descriptor| matches!(Entry::of(descriptor), Ok(Entry::Rootfs { platform }) if platform.runs_on(machine)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_being_written_and_read() {
        let plain = Descriptor::of(media_type::MANIFEST, b"{}");
        let entries = [
            Entry::Rootfs { platform: Platform::linux("amd64") },
            Entry::ContainerImage { name: "nginx:1.25".parse().unwrap(), original_index: Some(Digest::of(b"index")) },
            Entry::Program { platform: Platform::linux("arm64"), version: "v1.2.3".into() },
            Entry::Catalog,
        ];
        for entry in entries {
            assert_eq!(Entry::of(&entry.annotate(plain.clone())).unwrap(), entry);
        }
    }

    #[test]
    fn a_plain_index_is_not_a_cluster_image() {
        let index = Index::new(vec![Descriptor::of(media_type::MANIFEST, b"{}")]);
        assert!(!index.is_cluster_image());
        assert!(index.entries().is_err());
    }
}
