//! What functions use up beyond the one step of their call: a copy of a map may have more parts than a chart has letters, a key
//! takes as long as a million steps. Functions know no rendering, so they count here, thread by thread, and the rendering that
//! called them takes it over.

use std::cell::Cell;

use crate::error::{Error, Result};

/// How much work is as much as one step: looking at a value in a list is far less.
const WORK_OF_A_STEP: u64 = 16;

/// Looking into a map, as work.
pub(crate) const MAP: u64 = 16;

/// Bytes of a map with few entries, and of each entry; maps have room for some when they are made.
const BYTES_OF_A_MAP: usize = 600;
const BYTES_OF_AN_ENTRY: usize = 64;

/// Bytes of a value in a list.
const BYTES_OF_AN_ITEM: usize = 24;

/// What was used up since it was last taken over, and how much may be.
#[derive(Debug, Clone, Copy)]
struct Meter {
    work: u64,
    most_work: u64,
    bytes: usize,
    most_bytes: usize,
}

/// Outside of a rendering nothing is bounded here.
const FREE: Meter = Meter { work: 0, most_work: u64::MAX, bytes: 0, most_bytes: usize::MAX };

thread_local! {
    static METER: Cell<Meter> = const { Cell::new(FREE) };
}

/// Begins to count anew: that many steps and bytes may be used.
pub(crate) fn allow(steps: u64, bytes: usize) {
    METER.set(Meter { work: 0, most_work: steps.saturating_mul(WORK_OF_A_STEP), bytes: 0, most_bytes: bytes });
}

/// Counts for nobody any more.
pub(crate) fn end() {
    METER.set(FREE);
}

/// Steps and bytes that were used up, which are forgotten here.
pub(crate) fn take() -> (u64, usize) {
    let meter = METER.get();
    METER.set(Meter { work: 0, bytes: 0, ..meter });
    (meter.work.div_ceil(WORK_OF_A_STEP), meter.bytes)
}

/// Counts work that is about to be done.
///
/// # Errors
/// There is not that much left, or more memory was taken than there is.
pub(crate) fn work(amount: u64) -> Result<()> {
    let mut meter = METER.get();
    meter.work = meter.work.saturating_add(amount);
    METER.set(meter);
    if meter.work > meter.most_work {
        return Err(Error::Limit("it takes more steps than the templates have left".to_owned()));
    }
    if meter.bytes > meter.most_bytes {
        return Err(Error::Limit("it makes more bytes than the templates have left".to_owned()));
    }
    Ok(())
}

/// Counts work as long as so many steps.
///
/// # Errors
/// As [`work`].
pub(crate) fn steps(count: u64) -> Result<()> {
    work(count.saturating_mul(WORK_OF_A_STEP))
}

/// Counts a map that was made.
pub(crate) fn made_map(entries: usize) {
    made(BYTES_OF_A_MAP.saturating_add(entries.saturating_mul(BYTES_OF_AN_ENTRY)));
}

/// Counts an entry that was added to a map.
pub(crate) fn made_entry() {
    made(BYTES_OF_AN_ENTRY);
}

/// Counts a list that was made.
pub(crate) fn made_list(items: usize) {
    made(BYTES_OF_AN_ITEM.saturating_mul(items.saturating_add(1)));
}

fn made(bytes: usize) {
    let mut meter = METER.get();
    meter.bytes = meter.bytes.saturating_add(bytes);
    METER.set(meter);
}
