//! Which repository a request means. The registry holds images of many domains under their full names, so the domain comes
//! from containerd's `?ns=`, or from the first part of the path where that is a domain, or is Docker Hub's, as everywhere.

use crate::refusal::Refusal;
use sealer_model::digest::InvalidDigest;
use sealer_model::reference::InvalidReference;
use sealer_model::{Digest, Reference};

/// A repository by its full name, `docker.io/library/nginx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository(String);

/// Which manifest of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    /// The manifest of that digest.
    Digest(Digest),
    /// The manifest that has this full name.
    Tag(Reference),
}

impl Repository {
    /// The repository that a path means, in the namespace that the query names, if any.
    ///
    /// # Errors
    /// When the name breaks the grammar of image names, or the namespace is no domain.
    pub(crate) fn of(namespace: Option<&str>, path: &str) -> Result<Self, Refusal> {
        let asked = match namespace {
            Some(namespace) => format!("{namespace}/{path}"),
            None => path.to_owned(),
        };
        // With a tag of our own, whatever the path holds beyond a repository breaks the grammar.
        let name: Reference = format!("{asked}:latest").parse().map_err(invalid)?;
        match namespace {
            Some(namespace) if !is_domain(namespace, &name) => {
                let message = format!("namespace {namespace:?} is no domain");
                Err(Refusal::name_invalid(message))
            }
            _ => Ok(Self(name.repository())),
        }
    }

    /// The full name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a tag or a digest of this repository; only digests hold a colon.
    ///
    /// # Errors
    /// When it is neither.
    pub(crate) fn select(&self, selector: &str) -> Result<Selector, Refusal> {
        if selector.contains(':') {
            return parse_digest(selector).map(Selector::Digest);
        }
        let name = format!("{}:{selector}", self.0).parse().map_err(invalid)?;
        Ok(Selector::Tag(name))
    }
}

/// Reads a digest.
///
/// # Errors
/// When it is none, or one of an algorithm that the store does not use.
pub(crate) fn parse_digest(text: &str) -> Result<Digest, Refusal> {
    let invalid = |error: InvalidDigest| Refusal::digest_invalid(error.to_string());
    text.parse().map_err(invalid)
}

/// Whether the namespace became the name's domain, and not a part of its path.
fn is_domain(namespace: &str, name: &Reference) -> bool {
    let alias = namespace == "index.docker.io" && name.domain() == "docker.io";
    namespace == name.domain() || alias
}

fn invalid(error: InvalidReference) -> Refusal {
    Refusal::name_invalid(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(namespace: Option<&str>, path: &str) -> Option<String> {
        Repository::of(namespace, path).ok().map(|name| name.0)
    }

    #[test]
    fn the_domain_comes_from_the_namespace_the_path_or_docker_hub() {
        const NGINX: &str = "docker.io/library/nginx";
        let cases = [
            (Some("docker.io"), "library/nginx", NGINX),
            (Some("index.docker.io"), "library/nginx", NGINX),
            (Some("registry.k8s.io"), "pause", "registry.k8s.io/pause"),
            (Some("10.0.0.1:5000"), "a/b", "10.0.0.1:5000/a/b"),
            (None, "registry.k8s.io/pause", "registry.k8s.io/pause"),
            (None, "localhost/a", "localhost/a"),
            (None, "host:5000/a", "host:5000/a"),
            (None, "docker.io/library/nginx", NGINX),
            (None, "library/nginx", NGINX),
            (None, "nginx", NGINX),
            (None, "foo/bar", "docker.io/foo/bar"),
        ];
        for (namespace, path, expected) in cases {
            let found = full(namespace, path);
            assert_eq!(found.as_deref(), Some(expected), "{namespace:?} {path}");
        }
    }

    #[test]
    fn hostile_names_are_refused() {
        let long = "a/".repeat(200) + "a";
        for (namespace, path) in [
            (None, "../../etc/passwd"),
            (None, "a/../b"),
            (None, "a//b"),
            (None, "a/./b"),
            (None, "a%2f..%2fb"),
            (None, "a\0b"),
            (None, "Nginx"),
            (None, "nginx:1"),
            (None, "a/b:1"),
            (None, "nginx@sha256"),
            (None, ""),
            (None, long.as_str()),
            (Some(""), "a"),
            (Some("foo"), "bar"),
            (Some("../.."), "a"),
            (Some("docker.io/library"), "nginx"),
            (Some("docker.io"), "../a"),
        ] {
            assert_eq!(full(namespace, path), None, "{namespace:?} {path:?}");
        }
    }

    #[test]
    fn a_selector_is_a_digest_or_a_tag() {
        let nginx = Repository::of(None, "nginx").unwrap();
        let digest = Digest::of(b"x");
        let by_digest = nginx.select(digest.as_str()).unwrap();
        assert_eq!(by_digest, Selector::Digest(digest));
        let tag = Selector::Tag("docker.io/library/nginx:1.25".parse().unwrap());
        assert_eq!(nginx.select("1.25").unwrap(), tag);
        for hostile in ["", ".", "..", "a/b", "sha256:0", "sha512:0", "a@b", "-a"] {
            assert!(nginx.select(hostile).is_err(), "{hostile:?} was accepted");
        }
    }
}
