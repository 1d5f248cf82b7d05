//! The only place that asks the operating system for chance and for the time.

use jiff::Zoned;

use crate::error::{Error, Result};

/// The time now, in the zone of this machine.
pub(super) fn now() -> Zoned {
    Zoned::now()
}

/// That many random bytes.
pub(super) fn bytes(count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).map_err(|error| Error::function(format!("no random bytes: {error}")))?;
    Ok(bytes)
}

/// A number below `bound`, each as likely as the others.
pub(super) fn below(bound: u64) -> Result<u64> {
    // numbers beyond the last whole multiple would favour the small ones
    let rest = (u64::MAX % bound + 1) % bound;
    loop {
        let drawn = bytes(8)?.into_iter().fold(0, |number, byte| number << 8 | u64::from(byte));
        if drawn <= u64::MAX - rest {
            return Ok(drawn % bound);
        }
    }
}
