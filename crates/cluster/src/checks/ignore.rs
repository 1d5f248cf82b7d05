//! Checks that somebody said shall not count: their findings are still told and recorded, but stop nothing.

use super::registry;
use crate::removed_apis;
use sealer_model::checks::Finding;
use sealer_model::nearest::nearest;
use std::collections::BTreeSet;

/// The names of checks that do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore(BTreeSet<String>);

/// There is no check of that name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no check \"{id}\"{}", near.map(|near| format!(", did you mean {near}?")).unwrap_or_default())]
pub struct UnknownCheck {
    /// The name that was given.
    pub id: String,
    /// The name that was probably meant.
    pub near: Option<&'static str>,
}

impl Ignore {
    /// Reads names.
    ///
    /// # Errors
    /// The first name that no check has.
    pub fn of<'a>(ids: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownCheck> {
        let known: Vec<&'static str> = registry().map(|check| check.id).chain([removed_apis::ID]).collect();
        let mut names = BTreeSet::new();
        for id in ids {
            // which checks an image has is known only when it is opened
            if !known.contains(&id) && !id.starts_with("image/") {
                return Err(UnknownCheck { id: id.to_owned(), near: nearest(id, &known) });
            }
            names.insert(id.to_owned());
        }
        Ok(Self(names))
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &BTreeSet<String> {
        &self.0
    }

    /// Marks what does not count.
    pub(crate) fn mark(&self, findings: &mut [Finding]) {
        for finding in findings {
            finding.ignored = self.0.contains(&finding.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_check_has_is_refused_with_the_nearest_one() {
        assert!(Ignore::of(["port-in-use", "swap", "image/shop-page"]).is_ok());
        let error = Ignore::of(["swap", "port-in-us"]).unwrap_err();
        assert_eq!(error.to_string(), "there is no check \"port-in-us\", did you mean port-in-use?");
        assert_eq!(Ignore::of(["everything"]).unwrap_err().to_string(), "there is no check \"everything\"");
    }
}
