//! Waits until every host is a ready node and every workload is ready, then looks at everything else that the checks after a
//! delivery know; or fails at the deadline with what is not well and why. What was found is recorded.

use crate::checks::registry;
use crate::delivery::Delivery;
use crate::examination::Hosts;
use crate::step::{Answer, On, Step, first_master};
use crate::{Error, examination};
use sealer_model::bundle::Bundle;
use sealer_model::checks::{Finding, Stage};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::journal::Entry;
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
        Box::pin(async move {
            let findings = look(on, Some(&on.context.bundle)).await?;
            Ok(settled(on, findings))
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let findings = until_well(on, Some(&on.context.bundle)).await?;
            settled(on, findings);
            Ok(())
        })
    }

    /// What was found well a moment ago is not looked at again.
    fn verify<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(on.context.examined.get().is_some()) })
    }
}

/// Whether all is well; what was found then is told at the end of the verb. Only this step sets it, and only once.
fn settled(on: &On<'_, Delivery>, findings: Vec<Finding>) -> bool {
    let is_well = !findings.iter().any(Finding::blocks);
    if is_well {
        let _ = on.context.examined.set(findings);
    }
    is_well
}

/// Waits until nothing that is found is in the way, beside an image's own checks where one is given, and returns the rest.
pub(super) async fn until_well(on: &On<'_, Delivery>, image: Option<&Bundle>) -> Result<Vec<Finding>, Error> {
    let (delivery, started) = (on.context, Instant::now());
    loop {
        let findings = look(on, image).await?;
        if !findings.iter().any(Finding::blocks) {
            return Ok(findings);
        }
        on.fleet().go_on()?;
        if started.elapsed() > delivery.deadline {
            // so far the API alone was asked; where the rest cannot be asked, the API's findings are what is reported
            let whole = examination::whole(on.fleet(), Hosts::all(on.fleet()), image, &delivery.ignore).await;
            let findings = whole.map_or(findings, |examined| examined.findings);
            record(on, &findings)?;
            return Err(Error::NotReady { seconds: delivery.deadline.as_secs(), findings });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What is found; it is recorded when all is well. Hosts are asked only when the API says that all is well.
async fn look(on: &On<'_, Delivery>, image: Option<&Bundle>) -> Result<Vec<Finding>, Error> {
    let ignore = &on.context.ignore;
    let findings = examination::of_api(on.fleet(), ignore).await;
    if findings.iter().any(Finding::blocks) {
        return Ok(findings);
    }
    let examined = examination::whole(on.fleet(), Hosts::all(on.fleet()), image, ignore).await?;
    if !examined.findings.iter().any(Finding::blocks) {
        on.fleet().journal.append(Entry::Certificates { certificates: examined.certificates })?;
        record(on, &examined.findings)?;
    }
    Ok(examined.findings)
}

fn record(on: &On<'_, Delivery>, findings: &[Finding]) -> Result<(), Error> {
    let checks = registry().filter(|check| check.stage == Stage::After).count();
    on.fleet().journal.append(Entry::Checked { stage: Stage::After, checks, findings: findings.to_vec() })
}
