//! The folder in which docker's registry keeps images, as the Go sealer put it into a layer: which paths hold what, and what
//! all layers of an image together say. Pure: no file is opened here.

use sealer_model::Digest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where the tree is in a rootfs.
const ROOT: &str = "registry/docker/registry/v2";

/// What a path inside a rootfs is for the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Not part of it.
    Outside,
    /// A folder on the way to it; nobody needs it without the tree.
    Above,
    /// A blob's bytes.
    Blob(Digest),
    /// A file that holds the digest which a tag leads to.
    Tag(Repository, String),
    /// A file whose being there says that a repository has a manifest.
    Revision(Repository, Digest),
    /// What only a running registry needs.
    Other,
}

/// A repository without its domain: `library/nginx`.
pub(super) type Repository = String;

impl Place {
    /// Reads a path, relative to the rootfs.
    pub(super) fn of(path: &Path) -> Self {
        if Path::new(ROOT).starts_with(path) {
            return Self::Above;
        }
        match path.strip_prefix(ROOT).ok().and_then(Path::to_str) {
            Some(inside) => Self::inside(inside).unwrap_or(Self::Other),
            None if path.starts_with(ROOT) => Self::Other,
            None => Self::Outside,
        }
    }

    fn inside(path: &str) -> Option<Self> {
        if let Some(blob) = path.strip_prefix("blobs/sha256/") {
            let hex = blob.split_once('/')?.1.strip_suffix("/data")?;
            return digest(hex).map(Self::Blob);
        }
        let (repository, manifests) = path.strip_prefix("repositories/")?.split_once("/_manifests/")?;
        if let Some(tag) = manifests.strip_prefix("tags/") {
            let tag = tag.strip_suffix("/current/link").filter(|tag| !tag.contains('/'))?;
            return Some(Self::Tag(repository.to_owned(), tag.to_owned()));
        }
        let hex = manifests.strip_prefix("revisions/sha256/")?.strip_suffix("/link")?;
        digest(hex).map(|digest| Self::Revision(repository.to_owned(), digest))
    }
}

fn digest(hex: &str) -> Option<Digest> {
    format!("sha256:{hex}").parse().ok()
}

/// What the trees of all layers say together, a later layer over the ones before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree {
    tags: BTreeMap<PathBuf, (Repository, String, Digest)>,
    revisions: BTreeMap<PathBuf, (Repository, Digest)>,
}

impl Tree {
    /// A tag leads to a digest.
    pub(super) fn tag(&mut self, path: &Path, repository: Repository, tag: String, digest: Digest) {
        self.tags.insert(path.to_owned(), (repository, tag, digest));
    }

    /// A repository has a manifest.
    pub(super) fn revision(&mut self, path: &Path, repository: Repository, digest: Digest) {
        self.revisions.insert(path.to_owned(), (repository, digest));
    }

    /// A layer takes away what layers before it brought.
    pub(super) fn hide(&mut self, path: &Path) {
        self.tags.retain(|known, _| !known.starts_with(path));
        self.revisions.retain(|known, _| !known.starts_with(path));
    }

    /// Every tag with its repository and digest.
    pub(super) fn tags(&self) -> impl Iterator<Item = &(Repository, String, Digest)> {
        self.tags.values()
    }

    /// Every manifest with its repository.
    pub(super) fn revisions(&self) -> BTreeSet<&(Repository, Digest)> {
        self.revisions.values().collect()
    }

    /// What a tag leads to.
    pub(super) fn find(&self, repository: &str, tag: &str) -> Option<&Digest> {
        let wanted = |each: &&(Repository, String, Digest)| each.0 == repository && each.1 == tag;
        self.tags().find(wanted).map(|(_, _, digest)| digest)
    }

    /// Whether a repository has a manifest.
    pub(super) fn has(&self, repository: &str, digest: &Digest) -> bool {
        self.revisions.values().any(|(known, revision)| known == repository && revision == digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_tree_are_told_apart() {
        let digest = Digest::of(b"x");
        let hex = digest.hex();
        let place = |path: String| Place::of(Path::new(&path));
        assert_eq!(place(format!("{ROOT}/blobs/sha256/{}/{hex}/data", &hex[..2])), Place::Blob(digest.clone()));
        let repository = format!("{ROOT}/repositories/library/nginx");
        let tag = Place::Tag("library/nginx".into(), "1.25".into());
        assert_eq!(place(format!("{repository}/_manifests/tags/1.25/current/link")), tag);
        let revision = Place::Revision("library/nginx".into(), digest.clone());
        assert_eq!(place(format!("{repository}/_manifests/revisions/sha256/{hex}/link")), revision);
        for other in [
            format!("{repository}/_layers/sha256/{hex}/link"),
            format!("{repository}/_manifests/tags/1.25/index/sha256/{hex}/link"),
            format!("{ROOT}/blobs/sha256/zz/nohex/data"),
            format!("{ROOT}/repositories"),
        ] {
            assert_eq!(place(other.clone()), Place::Other, "{other}");
        }
        for above in ["registry", "registry/docker", ROOT] {
            assert_eq!(place(above.into()), Place::Above, "{above}");
        }
        for outside in ["registry/docker/config.yml", "registry2", "etc/registry_config.yml"] {
            assert_eq!(place(outside.into()), Place::Outside, "{outside}");
        }
    }

    #[test]
    fn a_later_layer_hides_what_an_earlier_one_brought() {
        let mut tree = Tree::default();
        let path = Path::new(ROOT).join("repositories/a/_manifests/tags/v1/current/link");
        tree.tag(&path, "a".into(), "v1".into(), Digest::of(b"1"));
        assert_eq!(tree.find("a", "v1"), Some(&Digest::of(b"1")));
        tree.tag(&path, "a".into(), "v1".into(), Digest::of(b"2"));
        assert_eq!(tree.find("a", "v1"), Some(&Digest::of(b"2")));
        tree.hide(Path::new("registry"));
        assert_eq!(tree.find("a", "v1"), None);
    }
}
