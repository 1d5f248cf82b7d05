//! Which repository a request means. The registry holds images of many domains under their full names, and requests come in
//! several forms: with containerd's `?ns=`, with the domain as the first part of the path, or without any domain, because
//! docker names none when it asks a mirror and nobody does who pushes to `localhost:5000/foo/bar`. A request therefore has a
//! short list of meanings in a fixed order, and the first of them that exists is the one; reads and writes go by the same
//! list. The reasons are in `docs/decisions/0004-names-without-a-domain.md`.

use crate::refusal::Refusal;
use sealer_model::Reference;
use sealer_model::balancer::{covers, domain_of};
use sealer_model::reference::{InvalidReference, STRIPPED_DOMAIN as STRIPPED};

/// What the registry calls itself: the domain under which repositories are kept that nobody gave a domain to.
#[derive(Clone, Debug)]
pub(crate) struct Naming {
    own: String,
    further: Vec<String>,
    /// Domains by which it is addressed by clients that look for their images.
    stands_for: Vec<String>,
}

/// The domain of repositories that belong to a registry without a name of its own.
pub(crate) const NAMELESS: &str = "localhost";

const DOCKER_HUB: &str = "docker.io";

/// One repository that a request may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// By its full name, `docker.io/library/nginx`.
    pub(crate) repository: String,
    /// Why the request may mean it.
    pub(crate) kind: Kind,
}

/// Why a request may mean a repository, which decides what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It belongs to this registry.
    Own,
    /// The request names its domain.
    Named,
    /// It is Docker Hub's, and the request names no domain.
    Hub,
    /// It has lost its domain.
    Stripped,
}

impl Kind {
    /// Whether a request in this form may change the repository.
    pub(crate) fn is_writable(self) -> bool {
        matches!(self, Self::Own | Self::Named)
    }

    /// Whether the repository has a home elsewhere.
    pub(crate) fn is_foreign(self) -> bool {
        matches!(self, Self::Named | Self::Hub)
    }
}

/// All that a request may mean, the best first; never empty, and the first is writable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meanings(Vec<Meaning>);

impl Naming {
    /// For a registry of that domain, `sea.hub:5000`.
    pub(crate) fn new(own: Option<&str>) -> Self {
        Self { own: own.unwrap_or(NAMELESS).to_owned(), further: Vec::new(), stands_for: Vec::new() }
    }

    /// The same with further domains that mean its own.
    pub(crate) fn known_as(self, further: &[String]) -> Self {
        Self { further: further.to_vec(), ..self }
    }

    /// The same for a registry that answers in the place of these domains, which may begin with `*.`.
    pub(crate) fn standing_for(self, domains: &[String]) -> Self {
        Self { stands_for: domains.to_vec(), ..self }
    }

    /// What a path means, in the namespace that the query names, if any, when the registry is addressed as `host`. Whoever addresses it by
    /// a domain that it stands for says by that which images are meant.
    ///
    /// # Errors
    /// When the name breaks the grammar of image names, or the namespace is no domain.
    pub(crate) fn meanings(
        &self,
        namespace: Option<&str>,
        path: &str,
        host: Option<&str>,
    ) -> Result<Meanings, Refusal> {
        let domain = host.filter(|_| namespace.is_none()).map(domain_of);
        let domain = domain.filter(|domain| self.stands_for.iter().any(|pattern| covers(pattern, domain)));
        let (namespace, host) = match &domain {
            Some(domain) => (Some(domain.as_str()), None),
            None => (namespace, host),
        };
        let asked = match namespace {
            Some(namespace) => format!("{namespace}/{path}"),
            None => path.to_owned(),
        };
        let name = parse(&asked)?;
        match namespace {
            Some(namespace) if !is_domain(namespace, &name) => {
                let message = format!("namespace {namespace:?} is no domain");
                Err(Refusal::name_invalid(message))
            }
            None if !has_domain(path, &name) => self.without_domain(path, &name),
            _ => self.with_domain(&name, host),
        }
    }

