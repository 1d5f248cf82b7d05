//! When a verb is killed: at a moment that nobody chose, and that a seed brings back.

use std::time::Duration;

use crate::error::{Error, Result};

/// The variable that repeats the moments of an earlier run.
const GIVEN: &str = "SEALER_TEST_SEED";

/// A moment in a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// So long after it was started.
    Instant(Duration),
    /// So long after it has written so many records into the journal.
    Record(usize, Duration),
}

/// The seed of all moments: the one that is given, or the time.
pub(super) fn seed() -> Result<u64> {
    match std::env::var(GIVEN) {
        Ok(text) => text.parse().map_err(|_| Error::unmet(format!("{GIVEN} is no number: {text}"))),
        Err(_) => Ok(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default() % 1_000_000),
    }
}

/// The moment of a verb's kill, by the seed, the verb's title and how often it was killed before: each is the same whatever was tried
/// before it. `whole` is roughly how long the verb takes.
pub(super) fn moment(seed: u64, title: &str, kill: usize, whole: Duration) -> Moment {
    let own = title.bytes().fold(seed ^ (kill as u64).rotate_left(32), |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut random = fastrand::Rng::with_seed(own);
    let mut draw = |most: u64| random.u64(..most.max(1));
    let milliseconds = u64::try_from(whole.as_millis()).unwrap_or(u64::MAX);
    if draw(2) == 0 {
        return Moment::Instant(Duration::from_millis(draw(milliseconds)));
    }
    let records = usize::try_from(draw(RECORDS)).unwrap_or_default() + 1;
    Moment::Record(records, Duration::from_millis(draw(milliseconds / 10)))
}

/// Every verb with records writes about so many.
const RECORDS: u64 = 24;

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Duration = Duration::from_secs(10);

    #[test]
    fn a_seed_brings_every_moment_back_and_another_seed_brings_others() {
        let all = |seed| (0..20).map(|kill| moment(seed, "run", kill, WHOLE)).collect::<Vec<_>>();
        assert_eq!(all(17), all(17));
        assert_ne!(all(17), all(18));
        assert_ne!(moment(17, "run", 0, WHOLE), moment(17, "upgrade", 0, WHOLE));
    }

    #[test]
    fn moments_lie_within_the_verb_and_are_of_both_kinds() {
        let all: Vec<Moment> = (0..200).map(|seed| moment(seed, "run", 0, WHOLE)).collect();
        let instants = all.iter().filter(|it| matches!(it, Moment::Instant(_))).count();
        assert!((60..140).contains(&instants), "{instants}");
        for moment in all {
            match moment {
                Moment::Instant(at) => assert!(at < WHOLE),
                Moment::Record(records, after) => assert!((1..=24).contains(&records) && after < WHOLE / 10),
            }
        }
    }
}
