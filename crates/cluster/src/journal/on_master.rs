//! The copy of the journal on the first master, for whoever comes to the cluster with another machine. It follows the journal record by
//! record, in its order and synced there, too; what was recorded before the master could take it comes as soon as it can.

use sealer_host::Agent;
use sealer_model::agent::{Changed, KeepRecords};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What of the journal the master lacks, and the way there.
#[derive(Default)]
pub(crate) struct OnMaster {
    waiting: Mutex<Vec<String>>,
    /// Held while records are on their way, so that none overtakes another.
    way: tokio::sync::Mutex<Option<Way>>,
}

struct Way {
    agent: Agent,
    path: String,
}

impl OnMaster {
    /// A record that the master lacks, as a line without its end.
    pub(super) fn lacks(&self, line: &str) {
        self.waiting().push(line.to_owned());
    }

    /// From now on the copy is at this path of the agent's host.
    pub(crate) async fn is_at(&self, agent: &Agent, path: String) {
        *self.way.lock().await = Some(Way { agent: agent.clone(), path });
    }

    /// Brings what is lacking. Where the cluster's folder is not there, because it is not there yet or not any more, it waits.
    ///
    /// # Errors
    /// When the master does not take it. Then nothing is brought any more: a master that is lost is told of by what it was needed for.
    pub(crate) async fn bring(&self) -> Result<(), sealer_host::Error> {
        let mut way = self.way.lock().await;
        let Some(Way { agent, path }) = way.as_ref() else { return Ok(()) };
        let lines = std::mem::take(&mut *self.waiting());
        if lines.is_empty() {
            return Ok(());
        }
        let records = KeepRecords { path: path.clone(), lines };
        let kept = agent.keep_records(&records).await;
        if !matches!(kept, Ok(Changed::Yes)) {
            self.waiting().splice(0..0, records.lines);
        }
        kept.map(drop).inspect_err(|_| *way = None)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
