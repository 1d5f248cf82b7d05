//! Which upstream is meant, and by which name it knows an image. Pure.

use crate::configuration::Rewrite;
use sealer_model::Reference;

/// Whose images an upstream has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Of this domain.
    Exactly(String),
    /// Of all domains that end like this: `.corp.example`.
    Below(String),
    /// Of all.
    Everything,
}

impl Pattern {
    /// Reads `docker.io`, `*.corp.example` or `*`.
    ///
    /// # Errors
    /// When it is none of the three.
    pub(crate) fn of(text: &str) -> Result<Self, String> {
        let is_domain = |text: &str| domain_of(text).is_some();
        match text.strip_prefix('*') {
            Some("") => Ok(Self::Everything),
            Some(rest) if rest.starts_with('.') && is_domain(&format!("x{rest}")) => Ok(Self::Below(rest.to_owned())),
            None if text == "index.docker.io" => Ok(Self::Exactly("docker.io".to_owned())),
            None if is_domain(text) => Ok(Self::Exactly(text.to_owned())),
            _ => Err("it must be a domain, a domain that begins with *., or *".to_owned()),
        }
    }

    /// How well a domain fits; the best fit is meant. `None` when it does not.
    pub(crate) fn fit(&self, domain: &str) -> Option<usize> {
        match self {
            Self::Exactly(exact) => (exact == domain).then_some(usize::MAX),
            Self::Below(end) => (domain.len() > end.len() && domain.ends_with(end.as_str())).then_some(end.len()),
            Self::Everything => Some(0),
        }
    }
}

fn domain_of(text: &str) -> Option<String> {
    let name: Reference = format!("{text}/x").parse().ok()?;
    (name.domain() == text).then(|| text.to_owned())
}

/// Where a registry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// As it stands in image names, `host:5000`.
    pub(crate) host: String,
    /// Whether it is to be asked without TLS.
    pub(crate) plain: bool,
}

impl Address {
    /// Reads `https://host:5000`.
    ///
    /// # Errors
    /// When it is no such address, or has a path, which belongs into `rewrite`.
    pub(crate) fn of(text: &str) -> Result<Self, String> {
        let (plain, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(format!("{text:?} must begin with https:// or http://")),
        };
        let host = rest.strip_suffix('/').unwrap_or(rest);
        if host.is_empty() || host.starts_with(':') {
            return Err(format!("{text:?} holds no host"));
        }
        if host.contains('/') {
            return Err(format!("{text:?} has a path; put it into rewrite, as in rewrite: {{to: path/}}"));
        }
        // A bare name would be taken for the first part of a repository of Docker Hub's.
        let port = if plain { 80 } else { 443 };
        let host = domain_of(host).or_else(|| domain_of(&format!("{host}:{port}")));
        let host = host.ok_or_else(|| format!("{text:?} holds no host"))?;
        Ok(Self { host, plain })
    }
}

/// A repository's name at an upstream: `docker.io/library/nginx` at `harbor.corp` with `{to: hub/}` is `harbor.corp/hub/library/nginx`.
///
/// # Errors
/// When what comes out is no name of an image.
pub(crate) fn name_at(host: &str, repository: &str, rewrite: Option<&Rewrite>) -> Result<Reference, String> {
    let (_, path) = repository.split_once('/').unwrap_or(("", repository));
    let rewritten = rewrite.and_then(|it| path.strip_prefix(&it.from).map(|rest| format!("{}{rest}", it.to)));
    let name = format!("{host}/{}", rewritten.as_deref().unwrap_or(path));
    name.parse().map_err(|error| format!("{repository} would be {name} at its upstream: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_fit_is_the_most_specific() {
        let fit = |pattern: &str, domain: &str| Pattern::of(pattern).unwrap().fit(domain);
        let domain = "a.eu.corp.example";
        let ordered = ["*", "*.example", "*.corp.example", "*.eu.corp.example", "a.eu.corp.example"];
        assert!(ordered.map(|pattern| fit(pattern, domain).unwrap()).is_sorted_by(|one, other| one < other));
        assert_eq!(fit("*.corp.example", "corp.example"), None);
        assert_eq!(fit("*.corp.example", "evilcorp.example"), None);
        assert_eq!(fit("docker.io", "quay.io"), None);
        assert_eq!(Pattern::of("index.docker.io"), Pattern::of("docker.io"));
        for wrong in ["", "corp", "a.*", "*corp.example", "**", "a.example/x", "https://a.example"] {
            assert!(Pattern::of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_a_scheme_and_a_host() {
        let host = |text: &str| Address::of(text).map(|it| (it.host, it.plain));
        assert_eq!(host("https://a.example/"), Ok(("a.example".into(), false)));
        assert_eq!(host("http://registry"), Ok(("registry:80".into(), true)));
        assert_eq!(host("http://127.0.0.1:5000"), Ok(("127.0.0.1:5000".into(), true)));
        for wrong in ["a.example", "https://a.example/v2", "https://", "ftp://a.example", "https://u:p@a.example"] {
            assert!(Address::of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_repository_keeps_its_path_or_gets_another_beginning() {
        let name = |from: &str, to: &str| {
            let rewrite = Rewrite { from: from.to_owned(), to: to.to_owned() };
            name_at("h.example", "docker.io/library/nginx", Some(&rewrite)).unwrap().repository()
        };
        assert_eq!(name("", "hub/"), "h.example/hub/library/nginx");
        assert_eq!(name("library/", ""), "h.example/nginx");
        assert_eq!(name("team/", "x/"), "h.example/library/nginx");
        assert_eq!(name_at("docker.io", "docker.io/library/nginx", None).unwrap().path(), "library/nginx");
        let empty = Rewrite { from: "library/nginx".into(), to: String::new() };
        assert!(name_at("h.example", "docker.io/library/nginx", Some(&empty)).is_err());
    }
}
