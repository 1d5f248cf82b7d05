//! What docker as the container runtime does not go with. It asks registries at their own names and is led to the site's registry, which
//! answers for them over TLS; so that has to be ours, with a certificate of the cluster's own authority.

use super::super::finding::Finding;
use super::super::view::View;
use crate::cluster::ContainerRuntime;

pub(super) fn runtime(spec: &View<'_>) -> Vec<Finding> {
    let runtime = spec.at(&["containerRuntime", "type"]).and_then(|runtime| runtime.text());
    if runtime.and_then(|name| ContainerRuntime::of_name(&name)) != Some(ContainerRuntime::Docker) {
        return Vec::new();
    }
    let external = spec.at(&["registry", "externalRegistry"]).map(|view| {
        let message = "docker knows no other place for the images of a domain, so that it cannot find them in a registry of the site's own";
        Finding::error(view.position(), &view.path, message)
            .hint("leave externalRegistry out, or write containerd for containerRuntime.type")
    });
    let local = spec.at(&["registry", "localRegistry"]);
    let plain = local.as_ref().filter(|local| local.boolean_of("insecure") == Some(true));
    let insecure = plain.and_then(|local| local.get("insecure")).map(|view| {
        let message = "docker asks registries at their own names, and only over TLS";
        Finding::error(view.position(), &view.path, message)
            .hint("leave insecure out, or write containerd for containerRuntime.type")
    });
    let upstreams = local.map(|local| local.list("upstreams")).unwrap_or_default();
    let upstreams = upstreams.iter().filter_map(|upstream| upstream.get("match")).filter_map(|view| everything(&view));
    external.into_iter().chain(insecure).chain(upstreams).collect()
}

fn everything(view: &View<'_>) -> Option<Finding> {
    let message =
        "docker gets only images of Docker Hub and of domains that the image or another upstream names by this";
    let finding = Finding::warning(view.position(), &view.path, message);
    (view.text().as_deref() == Some("*"))
        .then(|| finding.hint("name the domains: one upstream for each, with the same url"))
}
