//! The delivery that the quickstart shows: one command, proof, and a second run that finds nothing to do.

use crate::delivery::Delivery;
use crate::error::Result;
use crate::scenarios::expect::holds;
use crate::scenarios::{Scenario, State};
use crate::{proof, quickstart};

/// The whole road.
#[derive(Debug)]
pub(crate) struct Deliver;

impl Scenario for Deliver {
    fn title(&self) -> &'static str {
        "one command delivers a cluster with an application, and the second run changes nothing"
    }

    fn needs(&self) -> State {
        State::Bare
    }

    fn leaves(&self) -> State {
        State::Delivered
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        delivery.run()?;
        proof::prove(delivery)?;
        let release = ["get", "secrets", "--selector", "owner=helm,name=cache,status=deployed", "--output", "name"];
        let found = delivery.kubectl(&release)?;
        holds(
            &format!("the chart is a release, stored as Helm stores it: {found}"),
            found.contains("release.v1.cache.v1"),
        )?;
        quickstart::again(delivery)
    }
}
