//! The delivering machine dies in the middle, more than once, and the same command completes what it began.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::proof;
use crate::scenarios::expect::holds;
use crate::scenarios::{Scenario, State};

/// How many more journal records a run may write before it is killed: early, in the middle, and a bit later.
const RECORDS: [usize; 3] = [6, 14, 12];
/// A run that writes fewer records is over before this.
const PATIENCE: Duration = Duration::from_secs(300);

/// kill -9, three times.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl Scenario for Interrupted {
    fn title(&self) -> &'static str {
        "a run that is killed is completed by the next"
    }

    fn needs(&self) -> State {
        State::Bare
    }

    fn leaves(&self) -> State {
        State::Delivered
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let folder = tempfile::tempdir()
            .map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
        for (number, records) in RECORDS.into_iter().enumerate() {
            let log = folder.path().join(format!("run-{number}"));
            let before = lines(&delivery.journal());
            let mut child = delivery.start(&log)?;
            let ended = wait_for_records(&mut child, &delivery.journal(), before + records);
            kill(&mut child)?;
            holds(
                &format!(
                    "the run still goes on when it is killed; it said:\n{}",
                    said(&log)
                ),
                !ended?,
            )?;
            println!(
                "    killed after {} journal records: {}",
                lines(&delivery.journal()),
                last_step(&delivery.journal())
            );
        }
        delivery.run()?;
        proof::prove(delivery)
    }
}

/// Waits until the journal has that many lines; true when the run ended before.
fn wait_for_records(child: &mut Child, journal: &Path, count: usize) -> Result<bool> {
    let deadline = Instant::now() + PATIENCE;
    while lines(journal) < count {
        if child
            .try_wait()
            .map_err(Error::file("wait for sealer, which writes", journal))?
            .is_some()
        {
            return Ok(true);
        }
        if Instant::now() > deadline {
            return Err(Error::unmet(format!(
                "expected {count} records in {}, found {}",
                journal.display(),
                lines(journal)
            )));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(false)
}

/// SIGKILL: the run gets no chance to tidy up.
fn kill(child: &mut Child) -> Result<()> {
    let killed = child.kill().and_then(|()| child.wait());
    killed
        .map(drop)
        .map_err(|source| Error::unmet(format!("cannot kill sealer: {source}")))
}

fn lines(journal: &Path) -> usize {
    std::fs::read_to_string(journal).map_or(0, |text| text.lines().count())
}

fn last_step(journal: &Path) -> String {
    let text = std::fs::read_to_string(journal).unwrap_or_default();
    text.lines().last().unwrap_or_default().to_owned()
}

fn said(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap_or_default()
}
