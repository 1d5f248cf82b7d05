//! The site: its registry on every master, and whether anything would leave the site.

use super::After;
use super::objects::{Found, Object};
use crate::checks::check::Check;
use sealer_model::Reference;
use sealer_model::checks::Severity::{Error, Warning};

pub(super) const CHECKS: &[Check] = &[
    Check::cluster(
        ("registry", Error),
        "every host reaches the site's registry",
        "a pod that comes to this host does not get its images",
        "look at `systemctl status sealer-registry` on the masters, sealer-balancer on nodes, and /etc/hosts",
        |after| {
            let failed = after
                .probed
                .iter()
                .filter_map(|(host, probed)| Some((host, probed.registry.as_ref()?.as_ref().err()?)));
            failed.map(|(host, why)| (host.to_string(), format!("the registry does not answer: {why}"))).collect()
        },
    ),
    Check::cluster(
        ("registry-incomplete", Error),
        "the registry on every master has the whole image",
        "what is missing is noticed when a pod moves, long after the delivery",
        "give the command of the delivery again: it sends what is missing",
        |after| {
            let missing = after.image.iter().flat_map(|image| &image.missing).filter(|(_, count)| **count > 0);
            missing
                .map(|(host, count)| (host.to_string(), format!("its registry lacks {count} blobs of the image")))
                .collect()
        },
    ),
    Check::cluster(
        ("image-not-carried", Warning),
        "every pod's images are part of the delivered image",
        "they were pulled from elsewhere or are on one node only, and a closed site cannot pull them again",
        "build the cluster image with them",
        not_carried,
    ),
];

fn not_carried(after: &After) -> Found {
    let Some(image) = after.image.as_ref().filter(|image| !image.names.is_empty()) else { return Vec::new() };
    let foreign = |name: &str| match name.parse::<Reference>() {
        // by digest a name leads to what was carried under a tag, too
        Ok(reference) => reference.digest().is_none() && !image.names.contains(&reference.to_string()),
        Err(_) => true,
    };
    let of = |pod: &Object| {
        let containers = pod.spec.init_containers.iter().chain(&pod.spec.containers);
        let foreign = containers.map(|container| container.image.as_str()).filter(|name| foreign(name));
        foreign.map(|name| (pod.subject(), format!("{name} is not in the delivered image"))).collect::<Found>()
    };
    after.objects.of("Pod").filter(|pod| pod.status.phase != "Succeeded").flat_map(of).collect()
}
