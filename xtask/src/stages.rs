//! Long chores tell what they are doing: each stage is named when it begins and timed when it ends, and the summary at the end
//! shows where the time went.

use std::time::{Duration, Instant};

use crate::error::Result;

/// The stages of one chore, in the order they ran.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    done: Vec<(String, Duration)>,
}

impl Stages {
    /// Runs one stage, with its name before it and its time after it.
    pub(crate) fn run<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("==> {name}");
        let started = Instant::now();
        let outcome = work();
        let took = started.elapsed();
        let verdict = if outcome.is_ok() { "done" } else { "FAILED" };
        println!("    {name}: {verdict} in {}", seconds(took));
        self.done.push((name.to_owned(), took));
        outcome
    }

    /// Prints each stage with its time, and the sum.
    pub(crate) fn summary(&self) {
        let width = self.done.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(5);
        println!("\n{:width$}  {:>9}", "stage", "time");
        for (name, took) in &self.done {
            println!("{name:width$}  {:>9}", seconds(*took));
        }
        let total = self.done.iter().map(|(_, took)| *took).sum();
        println!("{:width$}  {:>9}", "total", seconds(total));
    }
}

/// A time in seconds with one decimal.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
