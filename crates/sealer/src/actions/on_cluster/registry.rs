//! The registry that a cluster pulls from: what is pushed there, what it is called there, and what nodes have to be told about it.

use super::super::Context;
use super::super::remote::{self, Wishes};
use super::super::store::open;
use crate::args::Existing;
use crate::failure::Failure;
use sealer_model::Reference;
use sealer_model::bundle::Bundle;
use sealer_model::cluster::{Cluster, ExternalRegistry};
use std::collections::{BTreeMap, BTreeSet};

/// A registry that is there already.
#[derive(Clone, Debug)]
pub(super) struct Target(ExternalRegistry);

impl Target {
    /// Reads `HOST[:PORT][/PATH]`; those among the insecure ones may speak plain HTTP.
    ///
    /// # Errors
    /// When it is no such thing.
    pub(super) fn read(text: &str, insecure: &[String]) -> Result<Self, Failure> {
        let wrong =
            || Failure::usage(format!("\"{text}\" is no registry")).hint("write HOST, HOST:PORT or HOST:PORT/PATH");
        let name: Reference = format!("{}/x:y", text.trim_end_matches('/')).parse().map_err(|_| wrong())?;
        let is_host = text.split('/').next() == Some(name.domain());
        let path = name.path().strip_suffix('x').map(|path| path.trim_end_matches('/')).unwrap_or_default();
        let (domain, port) = match name.domain().rsplit_once(':') {
            Some((domain, port)) if !port.ends_with(']') => (domain, Some(port.parse().map_err(|_| wrong())?)),
            _ => (name.domain(), None),
        };
        if !is_host {
            return Err(wrong());
        }
        let insecure = insecure.iter().any(|host| host == name.domain() || host == domain);
        let domain = domain.trim_matches(['[', ']']).to_owned();
        let path = (!path.is_empty()).then(|| path.to_owned());
        Ok(Self(ExternalRegistry { domain, port, path, insecure, ..ExternalRegistry::default() }))
    }

    /// The same, as templates of the image see it.
    pub(super) fn registry(&self) -> ExternalRegistry {
        self.0.clone()
    }

    /// Pushes the container images, and gives the names that are to be written in manifests, if any are.
    ///
    /// # Errors
    /// When the registry does not take one, or a name does not fit into it.
    pub(super) async fn push(
        &self,
        cluster: &Cluster,
        bundle: &Bundle,
        existing: &Existing,
        context: &Context,
    ) -> Result<BTreeMap<Reference, Reference>, Failure> {
        let folder = context.settings.store();
        let store = super::blocking(move || open(&folder)).await?;
        let client = remote::client(Wishes::insecure(&existing.insecure, None), context).await?;
        let pushed =
            sealer_image::push_container_images(&store, &client, &bundle.index, &self.0, &context.listener).await;
        pushed.map_err(|error| {
            Failure::of(error).within(format!(
                "cannot push the container images of {} to {}",
                cluster.image,
                self.0.name()
            ))
        })?;
        let names = self.names(&bundle.container_images)?;
        if existing.rewrite_images {
            context.listener.stage(format!("{} images are called anew in manifests and charts", names.len()));
            return Ok(names);
        }
        context.listener.warn(self.instructions(&bundle.container_images));
        Ok(BTreeMap::new())
    }

    fn names(&self, images: &[Reference]) -> Result<BTreeMap<Reference, Reference>, Failure> {
        let name = |image: &Reference| Ok((image.clone(), self.0.name_of(image).map_err(Failure::of)?));
        images.iter().map(name).collect()
    }

    /// What the runtime of each node has to know for names to stay as they are.
    fn instructions(&self, images: &[Reference]) -> String {
        let domains: BTreeSet<&str> = images.iter().map(Reference::domain).collect();
        let of = |domain: &str| {
            let place = format!("{}/v2/{}", self.0.url(), self.0.path_of(domain));
            format!("/etc/containerd/certs.d/{domain}/hosts.toml: [host.\"{place}\"] with override_path = true")
        };
        let lines: Vec<String> = domains.into_iter().map(of).collect();
        format!(
            "image names stay as they are, so each node's containerd has to look in {}: {}; where nodes cannot be told, --rewrite-images \
             changes the names",
            self.0.name(),
            lines.join("; ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_has_a_host_and_may_have_a_port_and_a_path() {
        let read = |text: &str| Target::read(text, &[]).map(|target| (target.0.name(), target.0.path));
        assert_eq!(read("hub.example").unwrap(), ("hub.example".to_owned(), None));
        assert_eq!(read("10.0.0.9:5000/").unwrap(), ("10.0.0.9:5000".to_owned(), None));
        let below = read("hub.example:8443/site/a").unwrap();
        assert_eq!(below, ("hub.example:8443".to_owned(), Some("site/a".to_owned())));
        for text in ["", "hub", "https://hub.example", "hub.example:x", "site/a"] {
            assert!(read(text).is_err(), "{text}");
        }
        let insecure = |host: &str| Target::read("hub.example:80/a", &[host.to_owned()]).unwrap().0.insecure;
        assert!(insecure("hub.example:80") && insecure("hub.example") && !insecure("hub.example:81"));
    }

    #[test]
    fn nodes_are_told_where_each_domain_is() {
        let target = Target::read("hub.example:8443/site", &[]).unwrap();
        let images: Vec<Reference> = ["nginx:1", "quay.io/a/b:2"].map(|name| name.parse().unwrap()).to_vec();
        let text = target.instructions(&images);
        assert!(
            text.contains("certs.d/docker.io/hosts.toml: [host.\"https://hub.example:8443/v2/site/docker.io\"]"),
            "{text}"
        );
        let names = target.names(&images).unwrap();
        assert_eq!(names[&images[1]].to_string(), "hub.example:8443/site/quay.io/a/b:2");
    }
}
