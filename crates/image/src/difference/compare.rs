//! The comparison itself: everything that two images say is put into maps by name, and maps are compared. Pure.

use super::contents::Contents;
use super::layers::Files;
use super::{ApplicationChange, Change, Difference, FileFacts, ImageFacts, Kind, Moved, RootfsDifference};
use sealer_model::Reference;
use sealer_model::bundle::VERSION_LABEL;
use sealer_model::image::{Application, CatalogEntry, Extension, ImageType};
use std::collections::{BTreeMap, BTreeSet};

/// Compares what two images say.
pub(super) fn compare(from: &Contents, to: &Contents) -> Difference {
    let rootfs = rootfs(&from.files, &to.files);
    Difference {
        from: from.side.clone(),
        to: to.side.clone(),
        settings: changes(&settings(from), &settings(to)),
        applications: applications(&from.extension, &to.extension, &rootfs),
        container_images: container_images(&from.container_images, &to.container_images),
        rootfs,
        bytes: moved(from, to),
    }
}

/// What is in one map and not, or not so, in the other; in order of name.
fn changes<T: Clone + PartialEq>(from: &BTreeMap<String, T>, to: &BTreeMap<String, T>) -> Vec<Change<T>> {
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    names.into_iter().filter_map(|name| change(name, from.get(name), to.get(name))).collect()
}

fn change<T: Clone + PartialEq>(name: &str, from: Option<&T>, to: Option<&T>) -> Option<Change<T>> {
    let change = match (from, to) {
        (None, Some(_)) => Kind::Added,
        (Some(_), None) => Kind::Removed,
        (Some(from), Some(to)) if from != to => Kind::Changed,
        _ => return None,
    };
    Some(Change { name: name.to_owned(), change, from: from.cloned(), to: to.cloned() })
}

fn settings(contents: &Contents) -> BTreeMap<String, String> {
    let extension = &contents.extension;
    let image_type = match extension.image_type {
        ImageType::KubeInstaller => "kube-installer",
        ImageType::AppInstaller => "app-installer",
    };
    let mut settings = BTreeMap::from([("type".to_owned(), image_type.to_owned())]);
    let platforms = contents.layers.keys().map(|platform| (format!("platform {platform}"), "present".to_owned()));
    settings.extend(platforms);
    for (label, value) in &extension.labels {
        let name = if label == VERSION_LABEL { "kubernetes version".to_owned() } else { format!("label {label}") };
        settings.insert(name, value.clone());
    }
    for program in &contents.programs {
        let told = format!("{} {}", program.version, program.digest.short());
        settings.insert(format!("program {}", program.platform), told);
    }
    settings.extend(extension.env.iter().map(|(name, value)| (format!("env {name}"), value.clone())));
    let launch =
        [("launch commands", &extension.launch.cmds), ("launch applications", &extension.launch.application_names)];
    for (name, words) in launch.into_iter().filter(|(_, words)| !words.is_empty()) {
        settings.insert(name.to_owned(), words.join(", "));
    }
    settings
}

/// Where the files of applications are, below the rootfs.
const APPLICATIONS: &str = "application/apps";

fn applications(from: &Extension, to: &Extension, rootfs: &[RootfsDifference]) -> Vec<ApplicationChange> {
    let by_name = |extension: &Extension| -> BTreeMap<String, Application> {
        extension.applications.iter().map(|application| (application.name.clone(), application.clone())).collect()
    };
    let (from, to) = (by_name(from), by_name(to));
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let with_files = names.into_iter().filter_map(|name| {
        let files = changed_files(name, rootfs);
        let (before, after) = (from.get(name), to.get(name));
        let only_files = || {
            let (name, change) = (name.clone(), Kind::Changed);
            (files > 0).then(|| Change { name, change, from: before.cloned(), to: after.cloned() })
        };
        let definition = change(name, before, after).or_else(only_files)?;
        Some(ApplicationChange { definition, files })
    });
    with_files.collect()
}

fn changed_files(application: &str, rootfs: &[RootfsDifference]) -> usize {
    let folder = format!("{APPLICATIONS}/{application}/");
    rootfs.iter().flat_map(|rootfs| &rootfs.files).filter(|file| file.name.starts_with(&folder)).count()
}

