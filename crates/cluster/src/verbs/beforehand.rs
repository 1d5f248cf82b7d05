//! What has to hold before a host is changed: the image can make such a cluster, the cluster is not another one already, and the hosts pass
//! the checks, after what is safe was put right.

use super::run::Run;
use crate::checks::{Ignore, check_flags, registry};
use crate::journal::Journal;
use crate::mending::{Judge, mend};
use crate::{Error, Fleet, State, image_checks};
use sealer_model::bundle::Bundle;
use sealer_model::checks::{Finding, Stage as CheckStage};
use sealer_model::cluster::{Cluster, ContainerRuntime, Difference, Secrets};
use sealer_model::image::ImageType;
use sealer_model::journal::Entry;
use sealer_model::launch;
use sealer_tailor::tailor;

/// Whether an image can be delivered to a cluster like this at all.
pub(super) fn validate(cluster: &Cluster, bundle: &Bundle, secrets: &Secrets) -> Result<(), Error> {
    cluster.validate()?;
    refuse_adopted(cluster, "a delivery by this sealer")?;
    if bundle.extension.image_type != ImageType::KubeInstaller {
        return Err(Error::NotAnInstaller(bundle.name.to_string()));
    }
    check_runtime(cluster, bundle)?;
    check_flags(cluster, bundle)?;
    bundle.sandbox_image()?;
    launch::plugins(cluster, &bundle.extension, secrets)?;
    launch::applications(cluster, &bundle.extension, secrets)?;
    image_checks::of_bundle(bundle)?;
    tailorable(cluster, bundle, secrets)
}

/// Whether docker can be this cluster's container runtime. An image may ask for it where a Clusterfile says nothing, so that what is wrong
/// with both together is seen only here.
fn check_runtime(cluster: &Cluster, bundle: &Bundle) -> Result<(), Error> {
    if cluster.container_runtime != ContainerRuntime::Docker {
        return Ok(());
    }
    let unfit = |reason: String| Err(Error::UnfitRuntime { reason });
    let (version, registry) = (bundle.kubernetes_version()?, &cluster.registry);
    if !cluster.container_runtime.goes_with(version) {
        return unfit(format!(
            "image {} has Kubernetes {version}, and from v1.24 on the kubelet does not know it",
            bundle.name
        ));
    }
    if registry.insecure {
        return unfit(
            "it asks registries only over TLS, and the site's registry shall speak plain HTTP (insecure)".into(),
        );
    }
    match &registry.external {
        None => Ok(()),
        Some(external) => {
            unfit(format!("it has no way to look for the images of other domains in {}", external.name()))
        }
    }
}

/// Refuses what would put our way of installing over that of the Go sealer.
pub(super) fn refuse_adopted(cluster: &Cluster, what: &'static str) -> Result<(), Error> {
    match cluster.adopted {
        Some(_) => Err(Error::OfGoSealer { cluster: cluster.name.clone(), what }),
        None => Ok(()),
    }
}

/// Whether every host's files can be tailored, whatever its platform.
fn tailorable(cluster: &Cluster, bundle: &Bundle, secrets: &Secrets) -> Result<(), Error> {
    for rootfs in &bundle.rootfs {
        for member in &cluster.members {
            tailor(cluster, &bundle.extension, member, &rootfs.files, secrets)?;
        }
    }
    Ok(())
}

/// A cluster that was made whole is changed by other verbs; one that never was may be asked for differently.
pub(super) fn refuse_another_cluster(state: &State, cluster: &Cluster) -> Result<(), Error> {
    let Some(former) = state.cluster()? else {
        return Ok(());
    };
    refuse_adopted(&former, "a delivery by this sealer")?;
    if !Journal::ended_well(state, "run")? {
        return Ok(());
    }
    match cluster.differences(&former).into_iter().find(|difference| !difference.is_brought_about()) {
        None => Ok(()),
        Some(difference) => Err(Error::Exists { cluster: cluster.name.clone(), what: told(&difference, &former) }),
    }
}

fn told(difference: &Difference, former: &Cluster) -> String {
    match difference {
        Difference::Hosts(_) => "other hosts".into(),
        Difference::Image(_) => another_image(former),
        Difference::Setting(name) => format!("another setting of {name}"),
    }
}

pub(super) fn another_image(former: &Cluster) -> String {
    format!("another image, {} ({})", former.image, former.image_digest.short())
}

/// What was found and does not block. All of it is recorded, with what was ignored and what was put right.
pub(super) fn check_hosts(
    bundle: &Bundle,
    fleet: &Fleet,
    ignore: &Ignore,
    half_done: bool,
    fixed: Vec<Finding>,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Judge { bundle, ignore, half_done, unreached: Vec::new() }.findings(fleet)?;
    findings.extend(fixed);
    let checks = registry().filter(|check| check.stage == CheckStage::Before).count();
    fleet.journal.append(Entry::Checked { stage: CheckStage::Before, checks, findings: findings.clone() })?;
    let (blocking, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(Finding::blocks);
    if blocking.is_empty() { Ok(others) } else { Err(Error::Preflight(blocking)) }
}

/// The hosts, put right where that was asked for and nothing stops the delivery all the same.
pub(super) async fn mended(
    run: &Run,
    fleet: Fleet,
    state: &State,
    half_done: bool,
    save: impl FnOnce() -> Result<(), Error>,
) -> Result<(Fleet, Vec<Finding>), Error> {
    let judge = Judge { bundle: &run.bundle, ignore: &run.ignore, half_done, unreached: Vec::new() };
    let stops = |finding: &Finding| finding.blocks() && !finding.fixable;
    if !run.fix || judge.findings(&fleet)?.iter().any(stops) {
        return Ok((fleet, Vec::new()));
    }
    mend(fleet, state, &judge, save).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Site;
    use sealer_model::cluster::ExternalRegistry;

    /// What is said of the site when docker is asked for.
    fn said(version: &str, change: fn(&mut Cluster)) -> String {
        let mut site = Site::well();
        site.bundle.extension.labels.values_mut().for_each(|label| *label = version.to_owned());
        site.cluster.container_runtime = ContainerRuntime::Docker;
        change(&mut site.cluster);
        check_runtime(&site.cluster, &site.bundle).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn docker_is_refused_where_it_cannot_be() {
        assert_eq!(said("v1.23.9", |_| ()), "");
        assert!(said("v1.24.0", |_| ()).contains("Kubernetes v1.24.0, and from v1.24 on the kubelet does not know it"));
        assert_eq!(said("v1.24.0", |cluster| cluster.container_runtime = ContainerRuntime::Containerd), "");
        assert!(said("v1.20.2", |cluster| cluster.registry.insecure = true).contains("plain HTTP (insecure)"));
        let external = |cluster: &mut Cluster| {
            let domain = "hub.example".to_owned();
            cluster.registry.external = Some(ExternalRegistry { domain, ..ExternalRegistry::default() });
        };
        assert!(said("v1.20.2", external).contains("in hub.example"));
    }
}
