//! Go's `text/template` with the functions of Sprig, and YAML as Go reads and writes it: what a Helm chart and a `.tmpl` file
//! are written in. The room knows text and values, no chart, disk or cluster.

pub mod error;
pub mod functions;
pub mod value;

pub use error::{Error, Result};
pub use value::{List, Map, Object, Value};