    /// The registry's own repository, then Docker Hub's: docker asks mirrors in the same words.
    fn without_domain(&self, path: &str, name: &Reference) -> Result<Meanings, Refusal> {
        let own = parse(&format!("{}/{path}", self.own))?;
        Ok(Meanings::of([
            (own.repository(), Kind::Own),
            (name.repository(), Kind::Hub),
            (format!("{STRIPPED}/{path}"), Kind::Stripped),
            (format!("{STRIPPED}/{}", name.path()), Kind::Stripped),
        ]))
    }

    /// The repository of that domain, and where the domain is one of the registry's own names, the one without a domain.
    fn with_domain(&self, name: &Reference, host: Option<&str>) -> Result<Meanings, Refusal> {
        let stripped = (format!("{STRIPPED}/{}", name.path()), Kind::Stripped);
        if !self.is_own(name.domain(), host) {
            return Ok(Meanings::of([(name.repository(), Kind::Named), stripped]));
        }
        let own = parse(&format!("{}/{}", self.own, name.path()))?;
        Ok(Meanings::of([(own.repository(), Kind::Own), (name.repository(), Kind::Own), stripped]))
    }

    fn is_own(&self, domain: &str, host: Option<&str>) -> bool {
        let ours = domain == self.own || self.further.iter().any(|further| further == domain);
        ours || is_loopback(domain) || host.is_some_and(|host| host.eq_ignore_ascii_case(domain))
    }
}

impl Meanings {
    fn of(list: impl IntoIterator<Item = (String, Kind)>) -> Self {
        let mut meanings: Vec<Meaning> = Vec::new();
        for (repository, kind) in list {
            if meanings.iter().all(|known| known.repository != repository) {
                meanings.push(Meaning { repository, kind });
            }
        }
        Self(meanings)
    }

