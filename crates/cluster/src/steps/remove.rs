//! Removes everything that sealer put on a host, by the host's own ledger, last thing first. What was there before comes
//! back; the agent itself goes last.

use crate::Fleet;
use crate::step::{Answer, On, Step, everywhere};
use sealer_model::agent::{Progress, Remove};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::Event;

/// Leave the host as it was.
pub(crate) struct RemoveEverything;

impl Step<Fleet> for RemoveEverything {
    fn id(&self) -> &'static str {
        "remove"
    }

    fn title(&self) -> &'static str {
        "Leave the host as it was"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    /// The agent is running from a file of ours, so something is always left to remove.
    fn probe<'a>(&'a self, _: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, ()> {
        Box::pin(async move {
            let remove = Remove { cluster: on.cluster().name.clone() };
            let host = on.address().to_string();
            let tell = |progress: &Progress| {
                let Progress::Note(text) = progress else {
                    return;
                };
                let (host, program, text) = (host.clone(), "remove".to_owned(), text.clone());
                on.fleet().listener.tell(Event::Line { host, program, text });
            };
            on.agent()?.remove(&remove, tell).await?;
            Ok(())
        })
    }

    /// The agent reports whatever it could not undo, and then this step fails.
    fn verify<'a>(&'a self, _: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async { Ok(true) })
    }
}
