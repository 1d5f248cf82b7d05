//! The functions a template may call, by group. A pure function gets its arguments and gives a value; those that call templates
//! (`include`, `tpl`) belong to the executor's host.

use crate::error::Result;
use crate::value::Value;

/// A function of arguments alone. It checks count and kinds itself, with Go's words.
pub type Pure = fn(&[Value]) -> Result<Value>;

/// The function of that name, or `None`.
pub fn find(name: &str) -> Option<Pure> {
    let _ = name;
    None
}
