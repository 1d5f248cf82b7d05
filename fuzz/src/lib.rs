//! Inputs that are nearly right. Whoever writes a chart, a Kubefile or an archive may mean harm, and random bytes never get past the first
//! check of a reader; so inputs are made from good ones by a few changes: bits and numbers, words of the format where they do not
//! belong, parts that are missing, repeated or taken from another input. The same number always makes the same input, so what was found
//! once is found again.
//!
//! `cargo test -p sealer-fuzz` tries some thousands in seconds; `SEALER_FUZZ_CASES` says how many for each target, and
//! `SEALER_FUZZ_FIRST` with which number to begin. An input that makes a reader panic is kept in a file, whose name the failure tells.

mod change;

pub use change::changed;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::{env, fs};

/// How many inputs each target tries where nothing else is said.
const CASES: u64 = 1_500;

/// One reader of foreign input, and what good input looks like.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name, which the file of a finding bears.
    pub name: &'static str,
    /// Good inputs; at least one.
    pub seeds: Vec<Vec<u8>>,
    /// Words that mean something in the format.
    pub words: &'static [&'static str],
}

impl Target {
    /// A target whose good inputs are texts.
    #[must_use]
    pub fn of_texts(name: &'static str, seeds: &[&str], words: &'static [&'static str]) -> Self {
        Self { name, seeds: seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect(), words }
    }

    /// The input of that number.
    #[must_use]
    pub fn input(&self, number: u64) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(number);
        let Some(seed) = random.choice(&self.seeds) else { return Vec::new() };
        changed(seed, self, &mut random)
    }

    /// Tries the good inputs, which have to pass `accepted`, and then the changed ones, which only have to end.
    ///
    /// # Panics
    /// When the reader panics, with the file that holds the input; when a good input is not accepted; or when none or all of the changed
    /// ones are, since then nothing was tried.
    pub fn run(&self, accepted: impl Fn(&[u8]) -> bool) {
        for (number, seed) in self.seeds.iter().enumerate() {
            assert!(accepted(seed), "{}: good input {number} is refused", self.name);
        }
        let first = setting("SEALER_FUZZ_FIRST", 0);
        let cases = setting("SEALER_FUZZ_CASES", CASES);
        let passed = (first..first + cases).filter(|number| self.tried(&self.input(*number), &accepted)).count() as u64;
        assert!(
            cases < 100 || (1..cases).contains(&passed),
            "{}: {passed} of {cases} changed inputs are accepted",
            self.name
        );
    }

    /// The same for readers of texts; inputs that are no UTF-8 are made so first.
    ///
    /// # Panics
    /// As [`Target::run`].
    pub fn run_texts(&self, accepted: impl Fn(&str) -> bool) {
        self.run(|input| accepted(&String::from_utf8_lossy(input)));
    }

    fn tried(&self, input: &[u8], accepted: impl Fn(&[u8]) -> bool) -> bool {
        let kept = env::temp_dir().join(format!("sealer-fuzz-{}-{}", self.name, std::process::id()));
        catch_unwind(AssertUnwindSafe(|| accepted(input))).unwrap_or_else(|panic| {
            self.keep(&kept, input);
            resume_unwind(panic)
        })
    }

    #[expect(clippy::print_stderr, reason = "the failure of a test is told there")]
    fn keep(&self, path: &PathBuf, input: &[u8]) {
        match fs::write(path, input) {
            Ok(()) => eprintln!("{}: {} made the reader panic", self.name, path.display()),
            Err(error) => eprintln!("{}: the input {input:?} made the reader panic ({error})", self.name),
        }
    }
}

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    //! Inputs differ, come again, and a panic is not swallowed.

    use super::*;
    use std::collections::BTreeSet;

    fn target() -> Target {
        Target::of_texts("own", &["key: [1, two]\n", "other: 3\n"], &["{{", "null"])
    }

    #[test]
    fn the_same_number_makes_the_same_input_and_others_make_others() {
        let inputs: BTreeSet<Vec<u8>> = (0..500).map(|number| target().input(number)).collect();
        assert!(inputs.len() > 400, "{} of 500 differ", inputs.len());
        assert_eq!(target().input(7), target().input(7));
    }

    #[test]
    fn a_panic_of_the_reader_is_the_panic_of_the_test() {
        let outcome = catch_unwind(|| target().run(|input| input.len() > 4 || panic!("too short")));
        assert!(outcome.is_err());
    }

    #[test]
    fn a_good_input_that_is_refused_is_told() {
        let outcome = catch_unwind(|| target().run(|_| false));
        assert!(outcome.is_err());
    }
}
