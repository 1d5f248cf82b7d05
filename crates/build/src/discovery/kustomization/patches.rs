//! The patches of a kustomization: in files or in place, merges or lists of operations.

use super::json_patch;
use super::manifest::{Kustomization, Patch, Target};
use super::merge::merge;
use super::{Problem, Resource, text};
use crate::discovery::document;
use crate::discovery::tree::{Tree, folder_of, resolved};
use serde_json::Value;

/// Applies all patches, in the order in which kustomize does.
pub(super) fn apply(
    tree: Tree<'_>,
    file: &str,
    kustomization: &Kustomization,
    resources: &mut Vec<Resource>,
) -> Result<(), Problem> {
    let merges = kustomization.patches_strategic_merge.iter().map(|named| Patch {
        path: (!named.contains('\n')).then(|| named.clone()),
        patch: named.contains('\n').then(|| named.clone()),
        target: None,
    });
    let patches: Vec<Patch> = merges.chain(kustomization.patches.clone()).collect();
    for patch in patches.iter().chain(&kustomization.patches_json6902) {
        one(tree, file, patch, resources)?;
    }
    Ok(())
}

fn one(tree: Tree<'_>, file: &str, patch: &Patch, resources: &mut Vec<Resource>) -> Result<(), Problem> {
    let problem = |reason: String| Problem { file: file.to_owned(), reason };
    let what = patch.path.as_deref().unwrap_or("a patch");
    let written = match (&patch.patch, &patch.path) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => {
            let place = resolved(folder_of(file), path);
            text(tree, file, &place.ok_or_else(|| problem(format!("{path} leads out of the rootfs")))?)?
        }
        (None, None) => return Err(problem("a patch has neither path nor patch".to_owned())),
    };
    let documents = document::read(&written).map_err(|reason| problem(format!("{what} is no YAML: {reason}")))?;
    for document in documents.into_iter().filter(|document| !document.is_null()) {
        if document.is_array() {
            let target = patch.target.as_ref();
            let target = target.ok_or_else(|| problem(format!("{what} is a list of operations without a target")))?;
            operations(&document, target, resources).map_err(|reason| problem(format!("{what}: {reason}")))?;
        } else {
            strategic(document, patch.target.as_ref(), resources);
        }
    }
    Ok(())
}

fn operations(operations: &Value, target: &Target, resources: &mut [Resource]) -> Result<(), String> {
    for resource in resources.iter_mut().filter(|resource| target.selects(resource)) {
        json_patch::apply(operations, &mut resource.value)?;
    }
    Ok(())
}

fn strategic(patch: Value, target: Option<&Target>, resources: &mut Vec<Resource>) {
    let own = Target::of(&patch);
    let target = target.unwrap_or(&own);
    if patch["$patch"] == "delete" {
        resources.retain(|resource| !target.selects(resource));
        return;
    }
    for resource in resources.iter_mut().filter(|resource| target.selects(resource)) {
        merge(&mut resource.value, patch.clone());
    }
}
