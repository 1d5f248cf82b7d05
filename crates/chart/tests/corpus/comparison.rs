//! Charts rendered and compared with Helm's own renderings. Files that Helm renders the same each time must be equal byte for byte;
//! in the others, random words may differ: passwords, keys, certificates, dates.

#![allow(dead_code, reason = "each test and program uses its part")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use sealer_chart::{Origin, Release, Request, template};
use sealer_template::{Limits, Used};
use serde_json::Value;

/// What came of one chart.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) chart: String,
    pub(crate) fixed: usize,
    pub(crate) fixed_equal: usize,
    pub(crate) random: usize,
    pub(crate) random_equal: usize,
    /// The time for loading and rendering, in seconds.
    pub(crate) seconds: f64,
    pub(crate) differences: Vec<String>,
    /// What it used up of the limits, as a share of the one that it came nearest to.
    pub(crate) share_of_limits: f64,
}

/// The sums over all charts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) whole_charts: usize,
    pub(crate) fixed: usize,
    pub(crate) fixed_equal: usize,
    pub(crate) random: usize,
    pub(crate) random_equal: usize,
    pub(crate) seconds: f64,
    /// Charts that Helm renders the same each time, and the time for them: these make no keys.
    pub(crate) steady_charts: usize,
    pub(crate) steady_seconds: f64,
}

impl Tally {
    pub(crate) fn of(outcomes: &[Outcome]) -> Self {
        outcomes.iter().fold(Self::default(), |sum, each| Self {
            whole_charts: sum.whole_charts + usize::from(each.differences.is_empty()),
            fixed: sum.fixed + each.fixed,
            fixed_equal: sum.fixed_equal + each.fixed_equal,
            random: sum.random + each.random,
            random_equal: sum.random_equal + each.random_equal,
            seconds: sum.seconds + each.seconds,
            steady_charts: sum.steady_charts + usize::from(each.random == 0),
            steady_seconds: sum.steady_seconds + if each.random == 0 { each.seconds } else { 0.0 },
        })
    }
}

/// Renders and compares every chart of the folder with that word in its name.
pub(crate) fn outcomes(folder: &Path, word: &str, throwaway: bool) -> Vec<Outcome> {
    let entries = std::fs::read_dir(folder.join("expected")).expect("the corpus has a folder `expected`");
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix(".json").map(str::to_owned))
        .filter(|name| name.contains(word))
        .collect();
    names.sort();
    names.iter().map(|name| outcome(folder, name, throwaway)).collect()
}

fn outcome(folder: &Path, name: &str, throwaway: bool) -> Outcome {
    let mut outcome = Outcome { chart: name.to_owned(), ..Outcome::default() };
    let text = std::fs::read_to_string(folder.join(format!("expected/{name}.json"))).expect("expectations are text");
    let expected: Value = serde_json::from_str(&text).expect("expectations are JSON");
    let origin = Origin::Path(folder.join("charts").join(name));
    let word = |key: &str| expected.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut request = Request::new(origin, Release::new(word("release"), word("namespace")));
    (request.allows_missing_dependencies, request.throwaway) = (true, throwaway);
    let started = Instant::now();
    let rendered = template(&request);
    outcome.seconds = started.elapsed().as_secs_f64();
    match rendered {
        Ok(rendered) => {
            outcome.share_of_limits = share(rendered.used);
            compare(&rendered.files, &expected, &mut outcome);
        }
        Err(error) => {
            outcome.fixed = files_of(&expected).count();
            outcome.differences.push(format!("does not render: {error}"));
        }
    }
    outcome
}

fn share(used: Used) -> f64 {
    let limits = Limits::default();
    (used.steps as f64 / limits.steps as f64).max(used.produced as f64 / limits.produced as f64)
}

fn files_of(expected: &Value) -> impl Iterator<Item = (&String, &str)> {
    let files = expected.get("rendered").and_then(Value::as_object).into_iter().flatten();
    files.map(|(path, text)| (path, text.as_str().unwrap_or_default()))
}

fn compare(ours: &BTreeMap<String, String>, expected: &Value, outcome: &mut Outcome) {
    let wanted: BTreeMap<&String, &str> = files_of(expected).collect();
    let is_fixed = |path: &str| match expected.get("same_each_time") {
        Some(Value::Object(all)) => all.get(path).and_then(Value::as_bool).unwrap_or(true),
        Some(Value::Bool(all)) => *all,
        _ => true,
    };
    let paths: BTreeSet<&String> = ours.keys().chain(wanted.keys().copied()).collect();
    for path in paths {
        let pair = (ours.get(path).map(String::as_str), wanted.get(path).copied());
        let fixed = is_fixed(path);
        let difference = match pair {
            (Some(ours), Some(theirs)) if fixed => difference(ours, theirs, |_, one, other| one == other),
            (Some(ours), Some(theirs)) => difference(ours, theirs, |_, one, other| lines_agree(one, other)),
            (None, _) => Some("is missing".to_owned()),
            (_, None) => Some("is not in Helm's rendering".to_owned()),
        };
        let counters = if fixed {
            (&mut outcome.fixed, &mut outcome.fixed_equal)
        } else {
            (&mut outcome.random, &mut outcome.random_equal)
        };
        *counters.0 += 1;
        *counters.1 += usize::from(difference.is_none());
        outcome.differences.extend(difference.map(|text| format!("{path}: {text}")));
    }
}

/// The first line that differs. `agree` gets the line's index, ours and theirs.
pub(crate) fn difference(ours: &str, theirs: &str, agree: impl Fn(usize, &str, &str) -> bool) -> Option<String> {
    let (our_lines, their_lines): (Vec<&str>, Vec<&str>) = (ours.split('\n').collect(), theirs.split('\n').collect());
    let lines = our_lines.len().max(their_lines.len());
    for index in 0..lines {
        let (one, other) = (our_lines.get(index), their_lines.get(index));
        match (one, other) {
            (Some(one), Some(other)) if agree(index, one, other) => {}
            _ => return Some(format!("line {}\n    ours   {one:?}\n    theirs {other:?}", index + 1)),
        }
    }
    None
}

/// How every PEM block begins in base64; the lengths of certificates differ with how their names are written.
const PEM: &str = "LS0tLS1CRUdJTi";

/// Helm's words for what is no YAML; which of two rules was broken first, libraries tell differently.
const NO_YAML: &str = "Error=error converting YAML to JSON: yaml: line ";

/// Whether lines are equal but for random words: the same words between the same separators, where a word that differs has at least
/// five characters and about the same length on both sides.
pub(crate) fn lines_agree(ours: &str, theirs: &str) -> bool {
    let is_word = |character: char| character.is_ascii_alphanumeric() || "+/=".contains(character);
    if ours.trim().starts_with(NO_YAML) && theirs.trim().starts_with(NO_YAML) {
        return true;
    }
    let (mut one, mut other) = (pieces(ours, is_word), pieces(theirs, is_word));
    if one.len() != other.len() {
        return false;
    }
    one.drain(..).zip(other.drain(..)).all(|(one, other)| {
        let words = [one, other].iter().all(|piece| piece.chars().all(is_word) && piece.len() >= 5);
        let documents = one.starts_with(PEM) && other.starts_with(PEM);
        one == other || documents || (words && one.len().abs_diff(other.len()) * 20 <= one.len().max(other.len()))
    })
}

/// Words, and what stands between them.
fn pieces(line: &str, is_word: impl Fn(char) -> bool) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|next| is_word(next) != is_word(first)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}
