//! YAML as Helm and kubectl see it: YAML 1.1 as Go's `yaml.v2` resolves it, taken through JSON, so that every number is a
//! `float64` and every key a text; and written as that library writes it, byte for byte.
//!
//! Reading stands on the events of a YAML parser; what a plain scalar means (`resolve`), what merges and aliases do (`reader`) and
//! how text is quoted and folded (`scalar`, `writer`) is decided here, because charts depend on these decisions.

mod compose;
mod order;
mod problem;
mod reader;
mod resolve;
mod scalar;
mod writer;

pub use reader::{read, read_all};
pub(crate) use resolve::go_integer;
pub use writer::{write, write_pretty};
