//! Putting right what checks found before a delivery: the agent makes the changes and enters them into the host's ledger first, so that
//! `delete` takes them back. Then the hosts are asked again, because only that shows whether it helped.

use crate::checks::{Before, Fix, Ignore, before, fixes};
use crate::fleet::Unreached;
use crate::runner::carry_out;
use crate::step::{Only, Stage};
use crate::steps::InstallAgent;
use crate::{Error, Fleet, State};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use sealer_model::agent::Batch;
use sealer_model::bundle::Bundle;
use sealer_model::checks::Finding;
use sealer_model::cluster::Member;
use std::net::IpAddr;

/// Hosts that are put right at the same time.
const PARALLEL_HOSTS: usize = 16;

/// What hosts are judged by.
pub(crate) struct Judge<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) ignore: &'a Ignore,
    pub(crate) half_done: bool,
    pub(crate) unreached: Vec<Unreached>,
}

impl Judge<'_> {
    /// What the checks before a delivery find.
    pub(crate) fn findings(&self, fleet: &Fleet) -> Result<Vec<Finding>, Error> {
        self.judged(fleet).map(|(findings, _)| findings)
    }

    fn judged(&self, fleet: &Fleet) -> Result<(Vec<Finding>, Vec<Fix>), Error> {
        let facts = fleet.facts();
        let looked = Before::new(&fleet.cluster, self.bundle, &facts, fleet.programs(), self.half_done)?;
        let looked = looked.without(self.unreached.clone());
        let findings = before(&looked, self.ignore);
        let fixes = fixes(&looked, &findings);
        Ok((findings, fixes))
    }
}

/// Puts right what can be, and returns the hosts as they are then with what was put right. `save` is called before the first change, so
/// that the cluster is known that `delete` has to be asked for.
pub(crate) async fn mend(
    fleet: Fleet,
    state: &State,
    judge: &Judge<'_>,
    save: impl FnOnce() -> Result<(), Error>,
) -> Result<(Fleet, Vec<Finding>), Error> {
    let (findings, fixes) = judge.judged(&fleet)?;
    if fixes.is_empty() {
        return Ok((fleet, Vec::new()));
    }
    save()?;
    let concerned = |member: &&Member| fixes.iter().any(|fix| fix.host == member.address);
    let members: Vec<Member> = fleet.cluster.members.iter().filter(concerned).cloned().collect();
    carry_out(&fleet, &[Stage::<Fleet>::new(vec![Box::new(Only::new(InstallAgent, &members))])]).await?;
    let work: Vec<BoxFuture<'_, Vec<Fix>>> =
        members.iter().map(|member| on_host(&fleet, &fixes, member.address).boxed()).collect();
    let made: Vec<Vec<Fix>> = stream::iter(work).buffer_unordered(PARALLEL_HOSTS).collect().await;
    let fleet = fleet.again(state).await?;
    let left = judge.findings(&fleet)?;
    Ok((fleet, fixed(findings, &made.concat(), &left)))
}

/// Makes the changes of one host, check by check: what fails is told, and keeps nothing else from being put right.
async fn on_host(fleet: &Fleet, fixes: &[Fix], host: IpAddr) -> Vec<Fix> {
    let mut made = Vec::new();
    for fix in fixes.iter().filter(|fix| fix.host == host) {
        let batch = Batch { cluster: fleet.cluster.name.clone(), dry_run: false, changes: fix.changes.clone() };
        let changed = async { Ok::<_, Error>(fleet.agent(host)?.changes(&batch).await?) };
        match changed.await {
            Ok(_) => made.push(fix.clone()),
            Err(error) => {
                fleet.listener.warn(format!("{host}: {} could not be put right: {}", fix.check, error.chain()));
            }
        }
    }
    made
}

/// The findings that were there, were worked on, and are gone.
fn fixed(findings: Vec<Finding>, made: &[Fix], left: &[Finding]) -> Vec<Finding> {
    let worked_on = |it: &Finding| made.iter().any(|fix| fix.check == it.id && fix.host.to_string() == it.subject);
    let is_left = |it: &Finding| left.iter().any(|still| (&still.id, &still.subject) == (&it.id, &it.subject));
    let gone = findings.into_iter().filter(|it| worked_on(it) && !is_left(it));
    gone.map(|finding| Finding { fixed: true, ..finding }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::checks::Severity;

    fn finding(id: &str, subject: &str) -> Finding {
        Finding {
            id: id.into(),
            severity: Severity::Error,
            subject: subject.into(),
            found: String::new(),
            why: String::new(),
            remedy: String::new(),
            fixable: true,
            fixed: false,
            ignored: false,
        }
    }

    #[test]
    fn only_what_is_gone_afterwards_counts_as_put_right() {
        let made =
            ["10.0.0.1", "10.0.0.2"].map(|host| Fix { host: host.parse().unwrap(), check: "swap", changes: vec![] });
        let before = vec![finding("swap", "10.0.0.1"), finding("swap", "10.0.0.2"), finding("memory", "10.0.0.1")];
        let fixed = fixed(before, &made, &[finding("swap", "10.0.0.2")]);
        assert_eq!(fixed.len(), 1);
        assert!(fixed[0].subject == "10.0.0.1" && fixed[0].fixed && !fixed[0].blocks());
    }
}
