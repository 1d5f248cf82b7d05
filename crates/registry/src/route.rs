//! What a path of the protocol asks for. Repositories hold slashes, so paths are read from their end.

use crate::peers::{BEGUN, NAMES};
use std::borrow::Cow;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/v2/`
    Base,
    /// `/v2/_catalog`
    Catalog,
    /// `/healthz`
    Health,
    /// `/metrics`
    Metrics,
    /// `/sealer/names`
    Names,
    /// `/sealer/begun`
    Begun,
    /// `/token`
    Token,
    /// `/v2/<repository>/...`; whether the repository is one is not checked here.
    Repository(String, Resource),
}

/// What a path leads to in a repository; texts are as they came, apart from encoded colons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// `tags/list`
    Tags,
    /// `manifests/<tag or digest>`
    Manifest(String),
    /// `referrers/<digest>`
    Referrers(String),
    /// `blobs/<digest>`
    Blob(String),
    /// `blobs/uploads/`
    Uploads,
    /// `blobs/uploads/<session>`
    Upload(String),
}

impl Route {
    /// Reads a path. `None` when it is none of the protocol's.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/healthz" => return Some(Self::Health),
            "/metrics" => return Some(Self::Metrics),
            NAMES => return Some(Self::Names),
            BEGUN => return Some(Self::Begun),
            "/token" => return Some(Self::Token),
            _ => {}
        }
        let path = decoded(path);
        match path.strip_prefix("/v2")? {
            "" | "/" => Some(Self::Base),
            "/_catalog" => Some(Self::Catalog),
            rest => {
                let (repository, resource) = split(rest.strip_prefix('/')?)?;
                let known = !repository.is_empty();
                known.then(|| Self::Repository(repository.to_owned(), resource))
            }
        }
    }
}

/// Some clients encode the colon of a digest or of a port; nothing else of a name can be encoded.
fn decoded(path: &str) -> Cow<'_, str> {
    if path.contains('%') { path.replace("%3A", ":").replace("%3a", ":").into() } else { path.into() }
}

fn split(path: &str) -> Option<(&str, Resource)> {
    if let Some(repository) = path.strip_suffix("/tags/list") {
        return Some((repository, Resource::Tags));
    }
    let (head, last) = path.rsplit_once('/')?;
    if let Some(repository) = head.strip_suffix("/manifests") {
        return Some((repository, Resource::Manifest(last.to_owned())));
    }
    if let Some(repository) = head.strip_suffix("/referrers") {
        return Some((repository, Resource::Referrers(last.to_owned())));
    }
    if let Some(repository) = head.strip_suffix("/blobs/uploads") {
        let upload = match last {
            "" => Resource::Uploads,
            session => Resource::Upload(session.to_owned()),
        };
        return Some((repository, upload));
    }
    let repository = head.strip_suffix("/blobs")?;
    match last {
        "uploads" => Some((repository, Resource::Uploads)),
        digest => Some((repository, Resource::Blob(digest.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use super::Resource::{Blob, Manifest, Referrers, Tags, Upload, Uploads};
    use super::*;

    #[test]
    fn a_path_is_read_from_its_end() {
        let cases = [
            ("/v2/nginx/tags/list", "nginx", Tags),
            ("/v2/a/tags/tags/list", "a/tags", Tags),
            ("/v2/nginx/manifests/1.25", "nginx", Manifest("1.25".into())),
            ("/v2/a/b/c/manifests/v1", "a/b/c", Manifest("v1".into())),
            ("/v2/a/blobs/uploads/manifests/v1", "a/blobs/uploads", Manifest("v1".into())),
            ("/v2/h%3A5000/a/manifests/sha256%3a0", "h:5000/a", Manifest("sha256:0".into())),
            ("/v2/a/b/blobs/sha256:0", "a/b", Blob("sha256:0".into())),
            ("/v2/a/b/blobs/uploads/", "a/b", Uploads),
            ("/v2/a/b/blobs/uploads", "a/b", Uploads),
            ("/v2/a/b/referrers/sha256:0", "a/b", Referrers("sha256:0".into())),
            ("/v2/a/b/blobs/uploads/17", "a/b", Upload("17".into())),
        ];
        for (path, repository, resource) in cases {
            let expected = Route::Repository(repository.to_owned(), resource);
            assert_eq!(Route::of(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn two_paths_belong_to_no_repository() {
        for path in ["/v2", "/v2/"] {
            assert_eq!(Route::of(path), Some(Route::Base), "{path}");
        }
        assert_eq!(Route::of("/v2/_catalog"), Some(Route::Catalog));
    }

    #[test]
    fn other_paths_lead_nowhere() {
        for path in [
            "/",
            "",
            "/v1/",
            "/v2x",
            "/v2x/nginx/tags/list",
            "/v2/nginx",
            "/v2/nginx/",
            "/v2/tags/list",
            "/v2//tags/list",
            "/v2/manifests/v1",
            "/v2/blobs/sha256:0",
        ] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
