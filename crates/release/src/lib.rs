//! Helm releases without helm: charts installed, upgraded, rolled back and removed through the Kubernetes API, and stored as Helm
//! stores them, so that Helm and sealer can each manage what the other has made.
//!
//! [`kubeconfig::read`] says where a cluster is, [`Cluster::reach`] asks what it has, [`Work`] is what can be done to one release,
//! [`History`] and [`releases`] what there is. What is decided lies in pure modules: [`merge`] makes the patch of an upgrade,
//! [`readiness`] judges objects by their kind, `order` says what comes first, and [`Stored`] is a revision in Helm's own form.

mod apply;
mod client;
mod cluster;
pub mod error;
mod history;
mod hooks;
pub mod kubeconfig;
pub mod merge;
mod object;
mod order;
pub mod readiness;
mod render;
mod stored;
mod verbs;
mod wait;
mod work;

pub use cluster::Cluster;
pub use error::{Error, Result};
pub use history::{History, releases};
pub use kubeconfig::Access;
pub use object::Identity;
pub use render::Source;
pub use stored::{Info, LastRun, Status, Stored, StoredHook, decode, encode, from_secret};
pub use verbs::{Change, Difference, ReleaseStatus, Uninstalled, Values, await_ready, differences};
pub use work::{Settings, Work};