/// Where each image has one version of a repository, that version changed; else every name stands for itself.
fn container_images(from: &[CatalogEntry], to: &[CatalogEntry]) -> Vec<Change<ImageFacts>> {
    let (versions_before, versions_after) = (versions(from), versions(to));
    let alone = |entry: &CatalogEntry| {
        let place = place(entry);
        [&versions_before, &versions_after]
            .iter()
            .all(|versions| versions.get(&place).is_none_or(|names| names.len() < 2))
    };
    let by_name = |entries: &[CatalogEntry]| -> BTreeMap<String, ImageFacts> {
        let named = entries.iter().map(|entry| {
            let (repository, platform) = place(entry);
            let name = if alone(entry) { repository } else { entry.name.to_string() };
            let facts = ImageFacts { name: entry.name.clone(), digest: entry.digest.clone() };
            (format!("{name} {platform}"), facts)
        });
        named.collect()
    };
    changes(&by_name(from), &by_name(to))
}

fn place(entry: &CatalogEntry) -> (String, String) {
    (entry.name.repository(), entry.platform.to_string())
}

fn versions(entries: &[CatalogEntry]) -> BTreeMap<(String, String), BTreeSet<&Reference>> {
    let mut versions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for entry in entries {
        versions.entry(place(entry)).or_default().insert(&entry.name);
    }
    versions
}

fn rootfs(from: &BTreeMap<String, Files>, to: &BTreeMap<String, Files>) -> Vec<RootfsDifference> {
    let both = from.iter().filter_map(|(platform, files)| Some((platform, files, to.get(platform)?)));
    let compared = both.map(|(platform, from, to)| {
        let files = changes(&by_path(from), &by_path(to));
        RootfsDifference { platform: platform.clone(), files }
    });
    compared.collect()
}

fn by_path(files: &Files) -> BTreeMap<String, FileFacts> {
    files.iter().map(|(path, facts)| (path.to_string_lossy().into_owned(), facts.clone())).collect()
}

fn moved(from: &Contents, to: &Contents) -> Moved {
    to.blobs.iter().fold(Moved::default(), |mut moved, (digest, size)| {
        if from.blobs.contains_key(digest) {
            moved.shared = moved.shared.saturating_add(*size);
        } else {
            moved.blobs += 1;
            moved.bytes = moved.bytes.saturating_add(*size);
        }
        moved
    })
}

#[cfg(test)]
mod tests {
    use super::super::Side;
    use super::super::layers::tests::file;
    use super::*;
    use sealer_model::image::Launch;
    use sealer_model::{Digest, Platform};
    use std::path::PathBuf;

    fn contents() -> Contents {
        Contents {
            side: Side { name: "a:1".parse().unwrap(), digest: Digest::of(b"") },
            extension: Extension::default(),
            container_images: Vec::new(),
            programs: Vec::new(),
            layers: BTreeMap::new(),
            files: BTreeMap::new(),
            blobs: BTreeMap::new(),
        }
    }

    /// Names with what they have.
    type Pairs<'a> = &'a [(&'a str, &'a str)];

    fn map(pairs: Pairs<'_>) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn lines<T: Clone>(changes: &[Change<T>], told: impl Fn(T) -> String) -> Vec<String> {
        let mark = |kind| match kind {
            Kind::Added => '+',
            Kind::Removed => '-',
            Kind::Changed => '~',
        };
        let side = |side: &Option<T>| side.clone().map_or("none".to_owned(), &told);
        let line = |it: &Change<T>| format!("{} {}: {} -> {}", mark(it.change), it.name, side(&it.from), side(&it.to));
        changes.iter().map(line).collect()
    }

    #[test]
    fn what_came_went_or_changed_is_told_and_the_rest_is_not() {
        let cases: [(Pairs<'_>, Pairs<'_>, &[&str]); 5] = [
            (&[], &[], &[]),
            (&[("a", "1")], &[("a", "1")], &[]),
            (&[("a", "1")], &[("a", "2")], &["~ a: 1 -> 2"]),
            (&[("b", "1")], &[("a", "1")], &["+ a: none -> 1", "- b: 1 -> none"]),
            (
                &[("a", "1"), ("b", "1")],
                &[("b", "2"), ("c", "3")],
                &["- a: 1 -> none", "~ b: 1 -> 2", "+ c: none -> 3"],
            ),
        ];
        for (from, to, expected) in cases {
            assert_eq!(lines(&changes(&map(from), &map(to)), |it| it), expected);
        }
    }

