//! Kustomizations, as far as they decide about images: resources, bases, components, generators, patches and the `images`
//! transformer are carried out as `kubectl apply -k` does, so that what is found is what the overlay runs, and not what its base
//! would.

mod generators;
mod images;
mod json_patch;
mod manifest;
mod merge;
mod patches;
mod target;

use super::document;
use super::tree::{Tree, folder_of, resolved};
use manifest::Kustomization;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a kustomization may be called.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Bases of bases: nobody nests them deeper, and one that names itself ends here.
const DEEPEST: usize = 24;

/// Resources of the largest result; an overlay that names a base many times over would fill memory.
const MOST: usize = 50_000;

/// One document on its way through kustomizations.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// The document as it is now.
    pub(super) value: Value,
    /// The file that it came from.
    pub(super) file: String,
    /// Every name it has had, the first first: patches may mean any.
    names: Vec<String>,
}

impl Resource {
    fn new(value: Value, file: &str) -> Self {
        let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        Self { value, file: file.to_owned(), names: vec![name] }
    }
}

/// Why a kustomization cannot be carried out here: the file and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) file: String,
    pub(super) reason: String,
}

/// The kustomizations of a rootfs.
pub(super) struct Kustomizations<'a> {
    tree: Tree<'a>,
    /// The folder of each with its file.
    files: BTreeMap<&'a str, &'a str>,
}

impl<'a> Kustomizations<'a> {
    pub(super) fn of(tree: Tree<'a>) -> Self {
        let is_one = |path: &&str| NAMES.contains(&path.rsplit('/').next().unwrap_or(path));
        Self { tree, files: tree.files().filter(is_one).map(|path| (folder_of(path), path)).collect() }
    }

    /// The file of the kustomization in a folder.
    pub(super) fn file(&self, folder: &str) -> Option<&'a str> {
        self.files.get(folder).copied()
    }

    /// The folders of all kustomizations.
    pub(super) fn folders(&self) -> impl Iterator<Item = &'a str> {
        self.files.keys().copied()
    }

    /// Folders of kustomizations that no other one uses.
    pub(super) fn roots(&self) -> Vec<&'a str> {
        let used: BTreeSet<String> = self.files.keys().flat_map(|folder| self.uses(folder)).collect();
        self.files.keys().filter(|folder| !used.contains(**folder)).copied().collect()
    }

    /// Every path that the kustomization of a folder names, its own file included.
    pub(super) fn uses(&self, folder: &str) -> Vec<String> {
        let Some(file) = self.file(folder) else { return Vec::new() };
        let Ok(kustomization) = self.read(file) else { return vec![file.to_owned()] };
        let paths = kustomization.paths();
        let inside = paths.iter().filter_map(|path| resolved(folder, path)).filter(|path| path != folder);
        inside.chain([file.to_owned()]).collect()
    }

    /// The documents that `kubectl apply -k` of a folder would send.
    pub(super) fn build(&self, folder: &str) -> Result<Vec<Resource>, Problem> {
        let mut resources = Vec::new();
        self.accumulate(folder, &mut resources, DEEPEST)?;
        Ok(resources)
    }

    /// Adds what a kustomization makes to what is there; a component changes what is there, too.
    fn accumulate(&self, folder: &str, all: &mut Vec<Resource>, depth: usize) -> Result<(), Problem> {
        let file = self.file(folder).ok_or_else(|| Problem {
            file: folder.to_owned(),
            reason: "there is no kustomization in this folder".to_owned(),
        })?;
        let problem = |reason: String| Problem { file: file.to_owned(), reason };
        if depth == 0 || all.len() > MOST {
            return Err(problem("bases are nested too deeply, or one names itself".to_owned()));
        }
        let kustomization = self.read(file)?;
        kustomization.check().map_err(problem)?;
        let mut own = if kustomization.is_component() { std::mem::take(all) } else { Vec::new() };
        for path in kustomization.sources() {
            self.source(file, folder, path, &mut own, depth)?;
        }
        for path in &kustomization.components {
            let path = self.inside(file, folder, path)?;
            self.accumulate(&path, &mut own, depth - 1)?;
        }
        own.extend(generators::made(self.tree, file, &kustomization)?);
        patches::apply(self.tree, file, &kustomization, &mut own)?;
        kustomization.rename(&mut own);
        let fields = self.image_fields(file, folder, &kustomization)?;
        images::apply(&kustomization.images, &fields, &mut own);
        all.extend(own);
        Ok(())
    }

    /// The places of images beside those in containers, which its configurations name.
    fn image_fields(
        &self,
        file: &str,
        folder: &str,
        kustomization: &Kustomization,
    ) -> Result<Vec<images::Field>, Problem> {
        let mut fields = Vec::new();
        for path in &kustomization.configurations {
            let place = self.inside(file, folder, path)?;
            for value in documents(self.tree, file, &place)? {
                let read = images::fields(&value).map_err(|reason| Problem { file: place.clone(), reason })?;
                fields.extend(read);
            }
        }
        Ok(fields)
    }

    /// A resource: a file, or the folder of another kustomization.
    fn source(
        &self,
        file: &str,
        folder: &str,
        path: &str,
        own: &mut Vec<Resource>,
        depth: usize,
    ) -> Result<(), Problem> {
        let place = self.inside(file, folder, path)?;
        if self.file(&place).is_some() {
            let mut below = Vec::new();
            self.accumulate(&place, &mut below, depth - 1)?;
            own.append(&mut below);
            return Ok(());
        }
        for value in documents(self.tree, file, &place)? {
            let items =
                value["items"].as_array().filter(|_| value["kind"].as_str().is_some_and(|it| it.ends_with("List")));
            match items {
                Some(items) => own.extend(items.iter().map(|item| Resource::new(item.clone(), &place))),
                None => own.push(Resource::new(value, &place)),
            }
        }
        Ok(())
    }

    fn inside(&self, file: &str, folder: &str, path: &str) -> Result<String, Problem> {
        let problem = |reason: String| Problem { file: file.to_owned(), reason };
        if path.contains("://") || path.starts_with("git@") || path.starts_with("github.com/") {
            return Err(problem(format!(
                "{path} is not in the image, and a closed site cannot fetch it: copy it here"
            )));
        }
        resolved(folder, path).ok_or_else(|| problem(format!("{path} leads out of the rootfs")))
    }

    fn read(&self, file: &str) -> Result<Kustomization, Problem> {
        let problem = |reason: String| Problem { file: file.to_owned(), reason };
        let mut documents = documents(self.tree, file, file)?;
        let document = if documents.is_empty() { Value::Null } else { documents.swap_remove(0) };
        Kustomization::read(document).map_err(problem)
    }
}

/// The documents of a file that a kustomization names.
fn documents(tree: Tree<'_>, file: &str, path: &str) -> Result<Vec<Value>, Problem> {
    let text = text(tree, file, path)?;
    let documents = document::read(&text)
        .map_err(|reason| Problem { file: path.to_owned(), reason: format!("is neither YAML nor JSON: {reason}") })?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// The text of a file that a kustomization names.
fn text(tree: Tree<'_>, file: &str, path: &str) -> Result<String, Problem> {
    let problem = |reason: String| Problem { file: file.to_owned(), reason };
    match tree.text(path, "a file of a kustomization", document::LONGEST) {
        Ok(Some(text)) => Ok(text),
        Ok(None) if tree.has_folder(path) => Err(problem(format!("there is no kustomization in {path}"))),
        Ok(None) => Err(problem(format!("{path} is not in the rootfs"))),
        Err(error) => Err(problem(error.to_string())),
    }
}

#[cfg(test)]
mod tests;
