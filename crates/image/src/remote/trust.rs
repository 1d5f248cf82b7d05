//! Which certificates are believed: those of the web's authorities, of this machine's, and of the files that the user names.
//! reqwest's own choice of roots fails on machines without a list of authorities, so the configuration is made here.

use super::RemoteError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where Debian's and Red Hat's families keep the authorities of the machine.
const SYSTEM_BUNDLES: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// A TLS configuration that believes the web's authorities, the machine's and these.
pub(super) fn verifying(authorities: &[PathBuf]) -> Result<ClientConfig, RemoteError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for path in authorities {
        let certificates = certificates(path)?;
        if certificates.is_empty() {
            return Err(unusable(path, rustls::pki_types::pem::Error::NoItemsFound));
        }
        for certificate in certificates {
            let unusable = |source| RemoteError::Authority { path: path.clone(), source: Box::new(source) };
            roots.add(certificate).map_err(unusable)?;
        }
    }
    for bundle in SYSTEM_BUNDLES.map(Path::new) {
        if bundle.is_file() {
            roots.add_parsable_certificates(certificates(bundle)?);
        }
    }
    Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
}

/// A TLS configuration for hosts whose certificates the user does not want checked.
pub(super) fn believing_anyone() -> Result<ClientConfig, RemoteError> {
    let anyone = Arc::new(Anyone(provider()));
    Ok(builder()?.dangerous().with_custom_certificate_verifier(anyone).with_no_client_auth())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn builder() -> Result<Builder, RemoteError> {
    let setup = |source| RemoteError::Setup { source: Box::new(source) };
    ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().map_err(setup)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, RemoteError> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    read().map_err(|source| unusable(path, source))
}

fn unusable(path: &Path, source: rustls::pki_types::pem::Error) -> RemoteError {
    RemoteError::Authority { path: path.to_owned(), source: Box::new(source) }
}

/// Believes every certificate; signatures are still checked, because a broken handshake helps nobody.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "nothing").unwrap();
        for path in [empty, folder.path().join("absent.pem")] {
            let error = verifying(std::slice::from_ref(&path)).unwrap_err().to_string();
            assert!(error.starts_with(&path.display().to_string()), "{error}");
        }
    }

    #[test]
    fn no_file_is_needed() {
        verifying(&[]).unwrap();
        believing_anyone().unwrap();
    }
}
