//! TLS as every client of a registry begins it: one provider of cryptography, and a configuration that still has to say whom it
//! believes. The agent makes its own choice of authorities; both judge alike what an error of TLS means.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, ServerConfig, SignatureScheme, WantsVerifier};
use std::error::Error as _;
use std::io;
use std::sync::Arc;

/// A configuration that has yet to say whom it believes.
///
/// # Errors
/// When the provider knows no version of TLS.
pub fn configuration() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()
}

/// The same for the other side of a connection.
///
/// # Errors
/// As [`configuration`].
pub fn server_configuration() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, Error> {
    ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()
}

/// A configuration that asks nobody for an identity: for hosts whose certificates the user does not want checked, and for probes that
/// send no secret and believe nothing that they read.
///
/// # Errors
/// As [`configuration`].
pub fn believing_anyone() -> Result<ClientConfig, Error> {
    let anyone = Arc::new(Anyone(provider()));
    Ok(configuration()?.dangerous().with_custom_certificate_verifier(anyone).with_no_client_auth())
}

/// Whether TLS itself said no: that does not pass by waiting. An io error hides its inner error from the chain of sources.
#[must_use]
pub fn is_about_certificates(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if error.is::<Error>() || inner.is_some_and(|inner| inner.is::<Error>()) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The cryptography of everything here.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
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
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
