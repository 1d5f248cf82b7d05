//! TLS as every client of a registry begins it: one provider of cryptography, and a configuration that still has to say whom it
//! believes. The agent makes its own choice of authorities; both judge alike what an error of TLS means.

use rustls::client::WantsClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, ServerConfig, SignatureScheme, WantsVerifier};
use std::error::Error as _;
use std::fmt;
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
    Ok(judging(|_, _| Ok(()))?.with_no_client_auth())
}

/// A configuration that believes whom `judge` lets pass. Signatures are checked whatever it says: a broken handshake helps nobody.
///
/// # Errors
/// As [`configuration`].
pub(crate) fn judging(
    judge: impl Fn(&Shown<'_>, UnixTime) -> Result<(), Error> + Send + Sync + 'static,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    let judging = Arc::new(Judging { judge, provider: provider() });
    Ok(configuration()?.dangerous().with_custom_certificate_verifier(judging))
}

/// What a server shows of itself.
pub(crate) struct Shown<'a> {
    /// Its own certificate.
    pub(crate) certificate: &'a CertificateDer<'a>,
    /// Those of the authorities between it and one that is believed.
    pub(crate) between: &'a [CertificateDer<'a>],
    /// Who it was called.
    pub(crate) name: &'a ServerName<'a>,
    /// What it says of its own revocation.
    pub(crate) ocsp: &'a [u8],
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

struct Judging<J> {
    judge: J,
    provider: Arc<CryptoProvider>,
}

impl<J> fmt::Debug for Judging<J> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Judging").finish_non_exhaustive()
    }
}

impl<J: Fn(&Shown<'_>, UnixTime) -> Result<(), Error> + Send + Sync> ServerCertVerifier for Judging<J> {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        (self.judge)(&Shown { certificate, between, name, ocsp }, now)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
