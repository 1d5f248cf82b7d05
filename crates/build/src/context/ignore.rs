//! `.kubeignore`, or else `.dockerignore`: patterns of paths that are not part of the context. A line that begins with `!`
//! takes paths back in; the last line that speaks of a path decides.

use crate::error::Error;
use globset::{GlobBuilder, GlobMatcher};
use std::path::Path;

/// The rules of one file.
#[derive(Debug, Default)]
pub(super) struct Ignore {
    file: Option<&'static str>,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: GlobMatcher,
    excludes: bool,
}

const FILES: [&str; 2] = [".kubeignore", ".dockerignore"];

impl Ignore {
    /// The rules of a context.
    pub(super) fn read(root: &Path) -> Result<Self, Error> {
        for file in FILES {
            let path = root.join(file);
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    return Ok(Self { file: Some(file), rules: rules(&path, &text)? });
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::read(&path, error)),
            }
        }
        Ok(Self::default())
    }

    /// The file that the rules are from.
    pub(super) fn file(&self) -> Option<&'static str> {
        self.file
    }

    /// Whether something inside a folder that is left out may be taken back in.
    pub(super) fn takes_back(&self) -> bool {
        self.rules.iter().any(|rule| !rule.excludes)
    }

    /// Whether a path, or a folder that it is in, is left out.
    pub(super) fn excludes(&self, path: &str) -> bool {
        let speaks = |rule: &&Rule| above(path).any(|part| rule.pattern.is_match(part));
        self.rules.iter().rev().find(speaks).is_some_and(|rule| rule.excludes)
    }
}

/// The path itself and every folder above it.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end]).chain(std::iter::once(path))
}

fn rules(file: &Path, text: &str) -> Result<Vec<Rule>, Error> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (excludes, pattern) = match line.strip_prefix('!') {
                Some(pattern) => (false, pattern),
                None => (true, line),
            };
            let pattern = pattern.trim_start_matches("./").trim_matches('/');
            let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
            let glob = glob.map_err(|source| Error::Pattern { path: file.to_owned(), source })?;
            Ok(Rule { pattern: glob.compile_matcher(), excludes })
        })
        .collect()
}
