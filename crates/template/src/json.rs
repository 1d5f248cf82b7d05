//! JSON as Go's `encoding/json` reads and writes it: numbers become `float64`, keys are sorted, `<`, `>` and `&` are escaped, and
//! errors have the words that a chart may print. Reading and writing lie in files of their own.

mod reader;
mod writer;

pub use reader::read;
pub use writer::{Style, write, write_styled};

/// How deep lists and maps may lie in one another: well above any document, well below the stack.
pub(crate) const DEEPEST: usize = 1_000;
