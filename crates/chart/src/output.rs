//! What `helm template` prints of a release, and which files it writes.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::manifests::{Manifests, split};
use crate::pattern::Pattern;
use crate::rendered::Rendered;

/// What of a release is shown.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Custom resource definitions of `crds/`, too.
    pub crds: bool,
    /// No hooks.
    pub no_hooks: bool,
    /// No hooks that are tests.
    pub no_tests: bool,
    /// Only the templates whose paths, from the chart's folder, fit one of these patterns; all where there are none.
    pub only: Vec<String>,
}

/// The documents as one text.
///
/// # Errors
/// A pattern of `only` fits nothing.
pub fn text(rendered: &Rendered, manifests: &Manifests, selection: &Selection) -> Result<String> {
    let mut out = resources(rendered, manifests, selection).trim().to_owned();
    out.push('\n');
    for (path, text) in hooks(manifests, selection) {
        out.push_str(&document(path, text));
    }
    if selection.only.is_empty() { Ok(out) } else { only(&out, &selection.only) }
}

/// The documents by the files that they are written to.
pub fn files(rendered: &Rendered, manifests: &Manifests, selection: &Selection) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let crds = rendered.crds.iter().filter(|_| selection.crds).map(|(path, text)| (path.as_str(), text.as_str()));
    let resources = manifests.resources.iter().map(|manifest| (manifest.path.as_str(), manifest.text.as_str()));
    for (path, text) in crds.chain(resources).chain(hooks(manifests, selection)) {
        files.entry(path.to_owned()).or_default().push_str(&document(path, text));
    }
    files
}

fn resources(rendered: &Rendered, manifests: &Manifests, selection: &Selection) -> String {
    let mut out = String::new();
    for (path, text) in rendered.crds.iter().filter(|_| selection.crds) {
        out.push_str(&document(path, text));
    }
    for manifest in &manifests.resources {
        out.push_str(&document(&manifest.path, &manifest.text));
    }
    out
}

fn hooks<'a>(manifests: &'a Manifests, selection: &'a Selection) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_test = |hook: Option<&crate::manifests::Hook>| hook.is_some_and(crate::manifests::Hook::is_test);
    let all = manifests.hooks.iter().filter(|_| !selection.no_hooks);
    let wanted = all.filter(move |manifest| !(selection.no_tests && is_test(manifest.hook.as_ref())));
    wanted.map(|manifest| (manifest.path.as_str(), manifest.text.as_str()))
}

fn document(path: &str, text: &str) -> String {
    format!("---\n# Source: {path}\n{text}\n")
}

fn only(all: &str, patterns: &[String]) -> Result<String> {
    let documents = split(all);
    let mut out = String::new();
    for wanted in patterns {
        let pattern = Pattern::parse(wanted).ok_or_else(|| Error::NoSuchTemplate(wanted.clone()))?;
        let fits = |document: &&&str| source(document).is_some_and(|path| pattern.matches(path));
        let before = out.len();
        for document in documents.iter().filter(fits) {
            out.push_str(&format!("---\n{document}\n"));
        }
        if out.len() == before {
            return Err(Error::NoSuchTemplate(wanted.clone()));
        }
    }
    Ok(out)
}

/// The template that a document says it is from, without the chart's name.
fn source(document: &str) -> Option<&str> {
    let path = document.lines().find_map(|line| line.strip_prefix("# Source: "))?;
    path.split_once('/').map(|(_, path)| path)
}
