//! The full names of the container images in a registry's folder. It keeps no domains; the image's own list of what it
//! carries does, and so does `manifests/imageList`. What no list names is from docker.io.

use super::tree::Tree;
use sealer_model::image::Demand;
use sealer_model::image_list::ImageList;
use sealer_model::{Digest, Reference};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// One element of that list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    image: String,
    #[serde(default)]
    app_name: String,
}

/// A container image that the tree has, under its full name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: Reference,
    /// What the name leads to.
    pub(super) digest: Digest,
    pub(super) demands: Vec<Demand>,
}

/// Everything that the tree has, and what the lists name and it does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) found: Vec<Named>,
    pub(super) absent: Vec<Reference>,
}

/// Gives everything in the tree its name.
pub(super) fn names(listed: &[Listed], list: &ImageList, tree: &Tree) -> Names {
    let wanted = wanted(listed, list);
    let mut names = Names::default();
    for (name, applications) in &wanted {
        match find(tree, name) {
            Some(digest) => names.found.push(named(name.clone(), digest.clone(), applications)),
            None => names.absent.push(name.clone()),
        }
    }
    let covered: BTreeSet<(&str, Option<&str>)> = wanted.keys().map(|name| (name.path(), name.tag())).collect();
    for (repository, tag, digest) in tree.tags() {
        if !covered.contains(&(repository.as_str(), Some(tag.as_str()))) {
            let text = format!("{}/{repository}:{tag}", domain(&wanted, repository));
            names.add(&text, digest);
        }
    }
    let led_to: BTreeSet<Digest> = names.found.iter().map(|named| named.digest.clone()).collect();
    for (repository, digest) in tree.revisions() {
        if !led_to.contains(digest) {
            names.add(&format!("{}/{repository}@{digest}", domain(&wanted, repository)), digest);
        }
    }
    names
}

impl Names {
    /// A folder's name that is no repository's was not made by a registry, and nobody could ask for it.
    fn add(&mut self, text: &str, digest: &Digest) {
        if let Ok(name) = text.parse() {
            self.found.push(named(name, digest.clone(), &BTreeSet::from([String::new()])));
        }
    }
}

/// All names of both lists with the applications that ask for them; an empty one stands for the cluster.
fn wanted(listed: &[Listed], list: &ImageList) -> BTreeMap<Reference, BTreeSet<String>> {
    let mut wanted: BTreeMap<Reference, BTreeSet<String>> = BTreeMap::new();
    for entry in listed {
        if let Ok(name) = entry.image.parse() {
            wanted.entry(name).or_default().insert(entry.app_name.clone());
        }
    }
    for entry in &list.entries {
        wanted.entry(entry.name.clone()).or_insert_with(|| BTreeSet::from([String::new()]));
    }
    wanted
}

fn find<'a>(tree: &'a Tree, name: &'a Reference) -> Option<&'a Digest> {
    let pinned = name.digest().filter(|digest| tree.has(name.path(), digest));
    pinned.or_else(|| tree.find(name.path(), name.tag()?))
}

/// The domain that the lists have for a repository, where they agree on one.
fn domain<'a>(wanted: &'a BTreeMap<Reference, BTreeSet<String>>, repository: &str) -> &'a str {
    let domains: BTreeSet<&str> =
        wanted.keys().filter(|name| name.path() == repository).map(Reference::domain).collect();
    match Vec::from_iter(domains)[..] {
        [only] => only,
        _ => "docker.io",
    }
}

fn named(name: Reference, digest: Digest, applications: &BTreeSet<String>) -> Named {
    let demand = |application: &String| Demand {
        application: (!application.is_empty()).then(|| application.clone()),
        file: format!("registry/docker/registry/v2/repositories/{}", name.path()),
        field: name.selector().to_owned(),
        ..Demand::default()
    };
    let demands = applications.iter().map(demand).collect();
    Named { digest, demands, name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn tree(images: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (repository, tag) in images {
            let path = format!("{repository}/{tag}");
            let digest = Digest::of(path.as_bytes());
            tree.tag(Path::new(&path), (*repository).into(), (*tag).into(), digest.clone());
            tree.revision(Path::new(&path), (*repository).into(), digest);
        }
        tree
    }

    fn listed(entries: &[(&str, &str)]) -> Vec<Listed> {
        let entry =
            |(image, application): &(&str, &str)| Listed { image: (*image).into(), app_name: (*application).into() };
        entries.iter().map(entry).collect()
    }

    fn texts(names: &Names) -> Vec<String> {
        names.found.iter().map(|named| named.name.to_string()).collect()
    }

    #[test]
    fn a_name_gets_its_domain_back_from_the_lists_and_else_is_dockers() {
        let tree = tree(&[("demo/a", "v1"), ("demo/a", "v2"), ("demo/b", "v1"), ("library/c", "1")]);
        let list = ImageList::parse("imageList", "quay.example/demo/a:v1\n").unwrap();
        let names = names(&listed(&[("harbor.example:5000/demo/b:v1", "web")]), &list, &tree);
        let expected = [
            "harbor.example:5000/demo/b:v1",
            "quay.example/demo/a:v1",
            "quay.example/demo/a:v2",
            "docker.io/library/c:1",
        ];
        assert_eq!(texts(&names), expected);
        assert_eq!(names.found[0].demands[0].application.as_deref(), Some("web"));
        assert_eq!(names.found[1].demands[0].application, None);
        assert_eq!(names.absent, []);
    }

    #[test]
    fn two_domains_may_have_had_the_same_image_and_what_is_absent_is_told() {
        let listed = listed(&[("a.example/x:1", ""), ("b.example/x:1", ""), ("a.example/gone:1", "")]);
        let names = names(&listed, &ImageList::default(), &tree(&[("x", "1"), ("x", "2")]));
        assert_eq!(texts(&names), ["a.example/x:1", "b.example/x:1", "docker.io/x:2"].map(docker));
        assert_eq!(names.absent, ["a.example/gone:1".parse().unwrap()]);
    }

    /// What a parsed name looks like.
    fn docker(text: &str) -> String {
        text.parse::<Reference>().unwrap().to_string()
    }

    #[test]
    fn an_image_pinned_by_digest_is_found_by_it() {
        let mut tree = Tree::default();
        let digest = Digest::of(b"pinned");
        tree.revision(Path::new("x"), "demo/a".into(), digest.clone());
        let name = format!("quay.example/demo/a@{digest}");
        assert_eq!(texts(&names(&listed(&[(&name, "")]), &ImageList::default(), &tree)), std::slice::from_ref(&name));
        let unlisted = names(&[], &ImageList::default(), &tree);
        assert_eq!(texts(&unlisted), [format!("docker.io/demo/a@{digest}")]);
    }
}
