//! Helm releases without helm: charts installed, upgraded, rolled back and removed through the Kubernetes API, and stored as Helm
//! stores them, so that Helm and sealer can each manage what the other has made.
//!
//! [`kubeconfig::read`] says where a cluster is, [`Cluster::reach`] asks what it has, [`Work`] is what can be done to one release,
//! [`History`] and [`releases`] what there is. What is decided lies in pure modules: [`merge`] makes the patch of an upgrade,
//! [`readiness`] judges objects by their kind, `order` says what comes first, and [`Stored`] is a revision in Helm's own form.

mod apply;
mod client;
mod cluster;
mod definitions;
pub mod error;
mod history;
mod hooks;
mod image_names;
mod inventory;
pub mod kubeconfig;
mod logs;
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
pub use error::{Cause, Error, Result};
pub use history::{History, releases};
pub use image_names::ImageNames;
pub use kubeconfig::Access;
pub use logs::{LogLine, LogRequest};
pub use object::Identity;
pub use render::Source;
pub use stored::{Info, Keeper, LastRun, Status, Stored, StoredHook, decode, encode, from_secret};
pub use verbs::{Change, Difference, Differing, ReleaseStatus, Uninstalled, Values, await_ready, differences};
pub use work::{Settings, Work};
