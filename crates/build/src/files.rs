//! Which files of the context a `COPY` or `APP` puts where in the rootfs, by Docker's rules: a folder's content goes into the
//! destination, a file goes into a destination that is a folder and otherwise becomes it.

use crate::context::{Found, Kind, Unusable, joined};
use crate::origins::Origins;
use crate::recipe::{CopySource, CopyStep, Origin};
use sealer_model::kubefile::Mistake;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What one instruction adds to the rootfs: paths without a leading slash, in the order in which a layer has them.
pub(crate) type Files = BTreeMap<String, Entry>;

/// One path of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What it is.
    pub(crate) kind: Kind,
    /// Permission bits.
    pub(crate) mode: u32,
    /// User and group.
    pub(crate) owner: (u64, u64),
}

/// The folders of a rootfs as far as they are known, to tell `COPY a.yaml etc` from `COPY a.yaml etc/name`.
#[derive(Debug)]
pub(crate) struct Folders(BTreeSet<String>);

/// Every rootfs has these, whoever built the base image.
const WELL_KNOWN: [&str; 12] = [
    "application",
    "application/apps",
    "bin",
    "charts",
    "cri",
    "etc",
    "images",
    "manifests",
    "plugins",
    "registry",
    "scripts",
    "statics",
];

impl Default for Folders {
    fn default() -> Self {
        Self(WELL_KNOWN.into_iter().map(str::to_owned).collect())
    }
}

impl Folders {
    /// Takes in what a layer holds.
    pub(crate) fn add(&mut self, files: &Files) {
        for (path, entry) in files {
            if entry.kind == Kind::Folder {
                self.0.insert(path.clone());
            }
            self.0.extend(path.match_indices('/').map(|(end, _)| path[..end].to_owned()));
        }
    }
}

/// Everything a step copies.
pub(crate) fn files(origins: &Origins, step: &CopyStep, folders: &Folders) -> Result<Files, Wrong> {
    let mut files = Files::new();
    for source in &step.sources {
        let all = origins.find(source)?;
        let placing = Placing { step, source, several: all.len() > 1, folders };
        for (path, found) in all {
            placing.place(&path, found, &mut files)?;
        }
    }
    if step.sources.iter().any(|source| matches!(source.origin, Origin::Image(_) | Origin::Stage(_))) {
        name_again(&mut files);
    }
    check_names(step, &files)?;
    check_folders(step, &files)?;
    Ok(files)
}

/// What has several names in an image, as all programs of a busybox have, becomes one file with several names here, too.
fn name_again(files: &mut Files) {
    let mut first: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (path, entry) in files {
        let Kind::File { source, .. } = &entry.kind else { continue };
        match first.get(source) {
            Some(target) => entry.kind = Kind::Same { target: target.clone() },
            None => drop(first.insert(source.clone(), path.clone())),
        }
    }
}

/// What stops a step: a mistake to show in the Kubefile, or the disk.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// A mistake.
    Mistake(Mistake),
    /// A failure.
    Failed(crate::Error),
}

impl Wrong {
    pub(crate) fn at(source: &CopySource, unusable: Unusable) -> Self {
        match unusable {
            Unusable::Failed(error) => Self::Failed(error),
            Unusable::Source { message, hint } => Self::Mistake(Mistake::new(source.position, message).hint(hint)),
        }
    }
}

/// Where what one source means shall go.
struct Placing<'a> {
    step: &'a CopyStep,
    source: &'a CopySource,
    several: bool,
    folders: &'a Folders,
}

impl Placing<'_> {
    fn place(&self, path: &str, found: Vec<Found>, files: &mut Files) -> Result<(), Wrong> {
        let is_folder = found.first().is_some_and(|first| first.kind == Kind::Folder);
        let target = if is_folder { self.folder().to_owned() } else { self.file_target(path)? };
        for each in found {
            let place = if each.path.is_empty() { target.clone() } else { joined(&target, &each.path) };
            if place.is_empty() {
                continue;
            }
            let is_link = matches!(each.kind, Kind::Link { .. });
            let mode = self.step.mode.filter(|_| !is_link).unwrap_or(each.mode);
            let owner = self.step.owner.unwrap_or(each.owner);
            files.insert(place, Entry { kind: each.kind, mode, owner });
        }
        Ok(())
    }

    /// The destination as the path of a folder.
    fn folder(&self) -> &str {
        self.step.destination.trim_end_matches('/')
    }

    fn file_target(&self, path: &str) -> Result<String, Wrong> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let destination = &self.step.destination;
        if destination.ends_with('/') || self.folders.0.contains(destination) {
            return Ok(joined(self.folder(), name));
        }
        if self.several {
            let message = format!("{} means several files, so the destination must be a folder", self.source.text);
            let hint = format!("end it with a slash: {destination}/");
            return Err(Wrong::Mistake(Mistake::new(self.step.position, message).hint(hint)));
        }
        Ok(destination.clone())
    }
}

/// In a layer, a name with this prefix deletes what has the rest of the name in earlier layers.
pub(crate) const WHITEOUT: &str = ".wh.";
/// In a layer, a file of this name hides everything that earlier layers have in its folder.
pub(crate) const OPAQUE: &str = ".wh..wh..opq";

fn check_names(step: &CopyStep, files: &Files) -> Result<(), Wrong> {
    let deletes = |path: &&String| path.split('/').any(|part| part.starts_with(WHITEOUT));
    match files.keys().find(deletes) {
        None => Ok(()),
        Some(path) => {
            let message = format!("{path}: in a layer, a name that begins with .wh. means a deletion");
            Err(Wrong::Mistake(Mistake::new(step.position, message).hint("give the file another name")))
        }
    }
}

/// A layer in which `a` is a file and `a/b` exists could not be unpacked.
fn check_folders(step: &CopyStep, files: &Files) -> Result<(), Wrong> {
    for path in files.keys() {
        for (end, _) in path.match_indices('/') {
            let above = &path[..end];
            if files.get(above).is_some_and(|entry| entry.kind != Kind::Folder) {
                let message = format!("{above} would be both a file and a folder, for {path}");
                return Err(Wrong::Mistake(Mistake::new(step.position, message)));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
