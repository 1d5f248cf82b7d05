//! What a version must be: `>=1.19-0 <1.30`, `^1.2`, `~1.2.3`, `1.x || 2.*`, `1.2 - 1.5`.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

use super::versions::{Version, compare_prereleases};
use crate::error::{Error, Result};

/// One of several groups must fit; in a group every constraint.
#[derive(Debug)]
pub struct Constraints(Vec<Vec<Constraint>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

#[derive(Debug)]
struct Constraint {
    operator: Operator,
    version: Version,
    /// How many numbers were given before an `x`, `*` or the end: 0 to 3.
    given: usize,
}

const VERSION: &str = r"v?([0-9xX*|]+)(\.[0-9xX*|]+)?(\.[0-9xX*|]+)?(-[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*)?(?:\+[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*)?";
const OPERATOR: &str = r"=|!=|>=|=>|<=|=<|>|<|~>|~|\^|";

/// A regular expression of this file; its text is fixed, so it can be read.
fn fixed(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static RANGE: LazyLock<Option<Regex>> = LazyLock::new(|| fixed(&format!(r"\s*({VERSION})\s+-\s+({VERSION})\s*")));
static GROUP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let one = format!(r"(?:{OPERATOR})\s*{VERSION}\s*");
    fixed(&format!(r"^\s*{one}(?:(?:\s+|,\s*){one})*$"))
});
static ONE: LazyLock<Option<Regex>> = LazyLock::new(|| fixed(&format!(r"({OPERATOR})\s*{VERSION}")));

impl Constraints {
    /// Reads constraints.
    ///
    /// # Errors
    /// `improper constraint: "x"`
    pub fn parse(text: &str) -> Result<Self> {
        let improper = |part: &str| Error::function(format!("improper constraint: {}", crate::print::quoted(part)));
        let (Some(range), Some(group), Some(one)) = (&*RANGE, &*GROUP, &*ONE) else { return Err(improper(text)) };
        let spelled_out = range.replace_all(text, " >=$1, <=$6 ");
        let parse_group = |part: &str| {
            if !group.is_match(part) {
                return Err(improper(part));
            }
            one.captures_iter(part).map(|found| Constraint::parse(&found).ok_or_else(|| improper(part))).collect()
        };
        spelled_out.split("||").map(parse_group).collect::<Result<_>>().map(Self)
    }

    /// Whether the version fits.
    pub fn allow(&self, version: &Version) -> bool {
        self.0.iter().any(|group| {
            // one prerelease in a group opens the whole group to prereleases
            let prereleases = group.iter().any(|constraint| !constraint.version.prerelease.is_empty());
            group.iter().all(|constraint| constraint.allows(version, prereleases))
        })
    }
}

impl Constraint {
    fn parse(found: &regex::Captures<'_>) -> Option<Self> {
        let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
        let is_open = |part: &str| matches!(part.trim_start_matches('.'), "" | "x" | "X" | "*");
        let numbers = [part(2), part(3), part(4)];
        let given = numbers.iter().position(|number| is_open(number)).unwrap_or(3);
        let mut text = numbers[..given].concat();
        for missing in given..3 {
            text.push_str(if missing == 0 { "0" } else { ".0" });
        }
        let version = Version::parse(&(text + part(5))).ok()?;
        Some(Self { operator: operator(part(1)), version, given })
    }

    fn allows(&self, version: &Version, prereleases: bool) -> bool {
        if !version.prerelease.is_empty() && self.version.prerelease.is_empty() && !prereleases {
            return false;
        }
        let order = version.compare(&self.version);
        match self.operator {
            Operator::Equal if self.given < 3 => self.allows_tilde(version, order),
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => self.differs(version, order),
            Operator::Greater => self.is_above(version, order),
            Operator::Less => order.is_lt(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::LessEqual => order.is_le() || self.covers(version),
            Operator::Tilde => self.allows_tilde(version, order),
            Operator::Caret => self.allows_caret(version, order),
        }
    }

    /// Whether the version has the numbers that this constraint gives.
    fn covers(&self, version: &Version) -> bool {
        let own = [self.version.major, self.version.minor, self.version.patch];
        let numbers = [version.major, version.minor, version.patch];
        matches!(self.given, 1 | 2) && own[..self.given] == numbers[..self.given]
    }

    fn differs(&self, version: &Version, order: Ordering) -> bool {
        match self.given {
            0 | 3 => order.is_ne(),
            _ if !self.covers(version) => true,
            2 => {
                let both = (&version.prerelease, &self.version.prerelease);
                (!both.0.is_empty() || !both.1.is_empty()) && compare_prereleases(both.0, both.1).is_ne()
            }
            _ => false,
        }
    }

    fn is_above(&self, version: &Version, order: Ordering) -> bool {
        match self.given {
            1 => version.major > self.version.major,
            2 => (version.major, version.minor) > (self.version.major, self.version.minor),
            _ => order.is_gt(),
        }
    }

    fn allows_tilde(&self, version: &Version, order: Ordering) -> bool {
        if order.is_lt() {
            return false;
        }
        let own = &self.version;
        let everything = (own.major, own.minor, own.patch) == (0, 0, 0) && !matches!(self.given, 1 | 2);
        everything || version.major == own.major && (version.minor == own.minor || self.given == 1)
    }

    fn allows_caret(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if order.is_lt() {
            return false;
        }
        if own.major > 0 || self.given == 1 {
            return version.major == own.major;
        }
        if version.major > 0 {
            return false;
        }
        if own.minor > 0 || self.given == 2 {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }
}

fn operator(text: &str) -> Operator {
    match text {
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        "<" => Operator::Less,
        ">=" | "=>" => Operator::GreaterEqual,
        "<=" | "=<" => Operator::LessEqual,
        "~" | "~>" => Operator::Tilde,
        "^" => Operator::Caret,
        _ => Operator::Equal,
    }
}
