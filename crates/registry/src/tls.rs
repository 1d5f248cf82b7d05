//! The registry's certificate: read once when the server starts, used with ring, for HTTP/2 and HTTP/1.1.

use crate::error::{Error, Result};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Where the certificate is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tls {
    /// The certificate and those between it and the authority, PEM.
    pub certificate: PathBuf,
    /// The certificate's private key, PEM.
    pub key: PathBuf,
}

/// Reads the files. Blocks on the disk.
///
/// # Errors
/// When a file is no PEM of its kind, or the two do not belong together.
pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor> {
    let certificates = certificates(&tls.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(pem(&tls.key))?;
    let unusable = |source| Error::Certificate { certificate: tls.certificate.clone(), key: tls.key.clone(), source };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut configuration = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(unusable)?;
    configuration.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(configuration)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let file = CertificateDer::pem_file_iter(path).map_err(pem(path))?;
    let certificates: std::result::Result<Vec<_>, _> = file.collect();
    let certificates = certificates.map_err(pem(path))?;
    if certificates.is_empty() {
        let path = path.to_owned();
        return Err(Error::NoCertificate { path });
    }
    Ok(certificates)
}

fn pem(path: &Path) -> impl FnOnce(rustls::pki_types::pem::Error) -> Error + use<'_> {
    move |source| Error::Pem { path: path.to_owned(), source }
}
