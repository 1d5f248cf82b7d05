//! Which line of a file says where a secret comes from: what is kept of secrets has no lines, and whoever does not find one wants to know
//! where it was said.

use super::Clusterfile;
use super::document::secret_place;
use super::view::View;
use crate::cluster::SecretPlace;

/// Fields that each lead to one secret.
const SINGLE: [&str; 3] = ["passwdFrom", "pkPasswdFrom", "passwordFrom"];

/// The field with a list of them.
const SEVERAL: &str = "envFrom";

impl Clusterfile {
    /// Where secrets come from, with paths as they are written, each with its line, counted from 1; in the order of the file.
    #[must_use]
    pub fn secret_lines(&self) -> Vec<(SecretPlace, usize)> {
        self.documents.iter().flat_map(|document| below(&document.view())).collect()
    }
}

fn below(view: &View<'_>) -> Vec<(SecretPlace, usize)> {
    let said = |from: &View<'_>| Some((secret_place(from)?, from.position().line));
    let field = |(name, value): (&str, View<'_>)| match name {
        _ if SINGLE.contains(&name) => said(&value).into_iter().collect(),
        SEVERAL => value.items().iter().filter_map(said).collect(),
        _ => below(&value),
    };
    let items = view.items();
    view.fields().into_iter().flat_map(field).chain(items.iter().flat_map(below)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_the_line_that_says_it() {
        let text = "apiVersion: sealer.io/v2\nkind: Cluster\nspec:\n  hosts:\n    - ips: [10.0.0.1]\n      roles: [master]\n      \
                    ssh:\n        passwdFrom: {age: a.age, key: k}\n      envFrom:\n        - {name: A, env: X}\n  \
                    registry: {localRegistry: {username: ann, passwordFrom: {file: b}}}\n";
        let age = SecretPlace::Age { file: "a.age".into(), key: Some("k".into()) };
        let expected =
            [(age, 8), (SecretPlace::Variable("X".into()), 10), (SecretPlace::File("b".into()), 11)].to_vec();
        assert_eq!(Clusterfile::read("f", text).secret_lines(), expected);
    }
}
