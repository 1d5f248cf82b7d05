//! Messages about images: blobs and names, copies from one registry to another, and the rootfs.

use super::{Relayed, Text};
use crate::Digest;
use crate::image::Descriptor;
use serde::{Deserialize, Serialize};

/// A blob that the host does not have whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// Which blob.
    pub digest: Digest,
    /// Bytes from the start that are there already.
    pub offset: u64,
}

/// A cluster image whose blobs are all in the host's store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installed {
    /// The image's full name.
    pub name: String,
    /// Its index.
    pub index: Descriptor,
    /// Images that the cluster may go back to, by their full names: they stay protected beside this one, and others do not.
    #[serde(default)]
    pub kept: Vec<String>,
}

/// A registry of the site and what to ask it for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `https://sea.hub:5000`.
    pub registry: String,
    /// The address to connect to, whatever the name resolves to so far: `192.0.2.1`.
    pub address: String,
    /// The registry's CA, PEM.
    pub authority: String,
    /// Repository to name in requests.
    pub repository: String,
    /// Who asks, where it wants to know.
    #[serde(default)]
    pub login: Option<Login>,
}

/// A user of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: Text,
}

/// Fetch an image from another registry of the site into the host's own store, and name it there when it is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replicate {
    /// Who has the image.
    pub source: Source,
    /// All that belongs to it.
    pub blobs: Vec<Descriptor>,
    /// What to name when they are there.
    pub image: Installed,
}

/// Fetch a rootfs from the site's registry and unpack it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unpack {
    /// The cluster; the folder is entered into its ledger.
    pub cluster: String,
    /// Who has it.
    pub source: Source,
    /// The rootfs manifest.
    pub manifest: Descriptor,
    /// The folder that shall hold exactly this rootfs; it appears whole or not at all.
    pub destination: String,
    /// Hosts that unpack the same at the same time and relay it to one another; without it, everything comes from `source`.
    #[serde(default)]
    pub relayed: Option<Relayed>,
}
