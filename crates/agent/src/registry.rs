//! The site's registry, seen from a host: two kinds of requests, by digest only, over TLS that trusts the cluster's own
//! authority and nobody else.

use crate::error::{Error, Result};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use sealer_model::Digest;
use sealer_model::agent::{Login, Source};
use sealer_model::image::{Descriptor, Manifest, media_type};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The longest time without a byte.
const SILENCE: Duration = Duration::from_secs(60);

/// No honest manifest is larger.
const MOST_MANIFEST: usize = 8 * 1024 * 1024;

pub(crate) struct Registry {
    client: Client,
    repository: String,
    login: Option<Login>,
}

/// What broke a stream, where the reader of the stream cannot tell.
#[derive(Clone, Default)]
pub(crate) struct Failure(Arc<Mutex<Option<Error>>>);

impl Failure {
    pub(crate) fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn set(&self, error: Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

impl Registry {
    pub(crate) fn new(source: &Source) -> Result<Self> {
        let malformed = |reason: String| Error::Request { reason };
        let url = reqwest::Url::parse(&source.registry)
            .map_err(|error| malformed(format!("registry {}: {error}", source.registry)))?;
        let address: IpAddr = source
            .address
            .parse()
            .map_err(|_| malformed(format!("\"{}\" is not an address of a registry", source.address)))?;
        let port = url.port_or_known_default().unwrap_or_default();
        let client = Client::builder()
            .tls_backend_preconfigured(trusting(&source.authority)?)
            .resolve(url.host_str().unwrap_or_default(), SocketAddr::new(address, port))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .read_timeout(SILENCE)
            .build()
            .map_err(|error| Error::Registry { url: source.registry.clone(), source: error })?;
        let base = source.registry.trim_end_matches('/');
        let repository = format!("{base}/v2/{}", source.repository);
        Ok(Self { client, repository, login: source.login.clone() })
    }

    /// A manifest, verified.
    pub(crate) async fn manifest(&self, manifest: &Descriptor) -> Result<Manifest> {
        let url = format!("{}/manifests/{}", self.repository, manifest.digest);
        let mut response = self.get(&url, &[media_type::MANIFEST, media_type::DOCKER_MANIFEST]).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|source| broken(&url, source))? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > MOST_MANIFEST {
                return Err(Error::Request { reason: format!("{url} is no manifest: too large") });
            }
        }
        let found = Digest::of(&bytes);
        if found != manifest.digest {
            let expected = manifest.digest.clone();
            return Err(sealer_image::Error::Damaged { what: url, expected, found }.into());
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| Error::Request { reason: format!("{url} is no manifest: {error}") })
    }

    /// A blob as a stream that nobody has verified yet.
    pub(crate) async fn blob(&self, digest: &Digest) -> Result<(impl AsyncRead + Unpin + Send + 'static, Failure)> {
        let url = format!("{}/blobs/{digest}", self.repository);
        let response = self.get(&url, &[]).await?;
        let failure = Failure::default();
        let noted = failure.clone();
        let pieces = Box::pin(response.bytes_stream()).map(move |piece| {
            piece.map_err(|source| {
                noted.set(broken(&url, source));
                io::Error::new(io::ErrorKind::ConnectionReset, "the registry's answer broke off")
            })
        });
        Ok((StreamReader::new(pieces), failure))
    }

    /// A blob's bytes from `offset` on, unverified.
    pub(crate) async fn bytes_from(
        &self,
        digest: &Digest,
        offset: u64,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + Unpin + use<>> {
        let url = format!("{}/blobs/{digest}", self.repository);
        let mut request = self.ask(&url);
        if offset > 0 {
            request = request.header("range", format!("bytes={offset}-"));
        }
        let expected = if offset > 0 { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        let response = answered(request, &url, expected).await?;
        Ok(Box::pin(response.bytes_stream()).map(move |piece| piece.map_err(|source| broken(&url, source))))
    }

    fn ask(&self, url: &str) -> RequestBuilder {
        let request = self.client.get(url);
        match &self.login {
            Some(login) => request.basic_auth(&login.user, Some(&login.password.0)),
            None => request,
        }
    }

    /// Some of a blob's bytes, unverified: all of them or an error.
    pub(crate) async fn range(&self, digest: &Digest, range: Range<u64>) -> Result<Bytes> {
        let url = format!("{}/blobs/{digest}", self.repository);
        let wanted = format!("bytes={}-{}", range.start, range.end - 1);
        let request = self.ask(&url).header("range", wanted);
        let response = answered(request, &url, StatusCode::PARTIAL_CONTENT).await?;
        let content = response.bytes().await.map_err(|source| broken(&url, source))?;
        if content.len() as u64 != range.end - range.start {
            let reason = format!("{url} gave {} bytes of {}", content.len(), range.end - range.start);
            return Err(Error::Request { reason });
        }
        Ok(content)
    }

    async fn get(&self, url: &str, accepted: &[&str]) -> Result<Response> {
        let mut request = self.ask(url);
        for media_type in accepted {
            request = request.header("accept", *media_type);
        }
        answered(request, url, StatusCode::OK).await
    }
}

async fn answered(request: RequestBuilder, url: &str, expected: StatusCode) -> Result<Response> {
    let response = request.send().await.map_err(|source| broken(url, source))?;
    match response.status() {
        status if status == expected => Ok(response),
        status => Err(Error::RegistryAnswer { url: url.to_owned(), status: status.as_u16() }),
    }
}

/// The address is in our own message already.
fn broken(url: &str, source: reqwest::Error) -> Error {
    Error::Registry { url: url.to_owned(), source: source.without_url() }
}

fn trusting(authority: &str) -> Result<ClientConfig> {
    let malformed = |error: &dyn std::fmt::Display| Error::Request {
        reason: format!("the registry's authority cannot be used: {error}"),
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        let certificate = certificate.map_err(|error| malformed(&error))?;
        roots.add(certificate).map_err(|error| malformed(&error))?;
    }
    let configuration = sealer_image::tls::configuration().map_err(|error| malformed(&error))?;
    Ok(configuration.with_root_certificates(roots).with_no_client_auth())
}
