//! Go's `text/template` with the functions of Sprig, and YAML, JSON and TOML as Go reads and writes them: what a Helm chart and a
//! `.tmpl` file are written in. The room knows text and values, no chart, disk or cluster.
//!
//! [`Templates`] holds parsed texts and renders them; [`Functions`] says what they may call, [`Limits`] what they may use up.
//! Texts are parsed by `syntax`, rendered by `execute`; a host gives its own functions and [`Object`]s with methods.

mod builtin;
mod bytes;
mod callable;
mod complex;
mod effort;
pub mod error;
mod execute;
pub mod format;
pub mod functions;
pub mod json;
mod limits;
pub mod number;
pub mod print;
pub mod raw;
mod signature;
mod stack;
mod syntax;
mod templates;
pub mod time;
pub mod toml;
pub mod value;
pub mod yaml;

pub use bytes::Bytes;
pub use callable::{Functions, Host};
pub use error::{Error, Execution, Result};
pub use execute::Rendering;
pub use limits::Limits;
pub use stack::on_large_stack;
pub use templates::{MissingKey, Options, Templates, Used};
pub use value::{ItemType, Items, List, Map, MapType, Object, Value};
