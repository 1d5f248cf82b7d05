//! The steps, one a file: file, type and title say the same. `verbs` puts them in order.

mod agent;
mod applications;
mod clean;
mod container_runtime;
mod init;
mod join;
mod kubelet;
mod launch;
mod network;
mod plugins;
mod ready;
mod registry;
mod remove;
mod rootfs;
mod send_image;
mod stop;
mod trust;

pub(crate) use agent::InstallAgent;
pub(crate) use applications::LaunchApplications;
pub(crate) use container_runtime::StartContainerRuntime;
pub(crate) use init::InitControlPlane;
pub(crate) use join::JoinNodes;
pub(crate) use kubelet::InstallKubelet;
pub(crate) use network::RemoveNetwork;
pub(crate) use plugins::LaunchPlugins;
pub(crate) use ready::AwaitReady;
pub(crate) use registry::StartRegistry;
pub(crate) use remove::RemoveEverything;
pub(crate) use rootfs::UnpackRootfs;
pub(crate) use send_image::SendImage;
pub(crate) use stop::StopKubernetes;
pub(crate) use trust::TrustRegistry;
