//! Waits until every host is a ready node and every workload is ready, then looks at everything else that the checks after a
//! delivery know; or fails at the deadline with what is not well and why. What was found is recorded.

use crate::checks::registry;
use crate::delivery::Delivery;
use crate::examination::Hosts;
use crate::step::{Answer, On, Step, first_master};
use crate::{Error, examination};
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
        Box::pin(async move { is_well(on).await.map(|findings| findings.is_none()) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let (delivery, started) = (on.context, Instant::now());
            while let Some(findings) = is_well(on).await? {
                on.fleet().go_on()?;
                if started.elapsed() > delivery.deadline {
                    // so far the API alone was asked; where the rest cannot be asked, the API's findings are what is reported
                    let whole = examination::whole(
                        on.fleet(),
                        Hosts::all(on.fleet()),
                        Some(&delivery.bundle),
                        &delivery.ignore,
                    )
                    .await;
                    let findings = whole.map_or(findings, |examined| examined.findings);
                    record(on, &findings)?;
                    return Err(Error::NotReady { seconds: delivery.deadline.as_secs(), findings });
                }
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        })
    }

    /// What was found well a moment ago is not looked at again.
    fn verify<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(on.context.examined.get().is_some()) })
    }
}

/// Nothing when all is well, which is recorded; else what is not. Hosts are asked only when the API says that all is well.
async fn is_well(on: &On<'_, Delivery>) -> Result<Option<Vec<Finding>>, Error> {
    let ignore = &on.context.ignore;
    let mut findings = examination::of_api(on.fleet(), ignore).await;
    let mut certificates = Vec::new();
    if !findings.iter().any(Finding::blocks) {
        let examined = examination::whole(on.fleet(), Hosts::all(on.fleet()), Some(&on.context.bundle), ignore).await?;
        findings = examined.findings;
        certificates = examined.certificates;
    }
    if findings.iter().any(Finding::blocks) {
        return Ok(Some(findings));
    }
    on.fleet().journal.append(Entry::Certificates { certificates })?;
    record(on, &findings)?;
    // told at the end of the verb; only this step sets it, and only once
    let _ = on.context.examined.set(findings);
    Ok(None)
}

fn record(on: &On<'_, Delivery>, findings: &[Finding]) -> Result<(), Error> {
    let checks = registry().filter(|check| check.stage == Stage::After).count();
    on.fleet().journal.append(Entry::Checked { stage: Stage::After, checks, findings: findings.to_vec() })
}
