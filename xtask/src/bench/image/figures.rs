//! What was measured beside what is promised.

use super::work::Round;
use crate::bench::Figure;
use crate::bench::measured::Measured;

/// A cold build beside skopeo's copying.
const BUILD: f64 = 0.45;
/// Half of what the Go sealer needed for `save` (2.5 s), where skopeo needed 2.9 s.
const SAVE: f64 = 0.5 * 2.5 / 2.9;
/// Half of what the Go sealer needed for `load` (3.0 s), where skopeo needed 2.9 s.
const LOAD: f64 = 0.5 * 3.0 / 2.9;
/// Seconds for a build that has nothing to do.
const REBUILD: f64 = 0.3;
/// Bytes written for each byte of the image.
const WRITTEN: f64 = 1.02;
/// The most memory, in bytes.
const PEAK: f64 = 64.0 * 1024.0 * 1024.0;
/// Seconds for looking at a large store.
const LOOK: f64 = 0.05;

/// All figures.
pub(super) fn figures(
    rounds: &[Round],
    thousand: &[(&'static str, Measured)],
    others: &[(&'static str, Measured)],
) -> Vec<Figure> {
    let mut figures = times(rounds);
    figures.extend(bytes(rounds));
    let often: Vec<_> = rounds.iter().flat_map(|round| &round.verbs).chain(thousand).collect();
    figures.push(memory("any verb", &often));
    let (large, small): (Vec<_>, Vec<_>) = others.iter().partition(|(verb, _)| verb.contains("large"));
    figures.push(memory("any verb that is measured for that alone", &small));
    figures.push(memory("any verb with a layer of 1.5 GB", &large));
    for verb in ["images", "inspect"] {
        let seconds = least(thousand.iter().filter(|(name, _)| *name == verb).map(|(_, cost)| cost.seconds));
        figures.push(alone(format!("{verb} in a store of 1000 container images (s)"), seconds, LOOK));
    }
    figures
}

fn times(rounds: &[Round]) -> Vec<Figure> {
    let peer = least(rounds.iter().map(|round| round.peer));
    let beside = |verb: &'static str, bound: f64| {
        let ours = least(costs(rounds, verb).map(|cost| cost.seconds));
        let ratio = ours / peer;
        Figure {
            case: format!("{verb}, on the disk (s), beside skopeo copy of all images"),
            ours,
            peer: Some(peer),
            ratio: Some(ratio),
            bound: format!("<= {bound:.2} x"),
            holds: ratio <= bound,
        }
    };
    let again = least(costs(rounds, "rebuild").map(|cost| cost.seconds));
    vec![
        beside("build", BUILD),
        alone("build again, nothing changed (s)".to_owned(), again, REBUILD),
        beside("save", SAVE),
        beside("load", LOAD),
    ]
}

fn bytes(rounds: &[Round]) -> Vec<Figure> {
    let image_bytes = rounds.first().map_or(f64::NAN, |round| round.image_bytes);
    let written = |verb: &'static str| {
        let most = costs(rounds, verb).map(|cost| cost.written).fold(0.0, f64::max);
        alone(format!("{verb}, bytes written for each byte of the image"), most / image_bytes, WRITTEN)
    };
    ["build", "save", "load", "pull"].map(written).into()
}

/// The verb that needs most, over all of them.
fn memory(of: &str, verbs: &[&(&'static str, Measured)]) -> Figure {
    let highest = verbs.iter().max_by(|(_, one), (_, other)| one.peak.total_cmp(&other.peak));
    let (verb, peak) = highest.map_or(("nothing", f64::NAN), |(verb, cost)| (*verb, cost.peak));
    let mebibytes = 1024.0 * 1024.0;
    alone(format!("the most memory of {of}, here of {verb} (MiB)"), peak / mebibytes, PEAK / mebibytes)
}

fn costs<'a>(rounds: &'a [Round], verb: &'static str) -> impl Iterator<Item = &'a Measured> {
    rounds.iter().flat_map(|round| &round.verbs).filter(move |(name, _)| *name == verb).map(|(_, cost)| cost)
}

fn alone(case: String, ours: f64, bound: f64) -> Figure {
    Figure { case, ours, peer: None, ratio: None, bound: format!("<= {bound}"), holds: ours <= bound }
}

fn least(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(seconds: f64, written: f64) -> Measured {
        Measured { seconds, written, peak: 1024.0 * 1024.0 }
    }

    fn round(build: f64, written: f64) -> Round {
        let verbs = ["build", "rebuild", "save", "load", "pull"].map(|verb| (verb, cost(build, written)));
        Round { peer: 1.0, image_bytes: 100.0, verbs: verbs.into() }
    }

    #[test]
    fn the_best_time_and_the_most_bytes_count() {
        let figures = figures(&[round(0.3, 100.0), round(0.2, 103.0)], &[("images", cost(0.01, 0.0))], &[]);
        let held: Vec<(f64, bool)> = figures.iter().map(|figure| (figure.ours, figure.holds)).collect();
        assert_eq!(held[..5], [(0.2, true), (0.2, true), (0.2, true), (0.2, true), (1.03, false)]);
    }

    #[test]
    fn what_was_not_measured_does_not_hold() {
        let figures = figures(&[round(0.3, 100.0)], &[], &[]);
        assert!(figures.iter().filter(|figure| figure.case.contains("1000")).all(|figure| !figure.holds));
    }
}
