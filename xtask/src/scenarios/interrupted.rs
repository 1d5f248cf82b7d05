//! The delivering machine dies in the middle, more than once, and the same command completes what it began.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::proof;
use crate::scenarios::expect::holds;
use crate::scenarios::{Scenario, State};

/// The steps that a run is killed in, and how far into each: while content is on its way, while the control plane is made, while
/// nodes join.
const KILLS: [(&str, Duration); 3] =
    [("rootfs", Duration::from_millis(300)), ("init", Duration::from_secs(6)), ("join", Duration::from_secs(2))];
/// How long a run may take until it reaches a step.
const PATIENCE: Duration = Duration::from_secs(300);

/// kill -9, three times.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl Scenario for Interrupted {
    fn title(&self) -> &'static str {
        "a run that is killed is completed by the next"
    }

    fn leaves(&self) -> State {
        State::Delivered
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
        for (step, depth) in KILLS {
            let log = folder.path().join(step);
            let before = records(&delivery.journal()).len();
            let mut child = delivery.start(&log)?;
            let ended = wait_for_step(&mut child, &delivery.journal(), before, step);
            std::thread::sleep(depth);
            kill(&mut child)?;
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            holds(&format!("the run reaches the step {step}; it said:\n{said}"), !ended?)?;
            println!("    killed {depth:?} into the step {step}");
        }
        delivery.show(&["resume"])?;
        proof::prove(delivery)
    }
}

/// Starts a verb and kills it with -9 when it has begun this step.
pub(super) fn kill_in_step(delivery: &Delivery, words: &[&str], step: &str) -> Result<()> {
    let (journal, log) = (delivery.journal(), delivery.folder().join("killed.log"));
    let before = records(&journal).len();
    let mut child = delivery.start_verb(words, &log)?;
    if wait_for_step(&mut child, &journal, before, step)? {
        let text = crate::folders::read(&log)?;
        return Err(Error::unmet(format!("it ended before the step {step} began:\n{text}")));
    }
    kill(&mut child)?;
    println!("    killed when the step {step} had begun");
    Ok(())
}

/// Waits until the journal says, after the records of earlier runs, that the step began; true when the run ended before.
pub(super) fn wait_for_step(child: &mut Child, journal: &Path, before: usize, step: &str) -> Result<bool> {
    let deadline = Instant::now() + PATIENCE;
    let wanted = format!("\"step\":\"{step}\"");
    while !records(journal).iter().skip(before).any(|record| begins(record, &wanted)) {
        if child.try_wait().map_err(Error::file("wait for sealer, which writes", journal))?.is_some() {
            return Ok(true);
        }
        if Instant::now() > deadline {
            return Err(Error::unmet(format!("expected the step {step} to begin within {PATIENCE:?}")));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(false)
}

fn begins(record: &str, wanted: &str) -> bool {
    record.contains("\"step-started\"") && record.contains(wanted)
}

/// SIGKILL: the run gets no chance to tidy up.
pub(super) fn kill(child: &mut Child) -> Result<()> {
    let killed = child.kill().and_then(|()| child.wait());
    killed.map(drop).map_err(|source| Error::unmet(format!("cannot kill sealer: {source}")))
}

pub(super) fn records(journal: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(journal).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::begins;

    #[test]
    fn only_the_record_of_a_steps_beginning_counts() {
        let wanted = "\"step\":\"init\"";
        let started = r#"{"at":"2026-01-01T00:00:00Z","record":"step-started","step":"init","host":"10.0.0.1"}"#;
        assert!(begins(started, wanted));
        assert!(!begins(&started.replace("started", "ended"), wanted));
        assert!(!begins(&started.replace("init", "join"), wanted));
    }
}
