//! Bars for somebody at a terminal: one for each transfer, in bytes with the time that is left, and one turning mark for each
//! step that runs. What has ended becomes a plain line above them.

use super::words;
use crate::settings::Verbosity;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use sealer_model::event::{Event, Transfer};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const TRANSFER: &str = "{wide_msg} {bar:20} {decimal_bytes:>9} of {decimal_total_bytes:9} {eta:>4}";
const UNMEASURED: &str = "{wide_msg} {decimal_bytes:>9}";
const STEP: &str = "{spinner} {wide_msg} {elapsed:>4}";
const TURN: Duration = Duration::from_millis(120);

/// The bars on the screen.
pub(super) struct Bars {
    verbosity: Verbosity,
    colour: bool,
    screen: MultiProgress,
    moving: Mutex<HashMap<Thing, ProgressBar>>,
}

/// What a bar stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Thing {
    Transfer(Transfer),
    Step { step: String, host: String },
}

impl Bars {
    /// An empty screen.
    pub(super) fn new(verbosity: Verbosity, colour: bool) -> Self {
        Self { verbosity, colour, screen: MultiProgress::new(), moving: Mutex::default() }
    }

    /// Shows an event.
    pub(super) fn read(&self, event: &Event) {
        if self.verbosity > Verbosity::Quiet {
            self.show(event);
        }
        if let Some(line) = words::line(event, self.verbosity, self.colour) {
            self.screen.suspend(|| super::tell(&format!("{line}\n")));
        }
    }

    /// Takes all bars off the screen.
    pub(super) fn clear(&self) {
        self.moving().drain().for_each(|(_, bar)| bar.finish_and_clear());
    }

    fn show(&self, event: &Event) {
        match event {
            Event::Bytes { transfer, done, total } => self.move_bytes(transfer, *done, *total),
            Event::StepStarted { step, title, host } => {
                let bar = self.add(Thing::of_step(step, host), ProgressBar::no_length(), STEP);
                bar.set_message(words::step(host, title));
                bar.enable_steady_tick(TURN);
            }
            Event::StepEnded { step, host, .. } => self.remove(&Thing::of_step(step, host)),
            Event::Stage { .. } | Event::Line { .. } | Event::Printed { .. } | Event::Warning { .. } => {}
        }
    }

    fn move_bytes(&self, transfer: &Transfer, done: u64, total: Option<u64>) {
        let thing = Thing::Transfer(transfer.clone());
        if total == Some(done) {
            return self.remove(&thing);
        }
        let present = self.moving().get(&thing).cloned();
        let bar = present.unwrap_or_else(|| self.add_transfer(thing, transfer, done, total));
        bar.set_position(done);
    }

    fn add_transfer(&self, thing: Thing, transfer: &Transfer, done: u64, total: Option<u64>) -> ProgressBar {
        let (bar, template) = match total {
            Some(total) => (ProgressBar::new(total), TRANSFER),
            None => (ProgressBar::no_length(), UNMEASURED),
        };
        let bar = self.add(thing, bar.with_position(done), template);
        bar.reset_eta();
        bar.set_message(words::moved(transfer));
        bar
    }

    fn add(&self, thing: Thing, bar: ProgressBar, template: &str) -> ProgressBar {
        let style = ProgressStyle::with_template(template).expect("our templates are well-formed");
        let bar = self.screen.add(bar.with_style(style));
        self.moving().insert(thing, bar.clone());
        bar
    }

    fn remove(&self, thing: &Thing) {
        if let Some(bar) = self.moving().remove(thing) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
    }

    /// A reader that panicked has left nothing half-done here.
    fn moving(&self) -> MutexGuard<'_, HashMap<Thing, ProgressBar>> {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Thing {
    fn of_step(step: &str, host: &str) -> Self {
        Self::Step { step: step.to_owned(), host: host.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_there_while_its_transfer_moves() {
        let bars = Bars::new(Verbosity::Normal, false);
        let transfer = Transfer { title: "pull nginx".into(), host: None, digest: None };
        let bytes = |done| Event::Bytes { transfer: transfer.clone(), done, total: Some(10) };
        bars.read(&bytes(4));
        bars.read(&bytes(6));
        assert_eq!(bars.moving().values().map(ProgressBar::position).collect::<Vec<_>>(), [6]);
        bars.read(&bytes(10));
        assert!(bars.moving().is_empty());
    }

    #[test]
    fn every_template_is_well_formed() {
        for template in [TRANSFER, UNMEASURED, STEP] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