    /// The one that exists, or the one that a write would make.
    pub(crate) fn choose(&self, exists: impl Fn(&str) -> bool) -> &Meaning {
        self.0.iter().find(|meaning| exists(&meaning.repository)).unwrap_or(&self.0[0])
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Meaning> {
        self.0.iter()
    }
}

/// With a tag of our own, whatever the text holds beyond a repository breaks the grammar.
fn parse(repository: &str) -> Result<Reference, Refusal> {
    format!("{repository}:latest").parse().map_err(invalid)
}

/// Whether the namespace became the name's domain, and not a part of its path.
fn is_domain(namespace: &str, name: &Reference) -> bool {
    let alias = namespace == "index.docker.io" && name.domain() == DOCKER_HUB;
    namespace == name.domain() || alias
}

/// Whether the domain stands in the path; the parser puts Docker Hub's where there is none.
fn has_domain(path: &str, name: &Reference) -> bool {
    path.split_once('/').is_some_and(|(first, _)| is_domain(first, name))
}

fn is_loopback(domain: &str) -> bool {
    let host = match domain.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => domain,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

pub(crate) fn invalid(error: InvalidReference) -> Refusal {
    Refusal::name_invalid(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(namespace: Option<&str>, path: &str) -> Vec<String> {
        let naming = Naming::new(Some("sea.hub:5000"));
        let meanings = naming.meanings(namespace, path, Some("10.0.0.1:5000"));
        meanings.map(|meanings| meanings.all().map(|meaning| meaning.repository.clone()).collect()).unwrap_or_default()
    }

    #[test]
    fn a_domain_in_the_namespace_or_in_the_path_means_that_domain() {
        for (namespace, path, expected) in [
            (Some("docker.io"), "library/nginx", "docker.io/library/nginx"),
            (Some("index.docker.io"), "library/nginx", "docker.io/library/nginx"),
            (Some("registry.k8s.io"), "pause", "registry.k8s.io/pause"),
            (Some("10.0.0.2:5000"), "a/b", "10.0.0.2:5000/a/b"),
            (None, "registry.k8s.io/pause", "registry.k8s.io/pause"),
            (None, "host:5000/a", "host:5000/a"),
            (None, "docker.io/library/nginx", "docker.io/library/nginx"),
            (None, "docker.io/nginx", "docker.io/library/nginx"),
        ] {
            let found = all(namespace, path);
            assert_eq!(found[0], expected, "{namespace:?} {path}");
            let rest = &found[1..];
            assert!(rest.iter().all(|other| other.starts_with(STRIPPED)), "{namespace:?} {path}: {rest:?}");
        }
    }

    #[test]
    fn no_domain_means_the_registrys_own_before_docker_hubs() {
        assert_eq!(all(None, "foo/bar"), ["sea.hub:5000/foo/bar", "docker.io/foo/bar", "stripped.invalid/foo/bar"]);
        assert_eq!(
            all(None, "nginx"),
            [
                "sea.hub:5000/nginx",
                "docker.io/library/nginx",
                "stripped.invalid/nginx",
                "stripped.invalid/library/nginx"
            ]
        );
    }

    #[test]
    fn the_names_by_which_a_registry_is_addressed_are_its_own() {
        for namespace in ["sea.hub:5000", "10.0.0.1:5000", "localhost", "localhost:5000", "127.0.0.1:7", "[::1]:5000"] {
            assert_eq!(all(Some(namespace), "foo/bar")[0], "sea.hub:5000/foo/bar", "{namespace}");
        }
        assert_eq!(all(Some("10.0.0.1:5001"), "foo/bar")[0], "10.0.0.1:5001/foo/bar");
    }

    #[test]
    fn a_registry_that_is_called_otherwise_keeps_what_it_has() {
        let naming = Naming::new(Some("sea.hub:5000")).known_as(&["hub.example".to_owned()]);
        let meant = |namespace| naming.meanings(Some(namespace), "foo/bar", Some("10.0.0.1")).unwrap().0[0].clone();
        for namespace in ["hub.example", "sea.hub:5000"] {
            assert_eq!(
                (meant(namespace).repository.as_str(), meant(namespace).kind),
                ("sea.hub:5000/foo/bar", Kind::Own)
            );
        }
        assert_eq!(meant("hub.example:1").kind, Kind::Named);
    }

    #[test]
    fn whoever_addresses_it_as_a_domain_that_it_stands_for_means_that_domains_images() {
        let domains = ["quay.io", "*.corp.example", "h.example:8443"].map(str::to_owned);
        let naming = Naming::new(Some("sea.hub:5000")).standing_for(&domains);
        let meant = |namespace, path, host| naming.meanings(namespace, path, Some(host)).unwrap().0[0].clone();
        for (path, host, expected) in [
            ("a/b", "quay.io", "quay.io/a/b"),
            ("a/b", "Quay.io:443", "quay.io/a/b"),
            ("a", "x.corp.example", "x.corp.example/a"),
            ("a", "h.example:8443", "h.example:8443/a"),
            ("k8s.gcr.io/pause", "quay.io", "quay.io/k8s.gcr.io/pause"),
        ] {
            let meaning = meant(None, path, host);
            assert_eq!((meaning.repository.as_str(), meaning.kind), (expected, Kind::Named), "{host}");
        }
        assert_eq!(meant(None, "a/b", "h.example").repository, "sea.hub:5000/a/b");
        assert_eq!(meant(None, "a/b", "sea.hub:5000").repository, "sea.hub:5000/a/b");
        assert_eq!(meant(Some("docker.io"), "library/nginx", "quay.io").repository, "docker.io/library/nginx");
    }

    #[test]
    fn what_exists_is_meant_and_a_write_without_a_domain_never_means_docker_hub() {
        let meanings = Naming::new(None).meanings(None, "foo/bar", None).unwrap();
        let hub = meanings.choose(|repository| repository == "docker.io/foo/bar");
        assert_eq!((hub.repository.as_str(), hub.kind.is_writable()), ("docker.io/foo/bar", false));
        let new = meanings.choose(|_| false);
        assert_eq!((new.repository.as_str(), new.kind.is_writable()), ("localhost/foo/bar", true));
        let both = meanings.choose(|_| true);
        assert_eq!(both, new);
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
            assert_eq!(all(namespace, path), Vec::<String>::new(), "{namespace:?} {path:?}");
        }
    }
}
