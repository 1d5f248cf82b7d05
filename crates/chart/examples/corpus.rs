//! Renders every chart of a corpus and compares each file with what Helm made of it: `corpus FOLDER [--throwaway] [WORD]`,
//! where the folder holds `charts/` and `expected/`. Prints one JSON object with the figures; `--throwaway` makes one key for all charts,
//! and `WORD` renders only charts with it in their names and prints all differences.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

#[path = "../tests/corpus/comparison.rs"]
mod comparison;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: corpus FOLDER [--throwaway] [WORD]");
        return ExitCode::from(2);
    };
    let options: Vec<String> = arguments.collect();
    let word = options.iter().find(|option| !option.starts_with("--"));
    let throwaway = options.iter().any(|option| option == "--throwaway");
    let started = Instant::now();
    let outcomes = comparison::outcomes(&folder, word.map_or("", String::as_str), throwaway);
    let total = comparison::Tally::of(&outcomes);
    for outcome in outcomes.iter().filter(|outcome| !outcome.differences.is_empty()) {
        eprintln!("{}: {} differences", outcome.chart, outcome.differences.len());
        let shown = if word.is_some() { usize::MAX } else { 2 };
        outcome.differences.iter().take(shown).for_each(|difference| eprintln!("  {difference}"));
    }
    println!(
        "{{\"charts\":{},\"whole_charts\":{},\"files\":{},\"equal\":{},\"random_files\":{},\"random_equal\":{},\"render_seconds\":{:.3},\"steady_charts\":{},\"steady_seconds\":{:.3},\"all_seconds\":{:.3}}}",
        outcomes.len(),
        total.whole_charts,
        total.fixed,
        total.fixed_equal,
        total.random,
        total.random_equal,
        total.seconds,
        total.steady_charts,
        total.steady_seconds,
        started.elapsed().as_secs_f64(),
    );
    ExitCode::SUCCESS
}
