//! One verb after the other: started, killed at its moment, and given again to its end; and the table of what was killed where.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::moment::{Moment, moment, seed};
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::scenarios::expect::holds;
use crate::scenarios::interrupted::{kill, records};

/// A verb that is to be killed, and how it is completed.
#[derive(Clone)]
pub(super) struct Verb<'a> {
    title: &'static str,
    words: Vec<String>,
    /// Roughly how long it takes undisturbed.
    whole: Duration,
    kills: usize,
    /// Whether `resume` completes it instead of the same command.
    resumed: bool,
    /// Whether it was through before it was killed, so that the same command would be another one.
    through: std::rc::Rc<dyn Fn() -> bool + 'a>,
}

impl<'a> Verb<'a> {
    /// The verb of this command line, killed once.
    pub(super) fn of(title: &'static str, words: &[impl AsRef<str>]) -> Self {
        let words = words.iter().map(|word| word.as_ref().to_owned()).collect();
        let (whole, through) = (Duration::from_secs(10), std::rc::Rc::new(|| false));
        Self { title, words, whole, kills: 1, resumed: false, through }
    }

    pub(super) fn takes(self, seconds: u64) -> Self {
        Self { whole: Duration::from_secs(seconds), ..self }
    }

    pub(super) fn killed(self, kills: usize) -> Self {
        Self { kills, ..self }
    }

    pub(super) fn resumed(self) -> Self {
        Self { resumed: true, ..self }
    }

    pub(super) fn named(self, title: &'static str) -> Self {
        Self { title, ..self }
    }

    pub(super) fn through_when(self, through: impl Fn() -> bool + 'a) -> Self {
        Self { through: std::rc::Rc::new(through), ..self }
    }
}

/// What is tried, and what has become of it so far.
pub(super) struct Trial<'a> {
    delivery: &'a Delivery,
    logs: tempfile::TempDir,
    seed: u64,
    /// Verb, where it was killed, how it ended.
    rows: Vec<[String; 3]>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(delivery: &'a Delivery) -> Result<Self> {
        let logs = tempfile::tempdir().map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
        let seed = seed()?;
        println!("    the seed is {seed}: SEALER_TEST_SEED={seed} kills at the same moments");
        Ok(Self { delivery, logs, seed, rows: Vec::new() })
    }

    /// Kills the verb as often as it says, and gives the command once more, undisturbed.
    pub(super) fn complete(&mut self, verb: &Verb<'_>) -> Result<()> {
        for number in 0..verb.kills {
            self.kill(verb, number)?;
        }
        let started = Instant::now();
        let how = self.end(verb)?;
        let outcome = format!("{how} ends it, in {:.0?}", started.elapsed());
        self.row(verb, String::new(), outcome);
        Ok(())
    }

    /// Kills the verb once, and leaves it there.
    pub(super) fn killed(&mut self, verb: &Verb<'_>) -> Result<()> {
        self.kill(verb, 0)
    }

    /// The table.
    pub(super) fn tell(&self) {
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let (first, second) = (width(0), width(1));
        println!("\n    seed {}", self.seed);
        for [verb, place, outcome] in &self.rows {
            println!("    {verb:first$}  {place:second$}  {outcome}");
        }
    }

    fn row(&mut self, verb: &Verb<'_>, place: String, outcome: String) {
        println!("    {}: {place}{}{outcome}", verb.title, if place.is_empty() { "" } else { ": " });
        self.rows.push([verb.title.to_owned(), place, outcome]);
    }

    fn kill(&mut self, verb: &Verb<'_>, number: usize) -> Result<()> {
        if (verb.through)() {
            return Ok(());
        }
        let journal = self.delivery.journal();
        let (log, before) = (self.logs.path().join("log"), records(&journal).len());
        let words: Vec<&str> = verb.words.iter().map(String::as_str).chain(["--events", "ndjson"]).collect();
        let started = Instant::now();
        let mut child = self.delivery.start_verb(&words, &log)?;
        let moment = moment(self.seed, verb.title, number, verb.whole);
        let through = Watch { child: &mut child, journal, before, started }.until(moment)?;
        let took = started.elapsed();
        kill(&mut child)?;
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        if let Some(code) = through {
            holds(&format!("{} succeeds where nobody killed it in time; it said:\n{said}", verb.title), code == 0)?;
            self.row(verb, format!("through after {took:.1?}"), "before it was killed".to_owned());
        } else {
            self.row(verb, place(&said), format!("killed after {took:.1?}"));
        }
        Ok(())
    }

    /// The command once more, and in whose words it ended.
    fn end(&self, verb: &Verb<'_>) -> Result<&'static str> {
        if (verb.through)() {
            return Ok("what was killed had done all: nothing");
        }
        if verb.resumed {
            let said = self.succeeds(verb, &["resume"])?;
            if !said.contains("nothing was left unfinished") {
                return Ok("resume");
            }
        }
        self.succeeds(verb, &verb.words)?;
        Ok("the same command")
    }

    fn succeeds(&self, verb: &Verb<'_>, words: &[impl AsRef<std::ffi::OsStr>]) -> Result<String> {
        let outcome = self.delivery.attempt(words)?;
        if !outcome.success() {
            self.tell();
        }
        let what = format!("{} ends well, found {:?}:\n{}{}", verb.title, outcome.code, outcome.stdout, outcome.stderr);
        holds(&what, outcome.success())?;
        Ok(outcome.stdout)
    }
}

