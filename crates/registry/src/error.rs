//! Why the registry cannot serve at all. What a single request did wrong is a refusal, which only its client sees.

use std::io;
use std::path::PathBuf;

/// A result of this room.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be used.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration says what no registry can do.
    #[error("{path} is no configuration of a registry: {reason}")]
    Configuration {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// The command line and the configuration together say what no registry can do.
    #[error("the registry cannot be configured like that: {reason}")]
    Settings {
        /// What is wrong.
        reason: String,
    },
    /// A line of the file of users is not of the form.
    #[error("{path}:{line} is no user with a bcrypt password; make it with htpasswd -B")]
    User {
        /// The file.
        path: PathBuf,
        /// The line's number.
        line: usize,
    },
    /// A secret that could be guessed.
    #[error("{path} holds fewer than {least} characters, which is no secret")]
    Secret {
        /// The file.
        path: PathBuf,
        /// How many it takes.
        least: usize,
    },
    /// The system gives no random bytes.
    #[error("there are no random bytes to sign tokens with")]
    Random(#[source] getrandom::Error),
    /// A thread of the server, for its log or for connections, cannot be started.
    #[error("cannot start a thread of the registry")]
    Thread {
        /// Why.
        source: io::Error,
    },
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
    /// What an earlier registry left unfinished cannot be read.
    #[error("the uploads that were under way cannot be read")]
    Store(#[source] sealer_image::Error),
    /// An upstream's files, or the cache, cannot be used.
    #[error("the upstreams cannot be used")]
    Upstream(#[source] sealer_image::Error),
    /// A peer's files, or the marks of what it lacks, cannot be used.
    #[error("the peers cannot be used")]
    Peer(#[source] sealer_image::Error),
    /// The task that prepares the registry ended abnormally.
    #[error("preparing the registry ended abnormally")]
    Task,
}
