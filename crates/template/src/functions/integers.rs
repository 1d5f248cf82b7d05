//! Rows of whole numbers.

use super::arguments::{exactly, int};
use super::{LONGEST_LIST, Table};
use crate::error::{Error, Result};
use crate::value::Value;

pub(super) const TABLE: Table = &[("until", until), ("untilStep", until_step), ("seq", seq)];

fn until(arguments: &[Value]) -> Result<Value> {
    let [end] = exactly("until", arguments)?;
    let end = int(end)?;
    list("until", 0, end, if end < 0 { -1 } else { 1 })
}

fn until_step(arguments: &[Value]) -> Result<Value> {
    let [start, end, step] = exactly("untilStep", arguments)?;
    list("untilStep", int(start)?, int(end)?, int(step)?)
}

fn list(name: &str, start: i64, end: i64, step: i64) -> Result<Value> {
    Ok(Value::ints(row(name, start, end, step)?))
}

/// From `start` towards `end`, which is not reached; nothing where the step leads away or nowhere.
fn row(name: &str, start: i64, end: i64, step: i64) -> Result<Vec<i64>> {
    let goes_there = if start < end { step > 0 } else { step < 0 };
    if !goes_there {
        return Ok(Vec::new());
    }
    let length = start.abs_diff(end).div_ceil(step.unsigned_abs());
    if length > LONGEST_LIST as u64 {
        return Err(Error::function(format!("{name}: a list of more than {LONGEST_LIST} numbers")));
    }
    let next = |before: &i64| before.checked_add(step);
    Ok(std::iter::successors(Some(start), next).take(usize::try_from(length).unwrap_or(0)).collect())
}

/// Numbers as text with blanks between, counted as the command `seq` counts, downwards too.
fn seq(arguments: &[Value]) -> Result<Value> {
    let numbers = arguments.iter().map(int).collect::<Result<Vec<_>>>()?;
    let step_to = |start: i64, end: i64| if start <= end { 1 } else { -1 };
    let (start, step, end) = match numbers[..] {
        [end] => (1, step_to(1, end), end),
        [start, end] => (start, step_to(start, end), end),
        [start, step, end] => (start, step, end),
        _ => return Ok(Value::text("")),
    };
    let beyond =
        end.checked_add(step_to(start, end)).ok_or_else(|| Error::function("seq: the numbers are too large"))?;
    let texts: Vec<String> = row("seq", start, beyond, step)?.iter().map(i64::to_string).collect();
    Ok(Value::text(texts.join(" ")))
}
