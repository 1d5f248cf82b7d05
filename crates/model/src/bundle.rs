//! What the rooms that deliver need to know of a cluster image, without being able to open it: its blobs by digest, its
//! rootfs for each platform, and how its applications are launched.

use crate::cluster::{ContainerRuntime, SERVICES_VARIABLE};
use crate::etcd::EtcdVersion;
use crate::image::{Descriptor, Extension};
use crate::kubeadm::{Documents, InvalidVersion, KubernetesVersion};
use crate::{Digest, Platform, Reference};
use serde::Serialize;
use std::collections::BTreeMap;

/// A cluster image, described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The image's full name.
    pub name: Reference,
    /// Its index.
    pub index: Descriptor,
    /// Every blob it consists of, the index included, each once.
    pub blobs: Vec<Descriptor>,
    /// The rootfs manifests and the bytes of their layers.
    pub rootfs: Vec<Rootfs>,
    /// sealer's own programs that it carries.
    pub programs: Vec<Program>,
    /// Its applications and how they are launched; labels included.
    pub extension: Extension,
    /// The container images it carries.
    pub container_images: Vec<Reference>,
    /// What hosts get of it: all, unless the site has a registry already, which gets the container images.
    pub sent: Sent,
}

/// What the registries on hosts get of a cluster image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The index over it.
    pub index: Descriptor,
    /// Every blob of it, the index included, each once, in an order in which a registry takes them.
    pub blobs: Vec<Descriptor>,
}

impl Sent {
    /// Bytes of all blobs.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.blobs.iter().map(|blob| blob.size).sum()
    }
}

/// The rootfs for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rootfs {
    /// The platform.
    pub platform: Platform,
    /// The manifest.
    pub manifest: Descriptor,
    /// Bytes of its layers, compressed.
    pub size: u64,
    /// Files that say what the image asks of hosts, or that the site changes, by their paths below the rootfs.
    pub files: RootfsFiles,
}

/// sealer's own program for hosts of one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Program {
    /// The platform.
    pub platform: Platform,
    /// sealer's version that it is: `v1.2.3`.
    pub version: String,
    /// The digest of its file, which is a blob of the image.
    pub digest: Digest,
    /// Bytes of its file.
    pub size: u64,
}

/// A file of a rootfs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootfsFile {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Its permission bits.
    pub mode: u32,
}

/// Files by their paths below the rootfs.
pub type RootfsFiles = BTreeMap<String, RootfsFile>;

/// What the image asks of Kubernetes, below the rootfs.
pub const KUBEADM_FILE: &str = "etc/kubeadm.yml";

/// The image does not say what a cluster needs to know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum IncompleteBundle {
    /// No rootfs for a host.
    #[error("image {image} has no rootfs for {platform}; it has {present}")]
    Platform {
        /// The image.
        image: String,
        /// What a host needs.
        platform: String,
        /// What is there.
        present: String,
    },
    /// No pause image.
    #[error("image {0} carries no container image whose name ends in /pause, which every pod needs")]
    SandboxImage(String),
    /// No Kubernetes version.
    #[error("image {0} has no label {VERSION_LABEL}, so its Kubernetes version is unknown")]
    NoVersion(String),
    /// A Kubernetes version that sealer cannot handle.
    #[error("image {image}, label {VERSION_LABEL}")]
    Version {
        /// The image.
        image: String,
        /// What is wrong with it.
        source: InvalidVersion,
    },
}

/// The label that names the Kubernetes version of an image.
pub const VERSION_LABEL: &str = "cluster.alpha.sealer.io/cluster-runtime-version";

/// The label that names phases of `kubeadm init` that the image does without, comma separated: `addon/coredns`.
pub const SKIP_PHASES_LABEL: &str = "cluster.alpha.sealer.io/kubeadm-skip-phases";

/// The label that names the container runtime of an image's clusters, where the site says nothing: `docker`.
pub const RUNTIME_LABEL: &str = "cluster.alpha.sealer.io/container-runtime-type";

impl Bundle {
    /// The container runtime that the image is made for, where it says one that there is.
    #[must_use]
    pub fn container_runtime(&self) -> Option<ContainerRuntime> {
        self.extension.labels.get(RUNTIME_LABEL).and_then(|name| ContainerRuntime::of_name(name))
    }

    /// Bytes of all blobs.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.blobs.iter().map(|blob| blob.size).sum()
    }

    /// Bytes of the container images of one platform, compressed.
    #[must_use]
    pub fn container_images_size(&self) -> u64 {
        let rootfs: u64 = self.rootfs.iter().map(|rootfs| rootfs.size).sum();
        let programs: u64 = self.programs.iter().map(|program| program.size).sum();
        self.size().saturating_sub(rootfs).saturating_sub(programs) / (self.rootfs.len() as u64).max(1)
    }

    /// The rootfs for a machine.
    ///
    /// # Errors
    /// When the image has none for it; the error lists what it has.
    pub fn rootfs_for(&self, machine: &Platform) -> Result<&Rootfs, IncompleteBundle> {
        let found = self.rootfs.iter().find(|rootfs| rootfs.platform.runs_on(machine));
        found.ok_or_else(|| {
            let present: Vec<String> = self.rootfs.iter().map(|rootfs| rootfs.platform.to_string()).collect();
            IncompleteBundle::Platform {
                image: self.name.to_string(),
                platform: machine.to_string(),
                present: present.join(", "),
            }
        })
    }

    /// The same with the range of services' addresses, where the image's kubeadm configuration says it, in the environment: the addresses
    /// that sealer fills in are counted in it. A configuration that is made of a template is known on hosts only, and has the range from
    /// the environment.
    #[must_use]
    pub fn with_services_range(mut self) -> Self {
        let file = self.rootfs.first().and_then(|rootfs| rootfs.files.get(KUBEADM_FILE));
        let documents = file.and_then(|file| Documents::read(&String::from_utf8_lossy(&file.bytes)).ok());
        let range = documents.map(|documents| documents.cluster.networking.service_subnet);
        if let Some(range) = range.filter(|range| !range.is_empty()) {
            self.extension.env.insert(SERVICES_VARIABLE.to_owned(), range);
        }
        self
    }

    /// The container image of which every pod's sandbox is made.
    ///
    /// # Errors
    /// When the image carries none.
    pub fn sandbox_image(&self) -> Result<&Reference, IncompleteBundle> {
        let pause = |name: &&Reference| name.path().rsplit('/').next() == Some("pause");
        self.container_images.iter().find(pause).ok_or_else(|| IncompleteBundle::SandboxImage(self.name.to_string()))
    }

    /// The version of etcd that the image carries, where a container image is called so and its tag says it; the oldest of several.
    #[must_use]
    pub fn etcd_version(&self) -> Option<EtcdVersion> {
        EtcdVersion::oldest_of(&self.container_images)
    }

    /// The Kubernetes version that the image installs.
    ///
    /// # Errors
    /// When the image does not say it or says nonsense.
    pub fn kubernetes_version(&self) -> Result<KubernetesVersion, IncompleteBundle> {
        let image = self.name.to_string();
        match self.extension.labels.get(VERSION_LABEL) {
            None => Err(IncompleteBundle::NoVersion(image)),
            Some(text) => text.parse().map_err(|source| IncompleteBundle::Version { image, source }),
        }
    }

    /// Phases of `kubeadm init` to leave out.
    #[must_use]
    pub fn skipped_phases(&self) -> Vec<String> {
        let text = self.extension.labels.get(SKIP_PHASES_LABEL).map_or("", String::as_str);
        text.split(',').map(str::trim).filter(|phase| !phase.is_empty()).map(Into::into).collect()
    }
}
