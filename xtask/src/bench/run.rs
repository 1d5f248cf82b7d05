//! `bench run`: how long `sealer run` takes beside the time in which kubeadm's own commands ran in it. The difference is ours: sending,
//! verifying, unpacking, waiting.

use std::time::Instant;

use jiff::Timestamp;
use serde::Deserialize;

use crate::bench::Figure;
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::hosts::fleet::Fleet;
use crate::{dist, parts, prepare};

/// What may come on top of kubeadm's own time, in seconds, for one master and two workers.
const OURS: f64 = 30.0;
/// How long a run with nothing to do may take, in seconds.
const AGAIN: f64 = 10.0;

/// Delivers to hosts of its own, twice, and removes them.
pub(super) fn measure(folders: &Folders) -> Result<Vec<Figure>> {
    prepare::run()?;
    parts::ensure(folders, parts::KUBERNETES_VERSION)?;
    let binary = dist::build(folders)?;
    let (fleet, root) = (Fleet::new(folders, "bench"), folders.cache.join("bench"));
    let figures = fleet.up(3).and_then(|hosts| {
        let delivery = Delivery::new(&binary, &root, &fleet, &hosts)?;
        delivery.build(folders)?;
        figures(&delivery)
    });
    fleet.down()?;
    folders::remove(&root)?;
    figures
}

fn figures(delivery: &Delivery) -> Result<Vec<Figure>> {
    let wall = timed(delivery)?;
    let kubeadm = kubeadm_seconds(&folders::read(&delivery.journal())?)?;
    let again = timed(delivery)?;
    Ok(vec![
        Figure {
            case: "run, 1 master and 2 workers (s), beside kubeadm alone".to_owned(),
            ours: wall,
            peer: Some(kubeadm),
            ratio: Some(wall / kubeadm),
            bound: format!("ours - peer < {OURS} s (is {:.1} s)", wall - kubeadm),
            holds: kubeadm > 0.0 && wall - kubeadm < OURS,
        },
        Figure {
            case: "run again, nothing to do (s)".to_owned(),
            ours: again,
            peer: None,
            ratio: None,
            bound: format!("ours < {AGAIN} s"),
            holds: again < AGAIN,
        },
    ])
}

fn timed(delivery: &Delivery) -> Result<f64> {
    let started = Instant::now();
    delivery.run()?;
    Ok(started.elapsed().as_secs_f64())
}

/// A record of a program that ran on a host; other records lack the fields.
#[derive(Debug, Deserialize)]
struct Record {
    record: String,
    program: Option<String>,
    started: Option<String>,
    ended: Option<String>,
}

/// The seconds in which at least one kubeadm ran: workers join side by side, and that time counts once.
fn kubeadm_seconds(journal: &str) -> Result<f64> {
    let mut intervals = Vec::new();
    for line in journal.lines() {
        let record: Record = serde_json::from_str(line).map_err(Error::json("a line of the journal"))?;
        let kubeadm = record.program.as_deref().is_some_and(|program| program.starts_with("kubeadm"));
        if let ("command", true, Some(started), Some(ended)) =
            (record.record.as_str(), kubeadm, &record.started, &record.ended)
        {
            intervals.push((millisecond(started)?, millisecond(ended)?));
        }
    }
    Ok(covered(intervals) as f64 / 1000.0)
}

fn millisecond(time: &str) -> Result<i64> {
    let parsed: std::result::Result<Timestamp, _> = time.parse();
    let stamp = parsed.map_err(|_| Error::unmet(format!("the journal's {time} is no time")))?;
    Ok(stamp.as_millisecond())
}

/// The length that the intervals cover together.
fn covered(mut intervals: Vec<(i64, i64)>) -> i64 {
    intervals.sort_unstable();
    let mut reached = i64::MIN;
    let mut sum = 0;
    for (start, end) in intervals {
        sum += (end - start.max(reached)).max(0);
        reached = reached.max(end);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_side_by_side_counts_once() {
        assert_eq!(covered(vec![(0, 10), (5, 12), (20, 25), (21, 22)]), 17);
        assert_eq!(covered(Vec::new()), 0);
    }

    #[test]
    fn only_kubeadms_commands_count() -> Result<()> {
        let journal = r#"{"at":"2026-01-01T00:00:00Z","record":"began","verb":"run"}
{"at":"2026-01-01T00:00:09Z","record":"command","program":"kubeadm init","started":"2026-01-01T00:00:01Z","ended":"2026-01-01T00:00:09.5Z"}
{"at":"2026-01-01T00:00:09Z","record":"command","program":"systemctl start","started":"2026-01-01T00:00:01Z","ended":"2026-01-01T00:01:00Z"}
"#;
        assert_eq!(kubeadm_seconds(journal)?, 8.5);
        Ok(())
    }
}
