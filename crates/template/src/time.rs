//! Times as Go has them: a moment with a zone, written and read by layouts that show how one reference time would look
//! (`2006-01-02 15:04:05`). Charts stamp their pods with them, and YAML asks which texts are dates.

mod duration;
mod layout;
mod object;
mod parse;
mod print;

pub use duration::{duration_text, parse_duration};
pub use object::Time;
pub use parse::parse;

use jiff::tz::TimeZone;

/// The zone called UTC.
pub fn utc() -> TimeZone {
    TimeZone::UTC
}
