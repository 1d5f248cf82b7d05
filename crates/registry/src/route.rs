//! What a path of the protocol asks for. Repositories hold slashes, so paths are read from their end.

/// One resource of the protocol; texts are as they came, apart from encoded colons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/v2/`
    Base,
    /// `/v2/_catalog`
    Catalog,
    /// `/v2/<repository>/tags/list`
    Tags { repository: String },
    /// `/v2/<repository>/manifests/<tag or digest>`
    Manifest {
        repository: String,
        selector: String,
    },
    /// `/v2/<repository>/blobs/<digest>`
    Blob { repository: String, digest: String },
    /// `/v2/<repository>/blobs/uploads/`
    Uploads { repository: String },
    /// `/v2/<repository>/blobs/uploads/<session>`
    Upload { repository: String, session: String },
}

impl Route {
    /// Reads a path. `None` when it is none of the protocol's; whether the repository is one is not checked here.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let path = path.replace("%3A", ":").replace("%3a", ":");
        let rest = path.strip_prefix("/v2")?;
        match rest {
            "" | "/" => return Some(Self::Base),
            "/_catalog" => return Some(Self::Catalog),
            _ => {}
        }
        let rest = rest.strip_prefix('/')?;
        Self::of_repository(rest).filter(|route| !route.repository().is_empty())
    }

    fn of_repository(rest: &str) -> Option<Self> {
        if let Some(repository) = rest.strip_suffix("/tags/list") {
            let repository = repository.to_owned();
            return Some(Self::Tags { repository });
        }
        let (resource, last) = rest.rsplit_once('/')?;
        let last = last.to_owned();
        if let Some(repository) = resource.strip_suffix("/manifests") {
            let (repository, selector) = (repository.to_owned(), last);
            return Some(Self::Manifest {
                repository,
                selector,
            });
        }
        if let Some(repository) = resource.strip_suffix("/blobs/uploads") {
            return Some(upload(repository.to_owned(), last));
        }
        let repository = resource.strip_suffix("/blobs")?.to_owned();
        if last == "uploads" {
            return Some(Self::Uploads { repository });
        }
        let digest = last;
        Some(Self::Blob { repository, digest })
    }

    fn repository(&self) -> &str {
        match self {
            Self::Base | Self::Catalog => "",
            Self::Tags { repository }
            | Self::Manifest { repository, .. }
            | Self::Blob { repository, .. }
            | Self::Uploads { repository }
            | Self::Upload { repository, .. } => repository,
        }
    }
}

fn upload(repository: String, session: String) -> Route {
    if session.is_empty() {
        Route::Uploads { repository }
    } else {
        Route::Upload {
            repository,
            session,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(repository: &str, selector: &str) -> Option<Route> {
        let (repository, selector) = (repository.into(), selector.into());
        Some(Route::Manifest {
            repository,
            selector,
        })
    }

    fn uploads(repository: &str) -> Option<Route> {
        let repository = repository.into();
        Some(Route::Uploads { repository })
    }

    fn tags(repository: &str) -> Option<Route> {
        let repository = repository.into();
        Some(Route::Tags { repository })
    }

    #[test]
    fn a_path_is_read_from_its_end() {
        let blob = Some(Route::Blob {
            repository: "a/b".into(),
            digest: "sha256:0".into(),
        });
        let session = Some(Route::Upload {
            repository: "a/b".into(),
            session: "17".into(),
        });
        let cases = [
            ("/v2", Some(Route::Base)),
            ("/v2/", Some(Route::Base)),
            ("/v2/_catalog", Some(Route::Catalog)),
            ("/v2/nginx/tags/list", tags("nginx")),
            ("/v2/a/tags/tags/list", tags("a/tags")),
            ("/v2/nginx/manifests/1.25", manifest("nginx", "1.25")),
            ("/v2/a/b/c/manifests/v1", manifest("a/b/c", "v1")),
            ("/v2/blobs/uploads/manifests/v1", manifest("blobs/uploads", "v1")),
            ("/v2/h%3A5000/a/manifests/sha256%3a0", manifest("h:5000/a", "sha256:0")),
            ("/v2/a/b/blobs/sha256:0", blob),
            ("/v2/a/b/blobs/uploads/", uploads("a/b")),
            ("/v2/a/b/blobs/uploads", uploads("a/b")),
            ("/v2/a/b/blobs/uploads/17", session),
        ];
        for (path, route) in cases {
            assert_eq!(Route::of(path), route, "{path}");
        }
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
            "/v2/blobs/uploads/",
            "/v2/nginx/referrers/sha256:0",
        ] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
