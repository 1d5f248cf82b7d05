//! Variables in which older Clusterfiles say what kubeadm's documents have fields for. They only filled in templates, so that a cluster
//! and what its scripts were told could differ; here they are laid over the documents, too.

use super::Overrides;
use serde_json::{Map, Value, json};

/// A variable, the document it speaks of, and the field.
struct Variable {
    name: &'static str,
    document: fn(&mut Overrides) -> &mut Map<String, Value>,
    group: Option<&'static str>,
    field: &'static str,
}

const VARIABLES: [Variable; 3] = [
    Variable {
        name: "SvcCIDR",
        document: |overrides| &mut overrides.cluster,
        group: Some("networking"),
        field: "serviceSubnet",
    },
    Variable {
        name: "PodCIDR",
        document: |overrides| &mut overrides.cluster,
        group: Some("networking"),
        field: "podSubnet",
    },
    Variable { name: "CgroupDriver", document: |overrides| &mut overrides.kubelet, group: None, field: "cgroupDriver" },
];

/// Whose word counts where a document and a variable say something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// The document's: both stand in the same file.
    Document,
    /// The variable's: it was typed.
    Variable,
}

impl Overrides {
    /// Takes what the variables say.
    pub fn take_variables<'a>(&mut self, variables: impl IntoIterator<Item = (&'a str, &'a str)>, counts: Counts) {
        for (name, value) in variables {
            let known = VARIABLES.iter().find(|variable| variable.name == name && !value.is_empty());
            let Some((variable, fields)) = known.and_then(|known| Some((known, known.fields(self)?))) else { continue };
            if counts == Counts::Variable || !fields.contains_key(variable.field) {
                fields.insert(variable.field.to_owned(), Value::from(value));
            }
        }
    }

    /// What the documents say themselves in the place of a variable.
    pub(crate) fn said_instead_of(&self, variable: &str) -> Option<String> {
        let mut copy = self.clone();
        let variable = VARIABLES.iter().find(|known| known.name == variable)?;
        variable.fields(&mut copy)?.get(variable.field)?.as_str().map(str::to_owned)
    }
}

impl Variable {
    /// The fields among which its own is; none where the document has something else in their place.
    fn fields<'a>(&self, overrides: &'a mut Overrides) -> Option<&'a mut Map<String, Value>> {
        let document = (self.document)(overrides);
        match self.group {
            None => Some(document),
            Some(group) => document.entry(group).or_insert_with(|| json!({})).as_object_mut(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_fills_in_what_the_documents_leave_open_and_wins_when_it_is_typed() {
        let mut overrides = Overrides::default();
        overrides.cluster.insert("networking".into(), json!({"podSubnet": "100.64.0.0/16"}));
        let variables =
            [("SvcCIDR", "10.1.0.0/22"), ("PodCIDR", "10.2.0.0/16"), ("CgroupDriver", "cgroupfs"), ("A", "b")];
        overrides.take_variables(variables, Counts::Document);
        let expected = json!({"networking": {"podSubnet": "100.64.0.0/16", "serviceSubnet": "10.1.0.0/22"}});
        assert_eq!(Value::from(overrides.cluster.clone()), expected);
        assert_eq!(Value::from(overrides.kubelet.clone()), json!({"cgroupDriver": "cgroupfs"}));
        assert_eq!(overrides.said_instead_of("PodCIDR").as_deref(), Some("100.64.0.0/16"));
        overrides.take_variables([("PodCIDR", "10.2.0.0/16")], Counts::Variable);
        assert_eq!(overrides.cluster["networking"]["podSubnet"], "10.2.0.0/16");
    }

    #[test]
    fn nothing_said_is_nothing_laid_over() {
        let mut overrides = Overrides::default();
        overrides.take_variables([("A", "b"), ("SvcCIDR", "")], Counts::Document);
        assert_eq!(overrides.said_instead_of("SvcCIDR"), None);
        assert!(overrides.is_empty(), "{overrides:?}");
    }
}
