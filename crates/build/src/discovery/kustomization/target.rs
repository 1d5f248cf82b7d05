//! Which resources a patch means.

use super::Resource;
use super::manifest::Target;
use serde_json::Value;

impl Target {
    /// Whether the target means a resource. Names may be patterns, as in `web-.*`.
    pub(super) fn selects(&self, resource: &Resource) -> bool {
        let version = resource.value["apiVersion"].as_str().unwrap_or_default();
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let kind = resource.value["kind"].as_str().unwrap_or_default();
        is(self.group.as_deref(), group)
            && is(self.version.as_deref(), version)
            && is(self.kind.as_deref(), kind)
            && resource.names.iter().any(|name| is(self.name.as_deref(), name))
            && has(self.label_selector.as_deref(), &resource.value["metadata"]["labels"])
            && has(self.annotation_selector.as_deref(), &resource.value["metadata"]["annotations"])
    }

    /// The target that a strategic merge patch names itself.
    pub(super) fn of(patch: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let version = patch["apiVersion"].as_str().map(|version| version.split_once('/').unwrap_or(("", version)));
        Self {
            group: version.map(|(group, _)| group.to_owned()).filter(|group| !group.is_empty()),
            version: version.map(|(_, version)| version.to_owned()),
            kind: text(&patch["kind"]),
            name: text(&patch["metadata"]["name"]),
            ..Self::default()
        }
    }
}

fn is(wanted: Option<&str>, value: &str) -> bool {
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else { return true };
    let wanted = wanted.strip_prefix('^').unwrap_or(wanted);
    let wanted = wanted.strip_suffix('$').unwrap_or(wanted);
    wanted.trim_matches(['(', ')']).split('|').any(|pattern| matches(pattern, value))
}

/// A pattern in which only `.*` means something, which is what targets use.
fn matches(pattern: &str, value: &str) -> bool {
    match pattern.split_once(".*") {
        None => pattern == value,
        Some((start, rest)) => value.strip_prefix(start).is_some_and(|value| {
            let ends = value.char_indices().map(|(end, _)| end).chain([value.len()]);
            ends.into_iter().any(|end| matches(rest, &value[end..]))
        }),
    }
}

/// `a=b,c`: labels that must be there. Other operators narrow a selection down; without them more is patched, never less.
fn has(selector: Option<&str>, labels: &Value) -> bool {
    let terms = selector.unwrap_or_default().split(',').map(str::trim).filter(|term| !term.is_empty());
    terms.into_iter().all(|term| match term.split_once('=') {
        Some((key, _)) if key.ends_with('!') => true,
        Some((key, value)) => labels[key.trim()].as_str() == Some(value.trim_start_matches('=').trim()),
        None if term.contains([' ', '!']) => true,
        None => !labels[term].is_null(),
    })
}
