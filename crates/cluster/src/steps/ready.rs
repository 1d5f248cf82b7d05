//! Waits until every host is a ready node and every workload is ready, or fails at the deadline with what is not ready and
//! why: the reasons that the API gives, recent warnings, and the last lines that failing containers wrote.

use crate::Error;
use crate::delivery::Delivery;
use crate::kubectl;
use crate::step::{Answer, On, Step, first_master};
use sealer_model::cluster::{Cluster, Member};
use std::time::{Duration, Instant};

/// Wait until everything is ready.
pub(crate) struct AwaitReady;

const PAUSE: Duration = Duration::from_millis(700);

impl Step<Delivery> for AwaitReady {
    fn id(&self) -> &'static str {
        "ready"
    }

    fn title(&self) -> &'static str {
        "Wait until everything is ready"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(kubectl::not_ready(on.fleet(), on.address()).await?.is_empty()) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let started = Instant::now();
            loop {
                let not_ready = kubectl::not_ready(on.fleet(), on.address()).await?;
                if not_ready.is_empty() {
                    return Ok(());
                }
                if started.elapsed() > on.context.deadline {
                    let notes = kubectl::notes(on.fleet(), on.address(), &not_ready).await;
                    let seconds = on.context.deadline.as_secs();
                    return Err(Error::NotReady { seconds, not_ready, notes });
                }
                tokio::time::sleep(PAUSE).await;
            }
        })
    }
}
