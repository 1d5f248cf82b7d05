//! Bars for somebody at a terminal: one line for each host, with its step and, while bytes move, how many of how many, how fast, and
//! the time that is left; one more for each transfer that is no host's. What has ended becomes a plain line above them.

use super::words;
use crate::settings::Verbosity;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use sealer_model::event::{Event, Transfer};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const TRANSFER: &str =
    "{wide_msg} {bar:20} {decimal_bytes:>9} of {decimal_total_bytes:9} {decimal_bytes_per_sec:>11} {eta:>4}";
const UNMEASURED: &str = "{wide_msg} {decimal_bytes:>9} {decimal_bytes_per_sec:>11}";
const STEP: &str = "{spinner} {wide_msg} {elapsed:>4}";
const TURN: Duration = Duration::from_millis(120);

/// The bars on the screen.
pub(super) struct Bars {
    verbosity: Verbosity,
    colour: bool,
    screen: MultiProgress,
    moving: Mutex<HashMap<Thing, Line>>,
}

/// What a line stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Thing {
    Host(String),
    Transfer(Transfer),
}

/// One line on the screen.
struct Line {
    bar: ProgressBar,
    /// The step that the host is at, with what is said of it while no bytes move.
    step: Option<(String, String)>,
    /// What moves.
    moving: Option<Transfer>,
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
        self.moving().drain().for_each(|(_, line)| line.bar.finish_and_clear());
    }

    fn show(&self, event: &Event) {
        match event {
            Event::Bytes { transfer, done, total } => self.move_bytes(transfer, *done, *total),
            Event::StepStarted { step, title, host } => self.start(step, title, host),
            Event::StepEnded { step, host, .. } => self.end(step, host),
            Event::Stage { .. } | Event::Line { .. } | Event::Printed { .. } | Event::Warning { .. } => {}
        }
    }

    fn start(&self, step: &str, title: &str, host: &str) {
        let mut lines = self.moving();
        let line = self.line(&mut lines, Thing::Host(host.to_owned()));
        line.step = Some((step.to_owned(), words::step(host, title)));
        line.bar.reset_elapsed();
        line.rest();
    }

    fn end(&self, step: &str, host: &str) {
        let mut lines = self.moving();
        let thing = Thing::Host(host.to_owned());
        let is_at_it = |line: &Line| line.step.as_ref().is_some_and(|(present, _)| present == step);
        if lines.get(&thing).is_some_and(is_at_it) {
            self.remove(&mut lines, &thing);
        }
    }

    fn move_bytes(&self, transfer: &Transfer, done: u64, total: Option<u64>) {
        let mut lines = self.moving();
        let thing = transfer.host.clone().map_or_else(|| Thing::Transfer(transfer.clone()), Thing::Host);
        if total != Some(done) {
            return self.line(&mut lines, thing).show(transfer, done, total);
        }
        match lines.get_mut(&thing) {
            Some(line) if line.step.is_some() => line.rest(),
            _ => self.remove(&mut lines, &thing),
        }
    }

    fn line<'a>(&self, lines: &'a mut HashMap<Thing, Line>, thing: Thing) -> &'a mut Line {
        lines.entry(thing).or_insert_with(|| {
            let bar = self.screen.add(ProgressBar::no_length());
            Line { bar, step: None, moving: None }
        })
    }

    fn remove(&self, lines: &mut HashMap<Thing, Line>, thing: &Thing) {
        if let Some(line) = lines.remove(thing) {
            line.bar.finish_and_clear();
            self.screen.remove(&line.bar);
        }
    }

    /// A reader that panicked has left nothing half-done here.
    fn moving(&self) -> MutexGuard<'_, HashMap<Thing, Line>> {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Bytes on their way.
    fn show(&mut self, transfer: &Transfer, done: u64, total: Option<u64>) {
        if self.moving.as_ref() != Some(transfer) {
            self.moving = Some(transfer.clone());
            self.bar.disable_steady_tick();
            self.bar.set_style(style(if total.is_some() { TRANSFER } else { UNMEASURED }));
            self.bar.set_message(words::moved(transfer));
            // what was there before is no part of the rate
            self.bar.set_position(done);
            self.bar.reset_eta();
        }
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }

    /// A step of which no bytes are told.
    fn rest(&mut self) {
        self.moving = None;
        let Some((_, said)) = &self.step else { return };
        self.bar.set_style(style(STEP));
        self.bar.set_position(0);
        self.bar.set_message(said.clone());
        self.bar.enable_steady_tick(TURN);
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("our templates are well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::event::Outcome;

    fn transfer(title: &str, host: Option<&str>) -> Transfer {
        Transfer { title: title.into(), host: host.map(str::to_owned), digest: None }
    }

    fn bytes(transfer: &Transfer, done: u64) -> Event {
        Event::Bytes { transfer: transfer.clone(), done, total: Some(10) }
    }

    /// What the lines say, with how many bytes.
    fn lines(bars: &Bars) -> Vec<(String, u64)> {
        let lines = bars.moving();
        let mut lines: Vec<_> = lines.values().map(|line| (line.bar.message(), line.bar.position())).collect();
        lines.sort();
        lines
    }

    #[test]
    fn a_bar_is_there_while_its_transfer_moves() {
        let bars = Bars::new(Verbosity::Normal, false);
        let pull = transfer("pull nginx", None);
        bars.read(&bytes(&pull, 4));
        bars.read(&bytes(&pull, 6));
        assert_eq!(lines(&bars), [("pull nginx".to_owned(), 6)]);
        bars.read(&bytes(&pull, 10));
        assert_eq!(lines(&bars), []);
    }

    #[test]
    fn a_host_has_one_line_whatever_it_does() {
        let bars = Bars::new(Verbosity::Normal, false);
        let (step, title, host) = ("rootfs".to_owned(), "Unpack the rootfs".to_owned(), "10.0.0.1".to_owned());
        bars.read(&Event::StepStarted { step: step.clone(), title: title.clone(), host: host.clone() });
        assert_eq!(lines(&bars), [("10.0.0.1  Unpack the rootfs".to_owned(), 0)]);
        let unpack = transfer("unpack", Some("10.0.0.1"));
        bars.read(&bytes(&unpack, 4));
        assert_eq!(lines(&bars), [("10.0.0.1  unpack".to_owned(), 4)]);
        bars.read(&bytes(&unpack, 10));
        assert_eq!(lines(&bars), [("10.0.0.1  Unpack the rootfs".to_owned(), 0)]);
        let outcome = Outcome::Done;
        bars.read(&Event::StepEnded { step, title, host, outcome, milliseconds: 1000 });
        assert_eq!(lines(&bars), []);
    }

    #[test]
    fn every_template_is_well_formed() {
        for template in [TRANSFER, UNMEASURED, STEP] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
