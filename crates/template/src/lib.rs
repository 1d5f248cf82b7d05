//! The values, functions and documents of Go's templates: what Sprig and Helm let a template call, and YAML, JSON and TOML as Go
//! reads and writes them. The room knows text and values, no chart, disk or cluster. The language itself, its parser and what
//! carries it out, is still to come.

pub mod error;
pub mod functions;
pub mod json;
pub mod number;
pub mod print;
pub mod time;
pub mod toml;
pub mod value;
pub mod yaml;

pub use error::{Error, Result};
pub use value::{List, Map, Object, Value};
