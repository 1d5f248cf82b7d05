//! A time in a template: its fields and methods.

use std::any::Any;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Zoned};

use super::duration::duration_text;
use super::print::{format, month, weekday};
use crate::error::{Error, Result};
use crate::value::{Object, Value};

/// Go's `time.Time`.
#[derive(Debug, Clone)]
pub struct Time(pub Zoned);

impl Time {
    /// As a value of a template.
    pub fn value(time: Zoned) -> Value {
        Value::Object(std::rc::Rc::new(Self(time)))
    }

    /// The time in that layout.
    pub fn format(&self, layout: &str) -> String {
        format(&self.0, layout)
    }

    fn moved(&self, arguments: &[Value]) -> Result<Value> {
        let [Value::Int(years), Value::Int(months), Value::Int(days)] = arguments else {
            return Err(Error::function("wrong number or type of args for AddDate: want 3 int"));
        };
        let span = Span::new().try_years(*years).and_then(|span| span.try_months(*months));
        let moved = span.and_then(|span| span.try_days(*days)).and_then(|span| self.0.checked_add(span));
        moved.map(Self::value).map_err(|error| Error::function(error.to_string()))
    }

    fn later(&self, arguments: &[Value]) -> Result<Value> {
        let [Value::Int(nanoseconds) | Value::Int64(nanoseconds)] = arguments else {
            return Err(Error::function("wrong type for value; expected time.Duration"));
        };
        let moved = self.0.checked_add(SignedDuration::from_nanos(*nanoseconds));
        moved.map(Self::value).map_err(|error| Error::function(error.to_string()))
    }

    /// The other time of a comparison.
    fn with_other<T>(&self, arguments: &[Value], compare: impl Fn(&Zoned, &Zoned) -> T) -> Result<T> {
        if let [Value::Object(object)] = arguments
            && let Some(Self(other)) = object.as_any().downcast_ref::<Self>()
        {
            return Ok(compare(&self.0, other));
        }
        Err(Error::function("wrong type for value; expected time.Time"))
    }
}

impl Object for Time {
    fn type_name(&self) -> &str {
        "time.Time"
    }

    fn member(&self, name: &str, arguments: &[Value]) -> Option<Result<Value>> {
        let time = &self.0;
        Some(Ok(match name {
            "Format" => match arguments {
                [Value::Text(layout)] => Value::text(self.format(layout)),
                _ => return Some(Err(Error::function("wrong number of args for Format: want 1 string"))),
            },
            "Year" => Value::Int(time.year().into()),
            "Month" => Value::text(month(time)),
            "Day" => Value::Int(time.day().into()),
            "YearDay" => Value::Int(time.day_of_year().into()),
            "Weekday" => Value::text(weekday(time.weekday())),
            "Hour" => Value::Int(time.hour().into()),
            "Minute" => Value::Int(time.minute().into()),
            "Second" => Value::Int(time.second().into()),
            "Nanosecond" => Value::Int(time.subsec_nanosecond().into()),
            "Unix" => Value::Int64(time.timestamp().as_second()),
            "UnixMilli" => Value::Int64(time.timestamp().as_millisecond()),
            "UnixMicro" => Value::Int64(time.timestamp().as_microsecond()),
            "UnixNano" => Value::Int64(i64::try_from(time.timestamp().as_nanosecond()).unwrap_or(i64::MAX)),
            "UTC" => Self::value(time.with_time_zone(TimeZone::UTC)),
            "Local" => Self::value(time.with_time_zone(TimeZone::system())),
            "String" => Value::text(self.print()),
            "AddDate" => return Some(self.moved(arguments)),
            "Add" => return Some(self.later(arguments)),
            "Before" => return Some(self.with_other(arguments, |one, other| one < other).map(Value::Bool)),
            "After" => return Some(self.with_other(arguments, |one, other| one > other).map(Value::Bool)),
            "Equal" => return Some(self.with_other(arguments, |one, other| one == other).map(Value::Bool)),
            "Sub" => {
                let difference = self.with_other(arguments, |one, other| {
                    i64::try_from(one.duration_since(other).as_nanos()).unwrap_or(i64::MAX)
                });
                return Some(difference.map(|nanoseconds| Value::text(duration_text(nanoseconds))));
            }
            _ => return None,
        }))
    }

    fn print(&self) -> String {
        self.format("2006-01-02 15:04:05.999999999 -0700 MST")
    }

    fn data(&self) -> Value {
        Value::text(self.format("2006-01-02T15:04:05.999999999Z07:00"))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
