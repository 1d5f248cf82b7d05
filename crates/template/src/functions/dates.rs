//! Dates and durations.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::arguments::{exactly, text, wrong_type};
use super::{Table, entropy};
use crate::error::{Error, Result};
use crate::time::{self, Time, duration_text, parse_duration};
use crate::value::Value;

pub(super) const TABLE: Table = &[
    ("now", |arguments| exactly::<0>("now", arguments).map(|[]| Time::value(entropy::now()))),
    ("date", |arguments| {
        let [layout, date] = exactly("date", arguments)?;
        formatted(text(layout)?, date, "Local")
    }),
    ("dateInZone", |arguments| in_zone("dateInZone", arguments)),
    ("date_in_zone", |arguments| in_zone("date_in_zone", arguments)),
    ("htmlDate", |arguments| formatted("2006-01-02", &exactly::<1>("htmlDate", arguments)?[0], "Local")),
    ("htmlDateInZone", |arguments| {
        let [date, zone] = exactly("htmlDateInZone", arguments)?;
        formatted("2006-01-02", date, text(zone)?)
    }),
    ("dateModify", |arguments| modified("dateModify", arguments, false)),
    ("date_modify", |arguments| modified("date_modify", arguments, false)),
    ("mustDateModify", |arguments| modified("mustDateModify", arguments, true)),
    ("must_date_modify", |arguments| modified("must_date_modify", arguments, true)),
    ("toDate", to_date),
    ("mustToDate", must_to_date),
    ("ago", ago),
    ("duration", duration),
    ("durationRound", duration_round),
    ("unixEpoch", |arguments| {
        let [date] = exactly("unixEpoch", arguments)?;
        Ok(Value::text(moment(date)?.timestamp().as_second().to_string()))
    }),
];

/// A `time.Time` parameter.
fn moment(value: &Value) -> Result<&Zoned> {
    match value {
        Value::Object(object) => object.as_any().downcast_ref::<Time>().map(|Time(time)| time),
        _ => None,
    }
    .ok_or_else(|| wrong_type("time.Time", value))
}

/// The moment that a value is, or now where it is none; numbers count seconds since 1970.
fn any_moment(value: &Value) -> Zoned {
    let seconds = match value {
        Value::Int(seconds) | Value::Int64(seconds) => Timestamp::from_second(*seconds).ok(),
        _ => None,
    };
    match seconds {
        Some(timestamp) => timestamp.to_zoned(TimeZone::system()),
        None => moment(value).cloned().unwrap_or_else(|_| entropy::now()),
    }
}

/// A zone by name; UTC where nobody knows it.
fn zone(name: &str) -> TimeZone {
    match name {
        "Local" => TimeZone::system(),
        "" | "UTC" => TimeZone::UTC,
        name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
    }
}

fn formatted(layout: &str, date: &Value, zone_name: &str) -> Result<Value> {
    let time = any_moment(date).with_time_zone(zone(zone_name));
    Ok(Value::text(Time(time).format(layout)))
}

fn in_zone(name: &str, arguments: &[Value]) -> Result<Value> {
    let [layout, date, zone_name] = exactly(name, arguments)?;
    formatted(text(layout)?, date, text(zone_name)?)
}

fn modified(name: &str, arguments: &[Value], must: bool) -> Result<Value> {
    let [change, date] = exactly(name, arguments)?;
    let time = moment(date)?;
    match parse_duration(text(change)?) {
        Ok(nanoseconds) => {
            let moved = time.checked_add(SignedDuration::from_nanos(nanoseconds));
            moved.map(Time::value).map_err(|error| Error::function(error.to_string()))
        }
        Err(error) if must => Err(error),
        Err(_) => Ok(date.clone()),
    }
}

fn must_to_date(arguments: &[Value]) -> Result<Value> {
    let [layout, date] = exactly("mustToDate", arguments)?;
    time::parse(text(layout)?, text(date)?, TimeZone::system()).map(Time::value)
}

/// Go's zero time, the first moment of the year 1, where the text does not fit.
fn to_date(arguments: &[Value]) -> Result<Value> {
    let [layout, date] = exactly("toDate", arguments)?;
    let zero = || time::parse("2006-01-02", "0001-01-01", TimeZone::UTC);
    let read = time::parse(text(layout)?, text(date)?, TimeZone::system());
    read.or_else(|_| zero()).map(Time::value)
}

/// Nanoseconds from then to now.
fn since(then: &Zoned) -> i64 {
    i64::try_from(entropy::now().duration_since(then).as_nanos()).unwrap_or(i64::MAX)
}

fn ago(arguments: &[Value]) -> Result<Value> {
    let [date] = exactly("ago", arguments)?;
    let seconds = since(&any_moment(date)).saturating_add(500_000_000).div_euclid(1_000_000_000);
    Ok(Value::text(duration_text(seconds.saturating_mul(1_000_000_000))))
}

/// A count of seconds as a duration; only `int64` and text count.
fn duration(arguments: &[Value]) -> Result<Value> {
    let [seconds] = exactly("duration", arguments)?;
    let seconds = match seconds {
        Value::Text(text) => text.parse().unwrap_or(0),
        Value::Int64(seconds) => *seconds,
        _ => 0,
    };
    Ok(Value::text(duration_text(seconds.wrapping_mul(1_000_000_000))))
}

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3600 * SECOND;

/// The largest units first.
const UNITS: [(u64, &str); 6] =
    [(365 * 24 * HOUR, "y"), (30 * 24 * HOUR, "mo"), (24 * HOUR, "d"), (HOUR, "h"), (60 * SECOND, "m"), (SECOND, "s")];

/// A duration in its largest unit alone, whichever way it runs.
fn duration_round(arguments: &[Value]) -> Result<Value> {
    let [value] = exactly("durationRound", arguments)?;
    let nanoseconds = match value {
        Value::Text(text) => parse_duration(text).unwrap_or(0),
        Value::Int64(nanoseconds) => *nanoseconds,
        value => moment(value).map_or(0, since),
    };
    let size = nanoseconds.unsigned_abs();
    let rounded = UNITS.into_iter().find(|(unit, _)| size > *unit);
    Ok(Value::text(rounded.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", size / unit))))
}
