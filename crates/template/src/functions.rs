//! The functions a template may call, by group: Sprig's and Helm's. A pure function gets its arguments and gives a value; those
//! that call templates (`include`, `tpl`) belong to the executor's host.
//!
//! Each group is a file with a table of names. Random numbers and the clock come from `entropy` alone; all else depends on its
//! arguments only.

mod arguments;
mod case;
mod certificates;
mod checksums;
mod ciphers;
mod conversion;
mod dates;
mod decimal;
mod defaults;
mod dictionaries;
mod documents;
mod encoding;
mod entropy;
mod integers;
mod keys;
mod lists;
mod math;
mod merge;
mod paths;
mod pattern;
mod pattern_problem;
mod random;
pub(crate) mod reflection;
mod regular;
mod strings;
mod url_text;
mod urls;
mod version_constraints;
mod versions;
mod wrapping;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use version_constraints::Constraints;
pub use versions::Version;

use crate::error::Result;
use crate::value::Value;

/// A function of arguments alone. It checks count and kinds itself, with Go's words.
pub type Pure = fn(&[Value]) -> Result<Value>;

/// A group's names and functions.
type Table = &'static [(&'static str, Pure)];

/// The most bytes a function's result may have: far above any document, far below a machine's memory.
pub const LARGEST_RESULT: usize = 64 << 20;

/// The most items a list made of numbers may have.
const LONGEST_LIST: usize = 1 << 20;

const GROUPS: [Table; 21] = [
    case::TABLE,
    certificates::TABLE,
    checksums::TABLE,
    ciphers::TABLE,
    conversion::TABLE,
    dates::TABLE,
    defaults::TABLE,
    dictionaries::TABLE,
    documents::TABLE,
    encoding::TABLE,
    integers::TABLE,
    lists::TABLE,
    math::TABLE,
    paths::TABLE,
    random::TABLE,
    reflection::TABLE,
    regular::TABLE,
    strings::TABLE,
    urls::TABLE,
    versions::TABLE,
    wrapping::TABLE,
];

/// The function of that name, or `None`.
pub fn find(name: &str) -> Option<Pure> {
    static INDEX: OnceLock<HashMap<&str, Pure>> = OnceLock::new();
    INDEX.get_or_init(|| all().collect()).get(name).copied()
}

/// Functions that take the places of those that make keys, where a rendering is only looked at: all their keys are the same one.
pub fn throwaway() -> impl Iterator<Item = (&'static str, Pure)> {
    certificates::THROWAWAY.iter().copied()
}

/// Every function with its name, group by group.
pub fn all() -> impl Iterator<Item = (&'static str, Pure)> {
    GROUPS.into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::all;

    #[test]
    fn each_name_is_listed_once() {
        let mut seen = HashSet::new();
        for (name, _) in all() {
            assert!(seen.insert(name), "{name} is listed twice");
        }
    }
}
