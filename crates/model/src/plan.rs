//! The plan of a verb: what will be done, on which hosts, in which order. It is data: `--dry-run` prints it, the runner
//! carries it out, and its digest ties the journal's records to it.

mod changes;
mod forecast;

pub use forecast::{DiskForecast, Forecast, HostForecast, PlannedDelivery, Standing, StepForecast};

use crate::Digest;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a verb will do. The hosts of one stage go on independently of each other; a stage begins when the one before has
/// ended on every host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// `run`, `delete`, ...
    pub verb: String,
    /// The cluster's name.
    pub cluster: String,
    /// The cluster image that the plan delivers, where it delivers one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Digest>,
    /// The stages in order.
    pub stages: Vec<PlannedStage>,
}

/// Steps that each host takes at its own pace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStage {
    /// The steps in order.
    pub steps: Vec<PlannedStep>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// The step's identifier, the name of its file.
    pub id: String,
    /// What it does, for people.
    pub title: String,
    /// Where it does it.
    pub hosts: Vec<IpAddr>,
}

impl Plan {
    /// The identity of the plan: equal plans have equal digests.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let text = serde_json::to_vec(self).expect("a plan is plain data and always has a JSON form");
        Digest::of(&text)
    }
}
