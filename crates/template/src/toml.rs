//! TOML: read by the crate of that name, written in the layout of Go's `BurntSushi/toml`.

mod reader;
mod writer;

pub use reader::read;
pub use writer::write;
