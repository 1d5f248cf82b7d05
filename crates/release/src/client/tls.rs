//! TLS as a kubeconfig wants it: its own authorities and nobody else's, and the client's certificate where there is one.

use crate::kubeconfig::Access;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::error::Error as StdError;
use std::sync::Arc;

/// A configuration for one cluster.
pub(super) fn configuration(access: &Access) -> Result<ClientConfig, Box<dyn StdError + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&access.authority) {
        roots.add(certificate?)?;
    }
    if roots.is_empty() {
        return Err("certificate-authority holds no certificate".into());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = builder.with_root_certificates(roots);
    let Some((certificates, key)) = &access.identity else { return Ok(builder.with_no_client_auth()) };
    let certificates = CertificateDer::pem_slice_iter(certificates).collect::<Result<Vec<_>, _>>()?;
    Ok(builder.with_client_auth_cert(certificates, PrivateKeyDer::from_pem_slice(key)?)?)
}

/// Whether TLS itself said no: that does not pass by waiting. An io error hides its inner error from the chain of sources.
pub(crate) fn is_about_trust(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        cause = error.source();
    }
    false
}
