//! `bench run`: how long `sealer run` takes beside the time in which kubeadm's own commands ran in it. The difference is ours: sending,
//! verifying, unpacking, waiting.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use serde::Deserialize;

use crate::bench::Figure;
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::hosts::{self, fleet::Fleet};
use crate::{dist, parts, prepare};

/// A cluster that is made, and what may come on top of kubeadm's own time for it, in seconds.
struct Size {
    masters: usize,
    workers: usize,
    ours: f64,
}

const SIZES: [Size; 2] = [Size { masters: 1, workers: 2, ours: 30.0 }, Size { masters: 3, workers: 3, ours: 60.0 }];
/// How long a run with nothing to do may take, in seconds.
const AGAIN: f64 = 10.0;

/// Makes the clusters one after the other, each on hosts of its own and twice, or only the one with so many hosts.
pub(super) fn measure(folders: &Folders, hosts: Option<usize>) -> Result<Vec<Figure>> {
    prepare::run()?;
    let _turn = hosts::turn(folders)?;
    parts::ensure(folders, parts::KUBERNETES_VERSION)?;
    let binary = dist::binary(folders)?;
    let chosen = SIZES.iter().filter(|size| hosts.is_none_or(|hosts| hosts == size.masters + size.workers));
    let figures = chosen.map(|size| of_size(size, folders, &binary)).collect::<Result<Vec<_>>>()?.concat();
    if figures.is_empty() {
        return Err(Error::unmet("bench run makes clusters of 3 and of 6 hosts"));
    }
    Ok(figures)
}

/// Whatever happens, no host is left.
fn of_size(size: &Size, folders: &Folders, binary: &Path) -> Result<Vec<Figure>> {
    let (fleet, root) = (Fleet::new(folders, "bench"), folders.cache.join("bench"));
    let figures = fleet.up(size.masters + size.workers).and_then(|hosts| {
        let delivery = Delivery::new(binary, &root, &fleet, &hosts)?.with_masters(size.masters);
        delivery.build(folders)?;
        figures(&delivery, size)
    });
    fleet.down()?;
    folders::remove(&root)?;
    figures
}

fn figures(delivery: &Delivery, size: &Size) -> Result<Vec<Figure>> {
    let Size { masters, workers, ours } = *size;
    let wall = timed(delivery)?;
    let kubeadm = kubeadm_seconds(&folders::read(&delivery.journal())?)?;
    let again = timed(delivery)?;
    Ok(vec![
        Figure {
            case: format!("run, masters: {masters}, workers: {workers} (s), beside kubeadm alone"),
            ours: wall,
            peer: Some(kubeadm),
            ratio: Some(wall / kubeadm),
            bound: format!("ours - peer <= {ours} s (is {:.1} s)", wall - kubeadm),
            holds: kubeadm > 0.0 && wall - kubeadm <= ours,
        },
        Figure {
            case: format!("masters: {masters}, workers: {workers}, run again, nothing to do (s)"),
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