    #[test]
    fn settings_are_told_by_the_words_that_people_use() {
        let (from, mut to) = (contents(), contents());
        to.extension.labels = map(&[(VERSION_LABEL, "v1.27.0"), ("team", "delivery")]);
        to.extension.env = map(&[("REGION", "north")]);
        to.extension.image_type = ImageType::AppInstaller;
        to.extension.launch = Launch { cmds: Vec::new(), application_names: vec!["web".into(), "cache".into()] };
        to.layers.insert("linux/arm64".into(), Vec::new());
        let found = compare(&from, &to);
        let expected = [
            "+ env REGION: none -> north",
            "+ kubernetes version: none -> v1.27.0",
            "+ label team: none -> delivery",
            "+ launch applications: none -> web, cache",
            "+ platform linux/arm64: none -> present",
            "~ type: kube-installer -> app-installer",
        ];
        assert_eq!(lines(&found.settings, |it| it), expected);
    }

    fn image(name: &str, content: &str) -> CatalogEntry {
        CatalogEntry {
            name: name.parse().unwrap(),
            digest: Digest::of(content.as_bytes()),
            original_index: None,
            platform: Platform::linux("amd64"),
            demands: Vec::new(),
        }
    }

    #[test]
    fn the_only_version_of_a_container_image_changes_and_of_several_each_is_told() {
        let cases: [(Pairs<'_>, Pairs<'_>, &[&str]); 5] = [
            (&[("r.io/a:1", "x")], &[("r.io/a:1", "x")], &[]),
            (&[("r.io/a:1", "x")], &[("r.io/a:2", "y")], &["~ r.io/a linux/amd64: r.io/a:1 -> r.io/a:2"]),
            (&[("r.io/a:1", "x")], &[("r.io/a:1", "y")], &["~ r.io/a linux/amd64: r.io/a:1 -> r.io/a:1"]),
            (&[], &[("r.io/a:1", "x")], &["+ r.io/a linux/amd64: none -> r.io/a:1"]),
            (
                &[("r.io/a:1", "x"), ("r.io/a:2", "y")],
                &[("r.io/a:2", "y"), ("r.io/a:3", "z")],
                &["- r.io/a:1 linux/amd64: r.io/a:1 -> none", "+ r.io/a:3 linux/amd64: none -> r.io/a:3"],
            ),
        ];
        for (from, to, expected) in cases {
            let entries = |side: Pairs<'_>| side.iter().map(|(name, content)| image(name, content)).collect::<Vec<_>>();
            let found = container_images(&entries(from), &entries(to));
            assert_eq!(lines(&found, |facts| facts.name.to_string()), expected);
        }
    }

    #[test]
    fn an_application_changes_by_its_definition_or_its_files() {
        let application = |name: &str, files: &[&str]| Application {
            name: name.into(),
            files: files.iter().map(|&file| file.to_owned()).collect(),
            ..Application::default()
        };
        let files = |files: &[(&str, &str)]| -> BTreeMap<String, Files> {
            let files = files.iter().map(|(path, content)| (PathBuf::from(path), file(content))).collect();
            BTreeMap::from([("linux/amd64".to_owned(), files)])
        };
        let (mut from, mut to) = (contents(), contents());
        from.extension.applications =
            vec![application("same", &["a"]), application("old", &[]), application("web", &["a"])];
        to.extension.applications =
            vec![application("same", &["a"]), application("web", &["a"]), application("webs", &["b"])];
        from.files = files(&[("application/apps/web/a", "1"), ("application/apps/web/b", "1"), ("bin/x", "1")]);
        to.files = files(&[("application/apps/web/a", "2"), ("application/apps/webs/b", "1"), ("bin/x", "1")]);
        let found = compare(&from, &to);
        let told: Vec<(&str, Kind, usize)> =
            found.applications.iter().map(|it| (it.definition.name.as_str(), it.definition.change, it.files)).collect();
        assert_eq!(told, [("old", Kind::Removed, 0), ("web", Kind::Changed, 2), ("webs", Kind::Added, 1)]);
        let paths: Vec<&str> = found.rootfs[0].files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(paths, ["application/apps/web/a", "application/apps/web/b", "application/apps/webs/b"]);
    }

    #[test]
    fn only_what_the_first_image_lacks_has_to_move() {
        let (mut from, mut to) = (contents(), contents());
        let blob = |content: &str, size| (Digest::of(content.as_bytes()), size);
        from.blobs = BTreeMap::from([blob("a", 10), blob("b", 100)]);
        to.blobs = BTreeMap::from([blob("b", 100), blob("c", 1000), blob("d", 1)]);
        assert_eq!(compare(&from, &to).bytes, Moved { blobs: 2, bytes: 1001, shared: 100 });
    }
}
