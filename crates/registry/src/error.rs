//! Why the registry cannot serve at all. What a single request did wrong is a refusal, which only its client sees.

use std::path::PathBuf;

/// A result of this room.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the certificate or of its key cannot be read or is no PEM.
    #[error("{path} is no readable PEM file of the kind that is needed")]
    Pem {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// A certificate file without a certificate.
    #[error("{path} holds no certificate")]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
    /// The certificate and the key cannot be used together.
    #[error("certificate {certificate} cannot be used with key {key}")]
    Certificate {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The task that reads the certificate ended abnormally.
    #[error("reading certificate {certificate} ended abnormally")]
    Task {
        /// The certificate's file.
        certificate: PathBuf,
    },
}
