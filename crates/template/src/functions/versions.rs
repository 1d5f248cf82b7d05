//! Semantic versions as `Masterminds/semver` reads and compares them. Charts ask them of Kubernetes.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use super::Table;
use super::arguments::{exactly, text};
use super::version_constraints::Constraints;
use crate::error::{Error, Result};
use crate::value::{Object, Value};

pub(super) const TABLE: Table = &[
    ("semver", |arguments| {
        let [version] = exactly("semver", arguments)?;
        Version::parse(text(version)?).map(Version::value)
    }),
    ("semverCompare", |arguments| {
        let [constraints, version] = exactly("semverCompare", arguments)?;
        let constraints = Constraints::parse(text(constraints)?)?;
        let version = Version::parse(text(version)?)?;
        Ok(Value::Bool(constraints.allow(&version)))
    }),
];

/// A version; missing numbers are zero.
#[derive(Debug, Clone)]
pub struct Version {
    pub(super) major: u64,
    pub(super) minor: u64,
    pub(super) patch: u64,
    pub(super) prerelease: String,
    metadata: String,
    original: String,
}

impl Version {
    /// Reads `v1.2`, `1.2.3-rc.1+build`.
    ///
    /// # Errors
    /// `invalid semantic version`
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::function("invalid semantic version");
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = rest.split_once('+').map_or((rest, None), |(rest, data)| (rest, Some(data)));
        let (numbers, prerelease) = rest.split_once('-').map_or((rest, None), |(rest, data)| (rest, Some(data)));
        let well_formed = [metadata, prerelease].into_iter().flatten().all(are_identifiers);
        let mut numbers = numbers.split('.').map(number);
        let major = numbers.next().flatten().ok_or_else(invalid)?;
        let mut next = || numbers.next().map_or(Ok(0), |number| number.ok_or_else(invalid));
        let (minor, patch) = (next()?, next()?);
        let leading_zero = |part: &str| part.len() > 1 && part.starts_with('0') && number(part).is_some();
        if !well_formed || numbers.next().is_some() {
            return Err(invalid());
        }
        if prerelease.is_some_and(|text| text.split('.').any(leading_zero)) {
            return Err(Error::function("version segment starts with 0"));
        }
        let [prerelease, metadata] = [prerelease, metadata].map(|part| part.unwrap_or("").to_owned());
        Ok(Self { major, minor, patch, prerelease, metadata, original: text.to_owned() })
    }

    /// As a value of a template.
    pub fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }

    /// The order of versions; metadata does not count.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }

    fn raised(&self, major: u64, minor: u64, patch: u64) -> Value {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        let original = format!("{prefix}{major}.{minor}.{patch}");
        Self { major, minor, patch, prerelease: String::new(), metadata: String::new(), original }.value()
    }

    fn compare_with(&self, arguments: &[Value]) -> Result<Ordering> {
        if let [Value::Object(object)] = arguments
            && let Some(other) = object.as_any().downcast_ref::<Self>()
        {
            return Ok(self.compare(other));
        }
        Err(Error::function("wrong type for value; expected *semver.Version"))
    }

    /// What the next patch of this version would be: a prerelease becomes the release.
    fn next_patch(&self) -> Value {
        let patch = if self.prerelease.is_empty() { self.patch + 1 } else { self.patch };
        self.raised(self.major, self.minor, patch)
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn are_identifiers(text: &str) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
}

/// A version without a prerelease is the higher one; numbers are lower than words.
pub(super) fn compare_prereleases(one: &str, other: &str) -> Ordering {
    match (one.is_empty(), other.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let compare = |(one, other): (&str, &str)| match (number(one), number(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.cmp(other),
    };
    let first_difference = one.split('.').zip(other.split('.')).map(compare).find(|order| order.is_ne());
    first_difference.unwrap_or_else(|| one.split('.').count().cmp(&other.split('.').count()))
}

impl Object for Version {
    fn type_name(&self) -> &str {
        "*semver.Version"
    }

    fn member(&self, name: &str, arguments: &[Value]) -> Option<Result<Value>> {
        let size = |number: u64| Value::Int64(i64::try_from(number).unwrap_or(i64::MAX));
        Some(Ok(match name {
            "Major" => size(self.major),
            "Minor" => size(self.minor),
            "Patch" => size(self.patch),
            "Prerelease" => Value::text(self.prerelease.as_str()),
            "Metadata" => Value::text(self.metadata.as_str()),
            "Original" => Value::text(self.original.as_str()),
            "String" => Value::text(self.print()),
            "IncMajor" => self.raised(self.major + 1, 0, 0),
            "IncMinor" => self.raised(self.major, self.minor + 1, 0),
            "IncPatch" => self.next_patch(),
            "Compare" => return Some(self.compare_with(arguments).map(|order| Value::Int(order as i64))),
            "Equal" => return Some(self.compare_with(arguments).map(|order| Value::Bool(order.is_eq()))),
            "LessThan" => return Some(self.compare_with(arguments).map(|order| Value::Bool(order.is_lt()))),
            "LessThanEqual" => return Some(self.compare_with(arguments).map(|order| Value::Bool(order.is_le()))),
            "GreaterThan" => return Some(self.compare_with(arguments).map(|order| Value::Bool(order.is_gt()))),
            "GreaterThanEqual" => return Some(self.compare_with(arguments).map(|order| Value::Bool(order.is_ge()))),
            _ => return None,
        }))
    }

    fn print(&self) -> String {
        let mut text = format!("{}.{}.{}", self.major, self.minor, self.patch);
        for (sign, part) in [('-', &self.prerelease), ('+', &self.metadata)] {
            if !part.is_empty() {
                text.push(sign);
                text.push_str(part);
            }
        }
        text
    }

    fn data(&self) -> Value {
        Value::text(self.print())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
