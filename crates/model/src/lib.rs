//! What things are and what follows from what: names, digests, image documents, Kubefile, Clusterfile, facts about hosts,
//! the plan, journal records and agent messages. Everything here is pure: no clock, disk, socket, process or environment.
//! The other rooms do; this one decides, so it can be tested without a machine.

pub mod agent;
pub mod balancer;
pub mod bundle;
pub mod causes;
pub mod checks;
pub mod cluster;
pub mod clusterfile;
pub mod digest;
pub mod etcd;
pub mod event;
mod excerpt;
pub mod facts;
pub mod image;
pub mod image_check;
pub mod image_list;
pub mod intention;
pub mod ip_list;
pub mod journal;
pub mod kubeadm;
pub mod kubeconfig;
pub mod kubefile;
pub mod launch;
pub mod nearest;
pub mod plan;
pub mod platform;
pub mod program_file;
pub mod reference;
pub mod relay;
pub mod removed_api;
pub mod secret;
pub mod secret_list;
pub mod taint;
pub mod workload;

pub use digest::Digest;
pub use excerpt::Position;
pub use platform::Platform;
pub use reference::Reference;
pub use secret::Secret;
