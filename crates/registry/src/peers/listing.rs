//! What registries of a site tell each other about their names, and what follows from two such lists. Pure.

use crate::names::Catalog;
use crate::repository::NAMELESS;
use sealer_model::{Digest, Reference};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// All names of a registry, and those that were taken away. The registry's own domain, which may be another one at each, is
/// [`NAMELESS`] here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listing {
    pub(super) names: BTreeMap<String, Held>,
    pub(super) deleted: BTreeMap<String, u64>,
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) digest: Digest,
    /// Zero where no registry gave the name.
    pub(super) changed: u64,
    pub(super) installed: bool,
}

impl Listing {
    pub(crate) fn of(catalog: &Catalog, deleted: BTreeMap<String, u64>, own: &str) -> Self {
        let names = catalog.all_named().map(|(name, named)| {
            let held = Held { digest: named.digest.clone(), changed: named.changed, installed: named.installed };
            (moved(name, own, NAMELESS), held)
        });
        let deleted = deleted.into_iter().map(|(name, changed)| (moved(&name, own, NAMELESS), changed)).collect();
        Self { names: names.collect(), deleted }
    }

    /// The names whose state here another registry lacks, as they are called here.
    pub(super) fn lacking(&self, there: &Self, own: &str) -> HashSet<Reference> {
        let named = self.names.iter().filter(|(name, held)| there.lacks(name, held)).map(|(name, _)| name);
        let deleted = self.deleted.iter().filter(|(name, changed)| {
            let theirs = there.names.get(*name);
            !self.names.contains_key(*name) && theirs.is_some_and(|held| !held.installed && held.changed < **changed)
        });
        let names = named.chain(deleted.map(|(name, _)| name));
        names.filter_map(|name| moved(name, NAMELESS, own).parse().ok()).collect()
    }

    /// A name that no registry gave has no time: it is brought where there is none, and replaces nothing.
    fn lacks(&self, name: &str, held: &Held) -> bool {
        match (self.names.get(name), self.deleted.get(name)) {
            (Some(theirs), _) => {
                let later = (held.changed, &held.digest) > (theirs.changed, &theirs.digest);
                held.changed > 0 && later && theirs.digest != held.digest && !theirs.installed
            }
            (None, Some(deleted)) => held.changed > *deleted,
            (None, None) => true,
        }
    }
}

fn moved(name: &str, from: &str, to: &str) -> String {
    match name.strip_prefix(from).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => format!("{to}/{rest}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[(&str, &str, u64)], deleted: &[(&str, u64)]) -> Listing {
        let held = |content: &str, changed| Held {
            digest: Digest::of(content.as_bytes()),
            changed,
            installed: content == "installed",
        };
        Listing {
            names: names.iter().map(|(name, content, at)| ((*name).to_owned(), held(content, *at))).collect(),
            deleted: deleted.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect(),
        }
    }

    fn lacking(here: &Listing, there: &Listing) -> Vec<String> {
        let mut found: Vec<String> = here.lacking(there, "sea.hub:5000").iter().map(Reference::to_string).collect();
        found.sort();
        found
    }

    #[test]
    fn the_later_change_is_lacking_where_it_is_not_known_and_nothing_else_is() {
        const NAME: &str = "quay.io/a/web:v1";
        let none = listing(&[], &[]);
        let at = |content, changed| listing(&[(NAME, content, changed)], &[]);
        let gone = |changed| listing(&[], &[(NAME, changed)]);
        for (case, here, there, expected) in [
            ("a new peer", at("one", 5), none.clone(), true),
            ("the same", at("one", 5), at("one", 3), false),
            ("a later push", at("two", 5), at("one", 3), true),
            ("an earlier push", at("two", 3), at("one", 5), false),
            ("a push after the deletion", at("one", 5), gone(3), true),
            ("a push before the deletion", at("one", 3), gone(5), false),
            ("a deletion after the push", gone(5), at("one", 3), true),
            ("a deletion before the push", gone(3), at("one", 5), false),
            ("a deletion of what never was there", gone(5), none.clone(), false),
            ("what no registry pushed, absent there", at("one", 0), none.clone(), true),
            ("what no registry pushed, another there", at("two", 0), at("one", 0), false),
            ("what no registry pushed, deleted there", at("one", 0), gone(3), false),
            ("a push over what no registry pushed", at("two", 5), at("one", 0), true),
            ("a push over what is installed", at("two", 5), at("installed", 0), false),
            ("a deletion of what is installed", gone(5), at("installed", 0), false),
        ] {
            assert_eq!(!lacking(&here, &there).is_empty(), expected, "{case}");
        }
        let (one, two) = (at("one", 5), at("two", 5));
        assert_ne!(lacking(&one, &two), lacking(&two, &one), "of one moment one of the two is right, for both");
    }

    #[test]
    fn the_registrys_own_names_are_those_of_no_domain() {
        let here = listing(&[("localhost/a/web:v1", "one", 5), ("harbor.example:5000/x:v1", "one", 5)], &[]);
        let expected = ["harbor.example:5000/x:v1", "sea.hub:5000/a/web:v1"];
        assert_eq!(lacking(&here, &Listing::default()), expected);
    }
}
