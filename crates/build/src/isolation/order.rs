//! What the build asks of the processes of a `RUN`, as a folder: the order itself, the parts of the overlay, and where a failure is told.

use super::Failure;
use crate::options::Network;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What changes in the root: the layer to be.
pub(crate) const UPPER: &str = "upper";
/// The overlay's own.
pub(crate) const WORK: &str = "work";
/// Where the layers are mounted over each other.
pub(crate) const MERGED: &str = "merged";
/// The order.
const ORDER: &str = "order.json";
/// Why it could not be carried out.
pub(crate) const FAILURE: &str = "failure";
/// Files of this machine as the command sees them, for as long as it runs.
pub(crate) const FILES: [(&str, &str); 2] = [("resolv.conf", "etc/resolv.conf"), ("hosts", "etc/hosts")];

/// One command and its surroundings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Folders with the layers below the command, the topmost first, by their names beside the order's folder.
    pub(crate) lowers: Vec<String>,
    /// How removed paths are marked in them.
    pub(crate) form: Form,
    /// What the command can reach.
    pub(crate) network: Network,
    /// The whole environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// The program and its arguments.
    pub(crate) arguments: Vec<String>,
}

/// Where an overlay keeps its marks of opaque folders. Only root may write the first kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// In `trusted.overlay.*`.
    Trusted,
    /// In `user.overlay.*`.
    User,
}

impl Form {
    /// The form for who runs this process.
    pub(crate) fn of_this_user() -> Self {
        if rustix::process::geteuid().is_root() { Self::Trusted } else { Self::User }
    }

    /// The attribute of an opaque folder.
    pub(crate) fn opaque(self) -> &'static str {
        match self {
            Self::Trusted => "trusted.overlay.opaque",
            Self::User => "user.overlay.opaque",
        }
    }
}

impl Order {
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(folder.join(ORDER)).map_err(Failure::to("read the order"))?;
        serde_json::from_slice(&bytes).map_err(Failure::to("understand the order"))
    }

    /// Writes the order, and the folders and files beside it.
    pub(crate) fn write(&self, folder: &Path) -> std::io::Result<()> {
        for name in [UPPER, WORK, MERGED] {
            fs::create_dir(folder.join(name))?;
        }
        for (name, path) in FILES {
            // a machine without the file gives an empty one
            let text = fs::read(Path::new("/").join(path)).unwrap_or_default();
            fs::write(folder.join(name), text)?;
        }
        fs::write(folder.join(ORDER), serde_json::to_vec(self)?)
    }
}
