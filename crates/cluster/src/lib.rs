//! Change many machines: connect to the hosts of a cluster, check them, plan, carry the plan out step by step with a journal,
//! and judge whether what runs is well. `verbs` lists what each verb does in order; `steps` holds one step a file.
//!
//! This room knows hosts and Kubernetes. It does not know images: it is given a [`sealer_model::bundle::Bundle`] and a
//! [`Blobs`] to read from.

mod authority;
pub mod backup;
mod blobs;
mod blocking;
pub mod checks;
mod delivery;
mod error;
mod examination;
mod fleet;
mod image_checks;
mod journal;
mod kubectl;
mod mending;
mod pace;
mod pod_network;
mod programs;
pub mod redact;
mod registry;
mod relay;
mod removed_apis;
pub mod report;
mod runner;
mod state;
mod step;
mod steps;
pub mod support;
pub mod verbs;

pub use blobs::{Blobs, Destination, FromStore, Reader};
pub use error::Error;
pub use fleet::{Access, Fleet};
pub use pace::Pace;
pub use programs::{CarriedPrograms, NoProgram, ProgramFile, Programs};
pub use registry::{OwnCertificate, RegistrySecrets};
pub use removed_apis::is_manifest;
pub use state::State;
