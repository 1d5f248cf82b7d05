//! Launches the image's network and storage plugins as soon as there is an API, so that nodes find their network when they
//! join.

use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_master};
use crate::steps::launch;
use sealer_model::cluster::{Cluster, Member, Secrets};
use sealer_model::image::Extension;
use sealer_model::launch::plugins;

/// Launch network and storage plugins.
pub(crate) struct LaunchPlugins;

impl Step<Delivery> for LaunchPlugins {
    fn id(&self) -> &'static str {
        "plugins"
    }

    fn title(&self) -> &'static str {
        "Launch network and storage plugins"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    fn touches(&self, cluster: &Cluster, image: &Extension) -> Vec<String> {
        launch::touches(cluster, plugins(cluster, image, &Secrets::default()))
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let plugins = plugins(on.cluster(), &on.context.bundle.extension, on.fleet().secrets())?;
            launch::are_launched(on, &plugins).await
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let plugins = plugins(on.cluster(), &on.context.bundle.extension, on.fleet().secrets())?;
            launch::launch(on, "plugins", &plugins).await
        })
    }
}
