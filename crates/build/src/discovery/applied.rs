//! The files that commands send to the cluster, wherever in the rootfs they lie.

use super::Discovered;
use super::commands::Command;
use super::tree::{Tree, folder_of, is_below};
use std::collections::BTreeSet;

/// Endings that `kubectl` takes out of a folder.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// Every file that `kubectl apply -f` and its like are given. What is not in the rootfs is told.
pub(super) fn files(tree: Tree<'_>, commands: &[Command], discovered: &mut Discovered) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for command in commands {
        let (paths, recursive) = command.manifests();
        for path in paths {
            if path.contains("://") {
                let reason =
                    format!("kubectl applies {path}, which a closed site cannot fetch: copy it into the image");
                discovered.unsearched(&command.file(), reason);
                continue;
            }
            let found = command.path(path).map(|path| named(tree, &path, recursive)).unwrap_or_default();
            if found.is_empty() {
                let file = command.file();
                discovered.warnings.push(format!("{file}: kubectl applies {path}, which is not in the image"));
            }
            files.extend(found);
        }
    }
    files
}

/// The files that a path means: itself, what a folder holds, or what fits its `*`.
fn named(tree: Tree<'_>, path: &str, recursive: bool) -> Vec<String> {
    if tree.file(path).is_some() {
        return vec![path.to_owned()];
    }
    let is_manifest = |file: &&str| ENDINGS.iter().any(|ending| file.ends_with(ending));
    let is_meant = |file: &&str| match path.rsplit('/').next().and_then(|name| name.split_once('*')) {
        Some((start, end)) if folder_of(file) == folder_of(path) => {
            let name = file.rsplit('/').next().unwrap_or(file);
            name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end))
        }
        Some(_) => false,
        None => is_manifest(file) && (folder_of(file) == path || recursive && is_below(file, path)),
    };
    tree.files().filter(is_meant).map(str::to_owned).collect()
}
