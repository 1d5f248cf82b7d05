//! The build context: the folder that `COPY` and `APP` read from. Sources are looked up below it and never outside it;
//! symbolic links are kept as links, and only a link that a source names itself is followed, as Docker does.

mod entry;
mod ignore;
mod pattern;

pub(crate) use entry::{Found, Kind, children};
pub(crate) use pattern::name_pattern;

use crate::error::Error;
use entry::entry;
use ignore::Ignore;
use std::path::{Path, PathBuf};

/// A folder to read from.
#[derive(Debug)]
pub(crate) struct Context {
    /// Its real path.
    root: PathBuf,
    ignore: Ignore,
}

/// Why a source cannot be used, in words for the Kubefile's line.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// The source as such.
    Source {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The disk.
    Failed(Error),
}

impl From<Error> for Unusable {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Context {
    /// Opens a folder and reads its ignore file, if it has one.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let whole = Self::whole(folder)?;
        Ok(Self { ignore: Ignore::read(&whole.root)?, ..whole })
    }

    /// Opens a folder that is not the user's own: a file in it that would be an ignore file elsewhere is a file like others.
    pub(crate) fn whole(folder: &Path) -> Result<Self, Error> {
        let root = folder.canonicalize().map_err(|source| Error::read(folder, source))?;
        if !root.is_dir() {
            return Err(Error::NoFolder { path: root });
        }
        Ok(Self { root, ignore: Ignore::default() })
    }

    /// The context's real path.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The paths that a source means, relative to the context, sorted. A pattern may mean several.
    pub(crate) fn matches(&self, source: &str) -> Result<Vec<String>, Unusable> {
        let parts: Vec<&str> = source.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            return Err(Unusable::Source {
                message: format!("{source} leaves the build context"),
                hint: "only files of the context can be copied: build in a folder that holds them".into(),
            });
        }
        let found = if parts.iter().any(|part| pattern::is_pattern(part)) {
            pattern::matches(&self.root, &parts)?
        } else {
            vec![parts.join("/")]
        };
        let found: Vec<String> = found.into_iter().filter(|path| self.is_there(path)).collect();
        if found.is_empty() { Err(self.nothing(source)) } else { Ok(found) }
    }

    fn is_there(&self, path: &str) -> bool {
        self.root.join(path).symlink_metadata().is_ok() && !self.ignore.excludes(path)
    }

    fn nothing(&self, source: &str) -> Unusable {
        let hint = match self.ignore.file() {
            Some(file) => format!("paths are relative to {}; {file} leaves some out", self.root.display()),
            None => format!("paths are relative to the build context, {}", self.root.display()),
        };
        Unusable::Source { message: format!("{source}: no such file in the build context"), hint }
    }

    /// A path and everything below it, sorted by path. What the ignore file leaves out is left out.
    pub(crate) fn walk(&self, path: &str) -> Result<Vec<Found>, Unusable> {
        let start = self.inside(path)?;
        Ok(self.below(path, start)?)
    }

    /// Every path of the context but its own, sorted.
    pub(crate) fn everything(&self) -> Result<Vec<Found>, Error> {
        let mut found = self.below("", self.root.clone())?;
        found.retain(|each| !each.path.is_empty());
        Ok(found)
    }

    fn below(&self, path: &str, start: PathBuf) -> Result<Vec<Found>, Error> {
        let mut found = vec![entry(String::new(), &start)?];
        let mut open = vec![(start, String::new())];
        while let Some((folder, name)) = open.pop() {
            if !folder.is_dir() {
                continue;
            }
            for child in children(&folder)? {
                let below = joined(&name, &child);
                let excluded = self.ignore.excludes(&joined(path, &below));
                if excluded && !self.ignore.takes_back() {
                    continue;
                }
                let each = entry(below.clone(), &folder.join(&child))?;
                if each.kind == Kind::Folder {
                    open.push((folder.join(&child), below));
                }
                found.extend(Some(each).filter(|_| !excluded));
            }
        }
        found.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(found)
    }

    /// The real path of a source, which must be inside the context even where links lead elsewhere.
    fn inside(&self, path: &str) -> Result<PathBuf, Unusable> {
        let joined = self.root.join(path);
        let real = joined.canonicalize().map_err(|source| Error::read(&joined, source))?;
        if real.starts_with(&self.root) {
            return Ok(real);
        }
        Err(Unusable::Source {
            message: format!("{path} leads out of the build context, to {}", real.display()),
            hint: "copy the file itself into the context".into(),
        })
    }
}

/// `folder/name`, or the name alone at the top.
pub(crate) fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests;
