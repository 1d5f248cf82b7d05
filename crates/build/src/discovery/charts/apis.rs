//! The APIs that an image brings to a cluster: charts ask for them and make other things where they are there.

use super::is_chart_folder;
use crate::discovery::document::{self, LONGEST};
use crate::discovery::tree::Tree;
use crate::error::Error;
use serde_json::Value;
use std::collections::BTreeSet;

/// What every definition of a custom resource has in its text.
const DEFINITION: &str = "CustomResourceDefinition";

/// `GROUP/VERSION` and `GROUP/VERSION/KIND` of every custom resource that a file of the image defines. Templates of charts are not
/// carried out for this.
pub(super) fn of(tree: Tree<'_>) -> Result<Vec<String>, Error> {
    let mut apis = BTreeSet::new();
    for path in tree.files().filter(|path| is_chart_folder(path) && (path.ends_with(".yaml") || path.ends_with(".yml")))
    {
        let text = tree.text(path, "a manifest", LONGEST)?.unwrap_or_default();
        if !text.contains(DEFINITION) {
            continue;
        }
        // a template is no YAML yet; a manifest that is none is told where it is searched
        for definition in document::read(&text).unwrap_or_default() {
            apis.extend(defined(&definition).into_iter().flatten());
        }
    }
    Ok(apis.into_iter().collect())
}

fn defined(document: &Value) -> Option<Vec<String>> {
    let spec = document.get("spec").filter(|_| document["kind"] == DEFINITION)?;
    let (group, kind) = (spec["group"].as_str()?, spec["names"]["kind"].as_str()?);
    let served = spec["versions"].as_array()?.iter().filter(|version| version["served"] != false);
    let names = served.filter_map(|version| version["name"].as_str());
    Some(names.flat_map(|name| [format!("{group}/{name}"), format!("{group}/{name}/{kind}")]).collect())
}
