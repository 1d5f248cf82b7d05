//! The process group of a program: everything it started, ended as one.

use rustix::process::{Pid, Signal, kill_process_group};
use std::time::Duration;
use tokio::process::Child;
use tokio::time::timeout;

/// How long a group has to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// Ends the group when dropped, unless it was left alone or ended before.
pub(super) struct Group(Option<Pid>);

impl Group {
    /// The group of a program that was started as the leader of one.
    pub(super) fn of(child: &Child) -> Self {
        let number = child.id().and_then(|id| i32::try_from(id).ok());
        Self(number.and_then(Pid::from_raw))
    }

    /// Leaves what is left of the group alone: a program may start a daemon on purpose.
    pub(super) fn leave(mut self) {
        self.0 = None;
    }

    /// Asks the group to end, waits a little for its leader, and ends it.
    pub(super) async fn end(self, leader: &mut Child) {
        self.signal(Signal::TERM);
        let _in_time = timeout(GRACE, leader.wait()).await;
        drop(self);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // A group that has ended cannot be signalled and need not be.
            let _gone = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
