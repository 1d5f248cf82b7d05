//! Pushes the container images to the registry that the site has already, from this machine and not by way of any host. What is there already
//! is not sent again.

use crate::Error;
use crate::blobs::Destination;
use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_master};
use sealer_model::Secret;
use sealer_model::cluster::{Cluster, ExternalRegistry, Member};
use sealer_model::image::Extension;

/// Push the container images to the site's own registry.
pub(crate) struct PushImages;

impl Step<Delivery> for PushImages {
    fn id(&self) -> &'static str {
        "push-images"
    }

    fn title(&self) -> &'static str {
        "Push the container images to the site's own registry"
    }

    /// One host stands for the registry, which is none.
    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        if cluster.registry.external.is_some() { first_master(cluster) } else { Vec::new() }
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        cluster.registry.external.iter().map(ExternalRegistry::url).collect()
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let Some(to) = destination(on).await? else { return Ok(true) };
            let asked = on.context.blobs.are_pushed(&on.context.bundle.index, &to).await;
            asked.map_err(failed(&to))
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let Some(to) = destination(on).await? else { return Ok(()) };
            on.context.blobs.push(&on.context.bundle.index, &to).await.map_err(failed(&to))
        })
    }
}

async fn destination(on: &On<'_, Delivery>) -> Result<Option<Destination>, Error> {
    let Some(registry) = on.cluster().registry.external.clone() else { return Ok(None) };
    let login = on.context.external_login().await?;
    let password = login.map(|login| Secret::new(login.password.0));
    let (pace, listener) = (on.fleet().pace().clone(), on.fleet().listener.clone());
    Ok(Some(Destination { registry, password, pace, listener }))
}

fn failed(to: &Destination) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> Error {
    let registry = to.registry.name();
    move |source| Error::ExternalRegistry { registry, source }
}
