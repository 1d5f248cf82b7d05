//! The files of a rootfs as one tree, wherever their bytes lie now: paths relative to the root, looked up and read within bounds.

use crate::context::Kind;
use crate::error::Error;
use crate::files::Files;
use std::path::Path;

/// Files to look through.
#[derive(Clone, Copy)]
pub(crate) struct Tree<'a>(pub(crate) &'a Files);

impl<'a> Tree<'a> {
    /// Where the bytes of a file are, and how many.
    pub(crate) fn file(self, path: &str) -> Option<(&'a Path, u64)> {
        let kind = |path: &str| self.0.get(path).map(|entry| &entry.kind);
        let file = match kind(path)? {
            Kind::Same { target } => kind(target)?,
            itself => itself,
        };
        match file {
            Kind::File { source, size } => Some((source, *size)),
            Kind::Folder | Kind::Link { .. } | Kind::Same { .. } | Kind::Removal => None,
        }
    }

    /// The text of a file that is there.
    pub(crate) fn text(self, path: &str, what: &'static str, limit: u64) -> Result<Option<String>, Error> {
        self.file(path).map(|(source, size)| crate::read_text(source, size, what, limit)).transpose()
    }

    /// Every file below a folder, by its path relative to that.
    pub(crate) fn below(self, folder: &str) -> impl Iterator<Item = &'a str> {
        self.files().filter_map(move |path| path.strip_prefix(folder)?.strip_prefix('/'))
    }

    /// Every file, in the order of the paths.
    pub(crate) fn files(self) -> impl Iterator<Item = &'a str> {
        let is_file = |kind: &Kind| matches!(kind, Kind::File { .. } | Kind::Same { .. });
        self.0.iter().filter(move |(_, entry)| is_file(&entry.kind)).map(|(path, _)| path.as_str())
    }

    /// Whether anything lies below a folder.
    pub(crate) fn has_folder(self, folder: &str) -> bool {
        let start = format!("{folder}/");
        self.0.range(start.clone()..).next().is_some_and(|(path, _)| path.starts_with(&start))
    }
}

/// `path` as seen from `folder`, with `.` and `..` carried out; `None` where it leaves the rootfs.
pub(crate) fn resolved(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { folder };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a path lies below a folder.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The folder that a path lies in.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_and_stay_in_the_rootfs() {
        assert_eq!(resolved("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(resolved("a", "/x").as_deref(), Some("x"));
        assert_eq!(resolved("a", "../../x"), None);
        assert_eq!(resolved("", "").as_deref(), Some(""));
    }
}
