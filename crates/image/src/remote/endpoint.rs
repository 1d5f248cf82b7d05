//! The way to one registry: address, scheme, and whose certificates are believed. As docker has it, this very machine need not prove
//! who it is, and neither need hosts that the user calls insecure: any certificate will do, and plain HTTP where they do not speak
//! HTTPS. Whoever names an authority means it, for this machine, too. Nobody else is ever asked without TLS.

use super::answer::{SILENCE, ask, unreachable};
use super::reach::Reach;
use super::trust::{self, Authorities};
use super::{COPY, RemoteError};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use rustls::ClientConfig;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const MOST_REDIRECTS: usize = 10;

/// A registry that has been reached.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    /// The registry's name in image names.
    pub(super) registry: String,
    /// `https://host/`.
    pub(super) base: Url,
    /// The connections to it.
    pub(super) http: Client,
    /// What they came to.
    pub(super) reach: Arc<Reach>,
}

/// Finds the way to registries.
#[derive(Debug)]
pub(super) struct Connector {
    insecure_hosts: Vec<String>,
    verifying: ClientConfig,
    believing_anyone: ClientConfig,
    /// Whether an authority was named.
    authority_is_named: bool,
    /// What stands in every request.
    headers: HeaderMap,
}

impl Connector {
    pub(super) fn new(insecure: Vec<String>, authorities: Authorities<'_>, copies: bool) -> Result<Self, RemoteError> {
        let copy = copies.then(|| (HeaderName::from_static(COPY), HeaderValue::from_static("1")));
        Ok(Self {
            headers: copy.into_iter().collect(),
            insecure_hosts: insecure,
            authority_is_named: !authorities.is_empty(),
            verifying: trust::verifying(authorities)?,
            believing_anyone: trust::believing_anyone()?,
        })
    }

    /// Where there is only HTTPS nothing needs to be tried; else HTTP is taken if it answers where HTTPS does not.
    pub(super) async fn connect(&self, registry: &str) -> Result<Endpoint, RemoteError> {
        let base = base(registry)?;
        let believed = self.may_be_plain(&base) || self.is_insecure(registry, &base);
        let secure = self.endpoint(registry, base, believed)?;
        if !believed {
            return Ok(secure);
        }
        let Err(error) = secure.greet().await else {
            return Ok(secure);
        };
        // It would be silent on the same port again.
        if error.took_too_long() && secure.base.port().is_some() {
            return Err(error);
        }
        let plain = secure.plain();
        match plain.greet().await {
            Ok(StatusCode::BAD_REQUEST) | Err(_) => Err(error),
            Ok(_) => Ok(plain),
        }
    }

    fn is_insecure(&self, registry: &str, base: &Url) -> bool {
        self.insecure_hosts.iter().any(|host| host == registry || Some(host.as_str()) == base.host_str())
    }

    /// Connections to any host of the web.
    pub(super) fn host(&self, url: &Url) -> Result<Client, RemoteError> {
        let name = authority(url);
        Ok(self.endpoint(&name, url.clone(), self.may_be_plain(url))?.http)
    }

    /// Whether a host may be spoken to without TLS.
    pub(super) fn may_be_plain(&self, url: &Url) -> bool {
        (is_loopback(url) && !self.authority_is_named) || self.is_insecure(&authority(url), url)
    }

    /// `believed` says whether any certificate will do.
    fn endpoint(&self, registry: &str, base: Url, believed: bool) -> Result<Endpoint, RemoteError> {
        let tls = if believed { &self.believing_anyone } else { &self.verifying };
        let builder = Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .user_agent(concat!("sealer/", env!("CARGO_PKG_VERSION")))
            .default_headers(self.headers.clone())
            .connect_timeout(CONNECT_LIMIT)
            .redirect(Policy::custom(redirect));
        let builder = if is_loopback(&base) { builder.no_proxy() } else { builder };
        let setup = |source| RemoteError::Setup { source: Box::new(source) };
        let http = builder.build().map_err(setup)?;
        Ok(Endpoint { registry: registry.to_owned(), base, http, reach: Arc::default() })
    }
}

impl Endpoint {
    /// As [`ask`], unless the registry was tried in vain for too long.
    pub(super) async fn ask(&self, url: &Url, request: RequestBuilder) -> Result<Response, RemoteError> {
        self.reach.check(&self.registry)?;
        let begun = Instant::now();
        let answer = ask(url, request).await;
        self.reach.note(begun, &answer);
        answer
    }

    /// Asks whether a registry is there, whatever it answers.
    async fn greet(&self) -> Result<StatusCode, RemoteError> {
        let mut url = self.base.clone();
        url.set_path("/v2/");
        match tokio::time::timeout(SILENCE, self.http.get(url.clone()).send()).await {
            Ok(Ok(response)) => Ok(response.status()),
            Ok(Err(source)) => Err(unreachable(&url, source)),
            Err(_) => Err(RemoteError::Silent { url: url.into(), seconds: SILENCE.as_secs() }),
        }
    }

    /// The same registry without TLS.
    fn plain(&self) -> Self {
        let mut plain = self.clone();
        let changed = plain.base.set_scheme("http");
        debug_assert!(changed.is_ok(), "from one web scheme to the other");
        plain
    }
}

/// Storage behind a registry may be elsewhere, but what began with TLS goes on with it. Credentials stay behind: reqwest
/// does not send them to other hosts.
fn redirect(attempt: Attempt<'_>) -> Action {
    let began_secure = attempt.previous().first().is_some_and(|first| first.scheme() == "https");
    if began_secure && attempt.url().scheme() != "https" {
        return attempt.error("the registry redirects to an address without TLS");
    }
    if attempt.previous().len() > MOST_REDIRECTS {
        return attempt.error("the registry redirects too often");
    }
    attempt.follow()
}

/// The address of a registry. Docker Hub's is not its name.
fn base(registry: &str) -> Result<Url, RemoteError> {
    let host = if registry == "docker.io" { "registry-1.docker.io" } else { registry };
    let invalid = || RemoteError::Address { registry: registry.to_owned() };
    let url = Url::parse(&format!("https://{host}/")).map_err(|_| invalid())?;
    url.has_host().then_some(url).ok_or_else(invalid)
}

/// `host` or `host:port`.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn is_loopback(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_hub_lives_elsewhere() {
        assert_eq!(base("docker.io").unwrap().as_str(), "https://registry-1.docker.io/");
        assert_eq!(base("harbor.example:8443").unwrap().as_str(), "https://harbor.example:8443/");
    }

    #[test]
    fn what_is_no_host_is_refused_by_name() {
        let error = base("a:b:c").unwrap_err();
        assert_eq!(error.to_string(), "a:b:c is not the address of a registry");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let loopback = |registry| is_loopback(&base(registry).unwrap());
        for registry in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"] {
            assert!(loopback(registry), "{registry}");
        }
        for registry in ["localhost.example", "128.0.0.1", "10.0.0.1:5000", "docker.io"] {
            assert!(!loopback(registry), "{registry}");
        }
    }

    #[test]
    fn a_host_is_insecure_with_its_port_or_on_all_ports() {
        let connector =
            Connector::new(vec!["a.example".into(), "b.example:5000".into()], Authorities::default(), false);
        let connector = connector.unwrap();
        let insecure = |registry| connector.is_insecure(registry, &base(registry).unwrap());
        assert!(insecure("a.example:5000") && insecure("a.example") && insecure("b.example:5000"));
        assert!(!insecure("b.example") && !insecure("a.example.org"));
    }
}