/// A verb that runs, and what it has recorded.
struct Watch<'a> {
    child: &'a mut Child,
    journal: PathBuf,
    before: usize,
    started: Instant,
}

impl Watch<'_> {
    /// Waits for the moment; the exit code of a verb that is through before.
    fn until(&mut self, moment: Moment) -> Result<Option<i32>> {
        let (wanted, mut rest) = match moment {
            Moment::Instant(at) => (0, at),
            Moment::Record(number, after) => (number, after),
        };
        let mut since = self.started;
        let mut reached = wanted == 0;
        loop {
            if let Some(code) = self.ended()? {
                return Ok(Some(code));
            }
            if !reached && records(&self.journal).len() >= self.before + wanted {
                (reached, since) = (true, Instant::now());
            }
            if reached && since.elapsed() >= rest {
                return Ok(None);
            }
            holds("the moment comes in time", self.started.elapsed() < super::PATIENCE)?;
            rest = rest.min(super::PATIENCE);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn ended(&mut self) -> Result<Option<i32>> {
        let status =
            self.child.try_wait().map_err(Error::file("wait for sealer, which writes", Path::new("its log")))?;
        Ok(status.map(|status| status.code().unwrap_or(-1)))
    }
}

/// In which step the events of a verb end: the last that began and did not end, with its host.
fn place(events: &str) -> String {
    let (mut open, mut stage): (Vec<String>, _) = (Vec::new(), "before its first stage".to_owned());
    for event in events.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let step = format!("{} ({})", text("title"), text("host"));
        match event["event"].as_str() {
            Some("stage") => stage = text("title"),
            Some("step-started") => open.push(step),
            Some("step-ended") => open.retain(|it| *it != step),
            _ => {}
        }
    }
    let others = open.len().saturating_sub(1);
    match open.pop() {
        None => stage,
        Some(step) if others == 0 => step,
        Some(step) => format!("{step} and {others} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_was_killed_in_the_step_that_did_not_end() {
        let event =
            |kind: &str, title: &str| format!("{{\"event\":\"{kind}\",\"title\":\"{title}\",\"host\":\"h\"}}\n");
        let started = event("stage", "connect") + &event("step-started", "A") + &event("step-started", "B");
        assert_eq!(place(""), "before its first stage");
        assert_eq!(place(&event("stage", "connect")), "connect");
        assert_eq!(place(&started), "B (h) and 1 more");
        assert_eq!(place(&(started.clone() + &event("step-ended", "B") + "{\"event\":\"st")), "A (h)");
        assert_eq!(place(&(started + &event("step-ended", "A") + &event("step-ended", "B"))), "connect");
    }
}
