//! Files that two images bring in layers of their own, and not alike. What both have of one base is no conflict, however one of
//! them changed it.

use super::Conflict;
use crate::difference::layers::{FileKind, Files, LayerFiles, read};
use crate::error::Result;
use crate::store::Store;
use sealer_model::image::Descriptor;
use sealer_model::{Digest, Reference};
use std::collections::BTreeMap;
use std::path::Path;

/// Every image that asks for container images may bring such a list. Those of all images are carried, so nobody needs the lists.
const IMAGE_LIST: &str = "manifests/imageList";

/// The conflicts between stacks of layers that are to be laid over each other in this order.
pub(super) fn conflicts(store: &Store, stacks: &[(Reference, Vec<Descriptor>)]) -> Result<Vec<Conflict>> {
    let mut known = BTreeMap::new();
    let mut conflicts = Vec::new();
    for (place, (later, upper)) in stacks.iter().enumerate() {
        for (first, lower) in &stacks[..place] {
            let below = own(store, lower, upper, &mut known)?;
            let above = own(store, upper, lower, &mut known)?;
            let paths = between(&laid(&below, &known), &above.iter().map(|digest| &known[digest]).collect::<Vec<_>>());
            conflicts.extend(paths.into_iter().map(|path| Conflict {
                what: format!("file {path}"),
                first: first.clone(),
                later: later.clone(),
            }));
        }
    }
    Ok(conflicts)
}

/// The layers of one stack that the other does not have, read.
fn own(
    store: &Store,
    stack: &[Descriptor],
    other: &[Descriptor],
    known: &mut BTreeMap<Digest, LayerFiles>,
) -> Result<Vec<Digest>> {
    let mut own = Vec::new();
    for layer in stack.iter().filter(|layer| !other.iter().any(|shared| shared.digest == layer.digest)) {
        if !known.contains_key(&layer.digest) {
            known.insert(layer.digest.clone(), read(store, layer)?);
        }
        own.push(layer.digest.clone());
    }
    Ok(own)
}

fn laid(layers: &[Digest], known: &BTreeMap<Digest, LayerFiles>) -> Files {
    let mut files = Files::new();
    for digest in layers {
        known[digest].lay_over(&mut files);
    }
    files
}

/// The paths of `below` that layers laid over it would change.
fn between(below: &Files, above: &[&LayerFiles]) -> Vec<String> {
    let mut over = Files::new();
    above.iter().for_each(|layer| layer.lay_over(&mut over));
    let replaced = below.iter().filter(|(path, facts)| {
        let other = over.get(*path);
        let both_folders = other.is_some_and(|other| other.kind == FileKind::Folder && facts.kind == FileKind::Folder);
        let hidden = || above.iter().any(|layer| layer.hides(path));
        match other {
            Some(other) => !both_folders && other != *facts,
            None => hidden(),
        }
    });
    replaced
        .map(|(path, _)| path)
        .filter(|path| *path != Path::new(IMAGE_LIST))
        .map(|path| path.display().to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::difference::layers::tests::{file, folder, layer};

    #[test]
    fn what_would_change_below_is_named() {
        let mut below = Files::new();
        let base = [("a", folder()), ("a/b", file("1")), ("c", file("1")), ("manifests/imageList", file("x"))];
        layer(&base, &[], &[]).lay_over(&mut below);
        let cases = [
            (layer(&[], &[], &[]), vec![]),
            (layer(&[("d", file("1"))], &[], &[]), vec![]),
            (layer(&[("c", file("1"))], &[], &[]), vec![]),
            (layer(&[("c", file("2"))], &[], &[]), vec!["c"]),
            (layer(&[("a", folder())], &[], &[]), vec![]),
            (layer(&[("a", file("2"))], &[], &[]), vec!["a", "a/b"]),
            (layer(&[], &["c"], &[]), vec!["c"]),
            (layer(&[], &["a"], &[]), vec!["a", "a/b"]),
            (layer(&[], &[], &["a"]), vec!["a/b"]),
            (layer(&[("c", file("1"))], &["c"], &[]), vec![]),
            (layer(&[("manifests/imageList", file("y"))], &[], &[]), vec![]),
        ];
        for (above, expected) in cases {
            assert_eq!(between(&below, &[&above]), expected, "{above:?}");
        }
    }
}
