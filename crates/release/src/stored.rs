//! A release as Helm stores it, field by field. What this version does not know is kept, so that a release of another Helm comes back
//! as it was, but for what was changed.

mod chart;
mod encoding;
mod secret;

pub(crate) use chart::chart;
pub use encoding::{decode, encode};
pub use secret::from_secret;
pub(crate) use secret::secret;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// In whose form a revision is stored, and by whose rules its objects come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeper {
    /// A chart's release, as Helm stores it.
    #[default]
    Helm,
    /// An application of manifests, of which Helm knows nothing.
    Sealer,
}

/// One revision of a release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// The release's name.
    pub name: String,
    /// How it stands.
    #[serde(default)]
    pub info: Info,
    /// The chart that it was made of, in Helm's shape: metadata, templates, values, files. Charts below it are not stored.
    #[serde(default)]
    pub chart: Value,
    /// The user's values.
    #[serde(default, deserialize_with = "or_empty")]
    pub config: Map<String, Value>,
    /// Every object but the hooks, as one text.
    #[serde(default)]
    pub manifest: String,
    /// The hooks.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<StoredHook>,
    /// The revision, from 1.
    #[serde(default)]
    pub version: u32,
    /// The release's namespace.
    #[serde(default)]
    pub namespace: String,
    /// Who keeps it; the Secret says so and not the text.
    #[serde(skip)]
    pub keeper: Keeper,
    /// The user's labels; they are the Secret's and no part of the text.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
    /// All else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a revision stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_deployed: String,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_deployed: String,
    /// RFC 3339; empty while it is there.
    #[serde(default)]
    pub deleted: String,
    /// A sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where it is on its way.
    pub status: Status,
    /// What the chart tells its user.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// All else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Where a revision is on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// In the cluster.
    Deployed,
    /// Removed, with its history kept.
    Uninstalled,
    /// Another revision has taken its place.
    Superseded,
    /// It did not come to its end.
    Failed,
    /// Being removed.
    Uninstalling,
    /// Being installed.
    PendingInstall,
    /// Being upgraded.
    PendingUpgrade,
    /// Being rolled back to.
    PendingRollback,
    /// Nobody knows.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Status {
    /// Whether somebody is at work, or was interrupted.
    #[must_use]
    pub fn is_pending(self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
        })
    }
}

/// A hook of a release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredHook {
    /// The object's name.
    #[serde(default)]
    pub name: String,
    /// The object's kind.
    #[serde(default)]
    pub kind: String,
    /// The template.
    #[serde(default)]
    pub path: String,
    /// The object's text.
    #[serde(default)]
    pub manifest: String,
    /// The events: `pre-install`.
    #[serde(default, deserialize_with = "or_empty")]
    pub events: Vec<String>,
    /// Its last run.
    #[serde(default)]
    pub last_run: LastRun,
    /// Hooks of a lower weight come first.
    #[serde(default)]
    pub weight: i64,
    /// When it is deleted.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "Vec::is_empty")]
    pub delete_policies: Vec<String>,
    /// All else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a hook's last run went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LastRun {
    /// RFC 3339; empty before it ran.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub started_at: String,
    /// RFC 3339; empty before it ended.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub completed_at: String,
    /// `Running`, `Succeeded`, `Failed`, `Unknown`; empty before it ran.
    #[serde(default)]
    pub phase: String,
}

/// Go writes null for lists and maps that are empty.
fn or_empty<'de, T: Default + Deserialize<'de>, D: serde::Deserializer<'de>>(reader: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(reader)?.unwrap_or_default())
}

impl Stored {
    /// `web/site`, for people.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// `redis-18.1.0`, as Helm shows it; `manifests` of an application without a chart.
    #[must_use]
    pub fn chart_title(&self) -> String {
        if self.keeper == Keeper::Sealer {
            return "manifests".to_owned();
        }
        let word = |name: &str| self.chart.pointer(name).and_then(Value::as_str).unwrap_or("?");
        format!("{}-{}", word("/metadata/name"), word("/metadata/version"))
    }

    /// The version of what the chart installs; empty where it says none.
    #[must_use]
    pub fn app_version(&self) -> &str {
        self.chart.pointer("/metadata/appVersion").and_then(Value::as_str).unwrap_or_default()
    }
}
