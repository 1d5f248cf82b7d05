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
    /// Whether the master did not take what came last.
    is_refused: bool,
}

impl Way {
    /// Whether the master takes the lines, which stay here.
    async fn keep(&self, lines: &mut Vec<String>) -> Result<Changed, sealer_host::Error> {
        let records = KeepRecords { path: self.path.clone(), lines: std::mem::take(lines) };
        let kept = self.agent.keep_records(&records).await;
        *lines = records.lines;
        kept
    }
}

impl OnMaster {
    /// A record that the master lacks, as a line without its end.
    pub(super) fn lacks(&self, line: &str) {
        self.waiting().push(line.to_owned());
    }

    /// From now on the copy is at this path of the agent's host.
    pub(crate) async fn is_at(&self, agent: &Agent, path: String) {
        *self.way.lock().await = Some(Way { agent: agent.clone(), path, is_refused: false });
    }

    /// Brings what is lacking. Where the cluster's folder is not there, because it is not there yet or not any more, it waits.
    ///
    /// # Errors
    /// When the master does not take it. Then nothing is brought any more: a master that is lost is told of by what it was needed for.
    pub(crate) async fn bring(&self) -> Result<(), sealer_host::Error> {
        let mut place = self.way.lock().await;
        let Some(way) = place.as_mut() else { return Ok(()) };
        match self.bring_along(way).await {
            Ok(()) => Ok(()),
            Err(error) => {
                *place = None;
                Err(error)
            }
        }
    }

    /// All that waits is not sent only to hear that there is no place for it: before the first step that makes one there are many records
    /// where there are many hosts.
    async fn bring_along(&self, way: &mut Way) -> Result<(), sealer_host::Error> {
        if self.waiting().is_empty() || (way.is_refused && way.keep(&mut Vec::new()).await? == Changed::No) {
            return Ok(());
        }
        let mut lines = std::mem::take(&mut *self.waiting());
        let kept = way.keep(&mut lines).await;
        way.is_refused = matches!(kept, Ok(Changed::No));
        if !matches!(kept, Ok(Changed::Yes)) {
            self.waiting().splice(0..0, lines);
        }
        kept.map(drop)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
