//! Everything that happens is one typed event. Progress bars, plain lines, `--events ndjson`, the journal and the report are
//! readers of this one stream; nothing that works prints for itself.

mod meter;

pub use meter::Meter;

use crate::Digest;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Something happened. Times are added by the reader that needs them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A stage of a command on this machine began: `resolve images`, `write layers`.
    Stage {
        /// What is being done.
        title: String,
    },
    /// A step began on a host.
    StepStarted {
        /// The step's identifier.
        step: String,
        /// The step's title.
        title: String,
        /// The host's address.
        host: String,
    },
    /// A step ended on a host.
    StepEnded {
        /// The step's identifier.
        step: String,
        /// The step's title.
        title: String,
        /// The host's address.
        host: String,
        /// How it ended.
        outcome: Outcome,
        /// How long it took.
        milliseconds: u64,
    },
    /// Bytes moved. Sent at most some ten times a second for one transfer, and once at its end.
    Bytes {
        /// Which transfer: a blob, a file, an archive.
        transfer: Transfer,
        /// Bytes that have arrived.
        done: u64,
        /// Bytes in all, where known.
        total: Option<u64>,
    },
    /// A line that a program printed on a host.
    Line {
        /// The host's address.
        host: String,
        /// The program.
        program: String,
        /// The line, without its end.
        text: String,
    },
    /// A line that a command of a build printed on this machine.
    Printed {
        /// Whose command it is: `RUN`.
        program: String,
        /// The line, without its end.
        text: String,
    },
    /// Something that the user should know although the work goes on.
    Warning {
        /// One sentence.
        text: String,
    },
}

/// What a [`Event::Bytes`] counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Transfer {
    /// What moves, in words: `pull docker.io/library/nginx:1.25`, `send images`.
    pub title: String,
    /// The host it moves to or from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The blob, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was done already.
    AlreadyDone,
    /// It was done now.
    Done,
    /// It failed; the text is the whole chain of causes.
    Failed(String),
}

/// Who listens to events. Cheap to clone; must not block.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(Event) + Send + Sync>);

impl Listener {
    /// A listener that calls a function.
    pub fn new(listen: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listen))
    }

    /// A listener that ignores everything.
    #[must_use]
    pub fn deaf() -> Self {
        Self::new(|_| ())
    }

    /// Tells that something happened.
    pub fn tell(&self, event: Event) {
        (self.0)(event);
    }

    /// Tells that a stage began.
    pub fn stage(&self, title: impl Into<String>) {
        self.tell(Event::Stage { title: title.into() });
    }

    /// Tells something that the user should know.
    pub fn warn(&self, text: impl Into<String>) {
        self.tell(Event::Warning { text: text.into() });
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Listener")
    }
}
