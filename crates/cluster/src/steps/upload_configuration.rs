//! Tells the cluster which version its masters shall run: kubeadm's documents with the new version, and kube-proxy as the new version has
//! it. Every master and node then upgrades itself by what it finds there.

use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_master};
use crate::steps::init;
use crate::steps::upgrade_node::is_upgraded;
use sealer_model::cluster::{Cluster, Member};

/// Tell the cluster its new version.
pub(crate) struct UploadConfiguration;

/// Parts of kubeadm that are made anew, and the phase that an image may leave out.
const PHASES: [(&[&str], &str); 3] = [
    (&["upload-config", "all"], "upload-config"),
    (&["addon", "kube-proxy"], "addon/kube-proxy"),
    (&["addon", "coredns"], "addon/coredns"),
];

impl Step<Delivery> for UploadConfiguration {
    fn id(&self) -> &'static str {
        "upload-configuration"
    }

    fn title(&self) -> &'static str {
        "Tell the cluster its new version"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    /// Done again until the first master is upgraded: it takes a second and changes nothing the second time.
    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(is_upgraded(on))
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let left_out = init::write_configuration(on).await?;
            for (phase, name) in PHASES {
                if left_out.iter().any(|phase| phase == name || phase == name.split('/').next().unwrap_or_default()) {
                    continue;
                }
                let mut arguments = vec!["init", "phase"];
                arguments.extend(phase);
                arguments.extend(["--config", init::CONFIGURATION]);
                on.fleet().run(on.address(), "upload-configuration", on.context.command("kubeadm", &arguments)).await?;
            }
            Ok(())
        })
    }

    fn verify<'a>(&'a self, _: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async { Ok(true) })
    }
}
