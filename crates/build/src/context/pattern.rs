//! Paths that a pattern of `COPY` means. Folders are read only as far as the pattern's parts ask for.

use super::{Unusable, children, joined};
use globset::{GlobBuilder, GlobMatcher};
use std::path::Path;

/// Whether a part of a path is more than a name.
pub(super) fn is_pattern(part: &str) -> bool {
    part.contains(['*', '?', '['])
}

/// The names that a part of a path means, if it is more than a name.
pub(crate) fn name_pattern(part: &str) -> Result<Option<GlobMatcher>, Unusable> {
    is_pattern(part).then(|| compiled(part)).transpose()
}

fn compiled(part: &str) -> Result<GlobMatcher, Unusable> {
    let glob = GlobBuilder::new(part).literal_separator(true).backslash_escape(true).build();
    let glob = glob.map_err(|error| Unusable::Source {
        message: format!("\"{part}\" is not a pattern: {}", error.kind()),
        hint: "the wildcards are * ? and [a-z]".into(),
    })?;
    Ok(glob.compile_matcher())
}

/// Every path below `root` that the parts mean, sorted.
pub(super) fn matches(root: &Path, parts: &[&str]) -> Result<Vec<String>, Unusable> {
    let mut found = vec![String::new()];
    for part in parts {
        let mut next = Vec::new();
        for folder in &found {
            step(root, folder, part, &mut next)?;
        }
        next.sort();
        next.dedup();
        found = next;
    }
    Ok(found)
}

fn step(root: &Path, folder: &str, part: &str, next: &mut Vec<String>) -> Result<(), Unusable> {
    let real = root.join(folder);
    if !is_pattern(part) {
        next.push(joined(folder, part));
        return Ok(());
    }
    if !real.is_dir() || real.is_symlink() {
        return Ok(());
    }
    let any_depth = part == "**";
    if any_depth {
        next.push(folder.to_owned());
    }
    let matcher = compiled(part)?;
    for child in children(&real)? {
        if any_depth {
            step(root, &joined(folder, &child), part, next)?;
        } else if matcher.is_match(&child) {
            next.push(joined(folder, &child));
        }
    }
    Ok(())
}
