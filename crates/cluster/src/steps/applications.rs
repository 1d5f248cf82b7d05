//! Launches the applications that the image or the user names, in their order. What they start may still be on its way when
//! this ends; `ready` waits for it.

use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_master};
use crate::steps::launch;
use sealer_model::cluster::{Cluster, Member, Secrets};
use sealer_model::image::Extension;
use sealer_model::launch::applications;

/// Launch applications.
pub(crate) struct LaunchApplications;

impl Step<Delivery> for LaunchApplications {
    fn id(&self) -> &'static str {
        "applications"
    }

    fn title(&self) -> &'static str {
        "Launch applications"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    fn touches(&self, cluster: &Cluster, image: &Extension) -> Vec<String> {
        launch::touches(cluster, applications(cluster, image, &Secrets::default()))
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let applications = applications(on.cluster(), &on.context.bundle.extension, on.fleet().secrets())?;
            launch::are_launched(on, &applications).await
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let applications = applications(on.cluster(), &on.context.bundle.extension, on.fleet().secrets())?;
            launch::launch(on, "applications", &applications).await
        })
    }
}
