//! A plan with what is known of the hosts beside it: which steps each host takes, what of that is done already as far as
//! somebody can tell who only looks, and what it costs in bytes and disk. Told before anything is changed.

use super::Plan;
use crate::Digest;
use crate::checks::Finding;
use crate::cluster::Role;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a verb will do on each host, judged from facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// The plan itself, from the desired state alone.
    pub plan: Plan,
    /// The hosts that answered, in the cluster's order.
    pub hosts: Vec<HostForecast>,
    /// What the checks before a delivery found, hosts that did not answer included.
    pub findings: Vec<Finding>,
}

/// A forecast that can be carried out later, by the machine that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedDelivery {
    /// What was asked for, by the digest under which the machine keeps it.
    pub intention: Digest,
    /// What was told.
    #[serde(flatten)]
    pub forecast: Forecast,
}

/// One host of a [`Forecast`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostForecast {
    /// Its address.
    pub address: IpAddr,
    /// What it does in the cluster.
    pub role: Role,
    /// What it calls itself.
    pub hostname: String,
    /// Its steps in order.
    pub steps: Vec<StepForecast>,
    /// The file systems that the delivery brings something to.
    pub disks: Vec<DiskForecast>,
}

/// One step on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepForecast {
    /// The step's identifier.
    pub id: String,
    /// What it does, for people.
    pub title: String,
    /// Whether it is done already.
    pub standing: Standing,
    /// Bytes that the delivering machine sends for it, at most: what is there already is not sent again.
    pub bytes_at_most: u64,
    /// Files, folders and Kubernetes objects that it touches, as far as it can say without the host.
    pub touches: Vec<String>,
}

/// What can be said of a step before anything is started on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It will be carried out.
    ToDo,
    /// It is done and will be left alone.
    Done,
    /// Only the agent could tell: the host belongs to the cluster already.
    Unknown,
}

impl Standing {
    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToDo => "to do",
            Self::Done => "done",
            Self::Unknown => "unknown",
        }
    }
}

/// A file system that the delivery brings something to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiskForecast {
    /// A path that lies on it.
    pub path: String,
    /// Where it is mounted.
    pub mount_point: String,
    /// Bytes that come to it, as an upper estimate.
    pub needed: u64,
    /// Bytes that are free.
    pub free: u64,
}
