//! Which objects belong to an application of manifests. It is written into a revision before anything of it comes into the cluster, with
//! all that earlier revisions may have left, so that what an interrupted attempt has made is found again and goes when nobody wants it.

use crate::object::{Identity, Object};
use crate::stored::Stored;
use serde_json::Value;

/// The field of a revision that holds it.
const FIELD: &str = "inventory";

/// The objects of an application, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inventory(Vec<Identity>);

impl Inventory {
    /// That of a revision.
    pub(crate) fn of(revision: &Stored) -> Self {
        let found = revision.other.get(FIELD).cloned().unwrap_or(Value::Null);
        Self(serde_json::from_value(found).unwrap_or_default())
    }

    /// These and no others.
    pub(crate) fn of_objects(objects: &[Object]) -> Self {
        Self(objects.iter().map(|object| object.identity.clone()).collect())
    }

    /// With these, too.
    pub(crate) fn with(&self, objects: &[Object]) -> Self {
        let mut all = Self::of_objects(objects).0;
        let others = self.0.iter().filter(|known| !objects.iter().any(|object| object.identity.is_same(known)));
        all.extend(others.cloned());
        Self(all)
    }

    /// What is in it and not among these objects.
    pub(crate) fn without(&self, objects: &[Object]) -> Vec<Identity> {
        let wanted = |known: &&Identity| !objects.iter().any(|object| object.identity.is_same(known));
        self.0.iter().filter(wanted).cloned().collect()
    }

    /// Whether an object is in it.
    pub(crate) fn has(&self, object: &Identity) -> bool {
        self.0.iter().any(|known| known.is_same(object))
    }

    /// Writes it into a revision.
    pub(crate) fn write(&self, revision: &mut Stored) {
        let names: Vec<Value> = self.0.iter().filter_map(|name| serde_json::to_value(name).ok()).collect();
        revision.other.insert(FIELD.to_owned(), Value::Array(names));
    }

    /// The objects' names.
    pub(crate) fn into_names(self) -> Vec<Identity> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::discovery::Kinds;
    use crate::object::parse;
    use serde_json::json;

    fn objects(names: &[&str]) -> Vec<Object> {
        let pod = |name: &&str| format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n");
        parse("a", &names.iter().map(pod).collect::<String>(), &Kinds::of_tests(), "web").unwrap()
    }

    fn names(identities: &[Identity]) -> Vec<&str> {
        identities.iter().map(|identity| identity.name.as_str()).collect()
    }

    #[test]
    fn what_an_attempt_may_have_made_stays_known_until_it_is_gone() {
        let mut revision: Stored = serde_json::from_value(json!({"name": "a", "info": {"status": "failed"}})).unwrap();
        assert_eq!(Inventory::of(&revision), Inventory::default());
        Inventory::of_objects(&objects(&["a", "b"])).with(&objects(&["b", "c"])).write(&mut revision);
        let stored = serde_json::to_string(&revision).unwrap();
        let read = Inventory::of(&serde_json::from_str(&stored).unwrap());
        assert_eq!(names(&read.0), ["b", "c", "a"]);
        assert_eq!(names(&read.without(&objects(&["c", "d"]))), ["b", "a"]);
        assert!(read.has(&objects(&["a"])[0].identity) && !read.has(&objects(&["d"])[0].identity));
    }
}
