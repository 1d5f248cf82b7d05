//! Readers of the one stream of events: bars for somebody at a terminal, one plain line for each thing elsewhere, JSON lines
//! for programs. All of them write to standard error.

mod bars;
mod lines;
mod records;
mod words;

pub(crate) use records::record;

use crate::settings::{Settings, Telling};
use bars::Bars;
use sealer_model::event::Listener;
use std::io::Write;
use std::sync::Arc;

/// Whoever tells the user what happens, for as long as one command runs.
pub(crate) struct Progress {
    /// What the rooms are given.
    pub(crate) listener: Listener,
    bars: Option<Arc<Bars>>,
}

impl Progress {
    /// The reader that the settings ask for.
    pub(crate) fn start(settings: &Settings) -> Self {
        let (verbosity, colour) = (settings.verbosity, settings.colour);
        match settings.telling {
            Telling::Ndjson => Self { listener: records::listener(), bars: None },
            Telling::Lines => Self { listener: lines::listener(verbosity, colour), bars: None },
            Telling::Bars => {
                let bars = Arc::new(Bars::new(verbosity, colour));
                let reader = Arc::clone(&bars);
                let listener = Listener::new(move |event| reader.read(&event));
                Self { listener, bars: Some(bars) }
            }
        }
    }

    /// Takes everything that moves off the screen.
    pub(crate) fn end(&self) {
        if let Some(bars) = &self.bars {
            bars.clear();
        }
    }
}

/// Writes to standard error. There is nobody left to tell when that fails.
fn tell(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
