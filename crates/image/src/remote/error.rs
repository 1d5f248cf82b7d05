//! What can go wrong between here and a registry. Every error names the address or the registry; addresses are told without
//! their query, because that may hold a signature.

use crate::tls::is_about_certificates;
use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// A registry cannot be used, or does not answer as it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// A name's domain is no host name.
    #[error("{registry} is not the address of a registry")]
    Address {
        /// The domain.
        registry: String,
    },
    /// A file with certificates of authorities cannot be used.
    #[error("{path} does not hold certificates that can be trusted")]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A file with credentials cannot be read.
    #[error("{path}")]
    CredentialFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file with credentials is not of docker's form.
    #[error("{path} does not hold credentials as docker writes them: {reason}")]
    Credentials {
        /// The file.
        path: PathBuf,
        /// What is wrong; never a value of the file.
        reason: String,
    },
    /// A program that keeps passwords did not give one.
    #[error("docker-credential-{helper} does not tell who we are at {registry}: {reason}")]
    Helper {
        /// Its name in docker's file.
        helper: String,
        /// The registry that it was asked about.
        registry: String,
        /// What went wrong; never a secret.
        reason: String,
    },
    /// This machine cannot do TLS.
    #[error("cannot prepare connections to registries")]
    Setup {
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// No connection, or no answer on it.
    #[error("{url} cannot be reached")]
    Connection {
        /// What was asked for.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The registry was tried before, long enough, and is not tried again for some time.
    #[error("{registry} has not taken a connection for {seconds} seconds and is left alone for now")]
    GivenUp {
        /// The registry.
        registry: String,
        /// How long it was tried.
        seconds: u64,
    },
    /// An answer began and did not end.
    #[error("the answer of {url} broke off")]
    BrokenOff {
        /// What was asked for.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// Nothing moved for too long.
    #[error("{url} was silent for {seconds} seconds")]
    Silent {
        /// What was asked for.
        url: String,
        /// How long.
        seconds: u64,
    },
    /// An answer of the wrong length.
    #[error("{url} sent {found} bytes instead of {expected}")]
    Length {
        /// What was asked for.
        url: String,
        /// The length that the descriptor tells.
        expected: u64,
        /// The length that came.
        found: u64,
    },
    /// A status that means failure.
    #[error("{url} answered {status}{reason}")]
    Status {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
        /// What the registry says about it: empty, or `: ` and a text.
        reason: String,
        /// When it asks to be asked again.
        retry_after: Option<Duration>,
    },
    /// The registry wants other credentials, or any.
    #[error("{registry} does not let us in to {repository}{reason}")]
    Unauthorized {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
        /// What was tried: empty, or `: ` and a text.
        reason: String,
    },
    /// The token ended while it was in use; another one will do.
    #[error("the token of {registry} expired")]
    Expired {
        /// The registry.
        registry: String,
    },
    /// The registry wants to know who we are in a way that sealer does not know.
    #[error("{registry} asks for a login that sealer does not understand: {reason}")]
    Challenge {
        /// The registry.
        registry: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no such image.
    #[error("{registry} has no image {name}")]
    NoImage {
        /// The registry.
        registry: String,
        /// The full name.
        name: String,
    },
    /// An answer that is not what the protocol says.
    #[error("{url} does not answer as a registry does: {reason}")]
    Protocol {
        /// What was asked for.
        url: String,
        /// What is wrong.
        reason: String,
    },
}

impl RemoteError {
    /// Whether the same request may well succeed a little later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::BrokenOff { .. } | Self::Silent { .. } | Self::Expired { .. } => true,
            Self::Connection { source, .. } => !is_about_certificates(source),
            Self::Length { expected, found, .. } => found < expected,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..),
            _ => false,
        }
    }

    /// Whether a connection was waited for in vain.
    pub(super) fn is_without_connection(&self) -> bool {
        match self {
            Self::Connection { source, .. } => source.is_timeout(),
            Self::GivenUp { .. } => true,
            _ => false,
        }
    }

    /// Whether the registry took long to say nothing, so that asking it again would take as long.
    #[must_use]
    pub fn took_too_long(&self) -> bool {
        match self {
            Self::Silent { .. } | Self::GivenUp { .. } => true,
            Self::Connection { source, .. } => source.is_timeout(),
            _ => false,
        }
    }

    /// When the registry asks to be asked again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> RemoteError {
        let (url, reason) = ("https://registry.example/v2/".to_owned(), String::new());
        RemoteError::Status { url, status, reason, retry_after: None }
    }

    #[test]
    fn overload_passes_and_a_refusal_does_not() {
        for status in [408, 429, 500, 502, 503] {
            assert!(answer(status).is_temporary(), "{status}");
        }
        for status in [400, 401, 403, 404] {
            assert!(!answer(status).is_temporary(), "{status}");
        }
    }

    #[test]
    fn too_few_bytes_may_become_more_and_too_many_stay_too_many() {
        let came = |found| RemoteError::Length { url: String::new(), expected: 10, found };
        assert!(came(9).is_temporary());
        assert!(!came(11).is_temporary());
    }
}
