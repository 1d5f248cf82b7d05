//! Who hosts are to one another: certificates of the cluster's own authority on both sides, and nobody else's.

use crate::error::{Error, Result};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sealer_image::tls;
use sealer_model::agent::Identity;
use std::sync::Arc;
use std::time::Duration;

/// Hosts of one site are near: one that does not answer so soon is not waited for.
const CONNECT_LIMIT: Duration = Duration::from_secs(1);

/// The longest time without a byte; longer than the other side waits for a piece.
const SILENCE: Duration = Duration::from_secs(15);

/// How others are let in.
pub(super) fn serving(identity: &Identity) -> Result<Arc<ServerConfig>> {
    let roots = Arc::new(roots(identity)?);
    let visitors = WebPkiClientVerifier::builder_with_provider(roots, tls::provider()).build().map_err(malformed)?;
    let (certificates, key) = own(identity)?;
    let configuration = tls::server_configuration().map_err(malformed)?;
    let configuration = configuration.with_client_cert_verifier(visitors).with_single_cert(certificates, key);
    configuration.map(Arc::new).map_err(malformed)
}

/// How this host goes to others.
pub(super) fn visiting(identity: &Identity) -> Result<reqwest::Client> {
    let (certificates, key) = own(identity)?;
    let configuration = tls::configuration().map_err(malformed)?.with_root_certificates(roots(identity)?);
    let configuration = configuration.with_client_auth_cert(certificates, key).map_err(malformed)?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(configuration)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .read_timeout(SILENCE);
    client.build().map_err(malformed)
}

fn roots(identity: &Identity) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(identity.authority.as_bytes()) {
        roots.add(certificate.map_err(malformed)?).map_err(malformed)?;
    }
    Ok(roots)
}

fn own(identity: &Identity) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let certificates = CertificateDer::pem_slice_iter(identity.certificate.as_bytes());
    let certificates = certificates.collect::<std::result::Result<_, _>>().map_err(malformed)?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.0.as_bytes()).map_err(malformed)?;
    Ok((certificates, key))
}

fn malformed(error: impl std::fmt::Display) -> Error {
    Error::Request { reason: format!("the host's identity cannot be used: {error}") }
}
