//! Which certificates are believed: those of the web's authorities, of this machine's, and of the files that the user names.
//! reqwest's own choice of roots fails on machines without a list of authorities, so the configuration is made here.

mod named;

use super::RemoteError;
use crate::tls;
use named::Named;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::path::{Path, PathBuf};

/// Where Debian's and Red Hat's families keep the authorities of the machine.
const SYSTEM_BUNDLES: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// Authorities that the user names.
#[derive(Clone, Copy, Default)]
pub(super) struct Authorities<'a> {
    /// Files, PEM.
    pub(super) files: &'a [PathBuf],
    /// What such files hold.
    pub(super) texts: &'a [String],
}

impl Authorities<'_> {
    pub(super) fn is_empty(self) -> bool {
        self.files.is_empty() && self.texts.is_empty()
    }
}

/// A TLS configuration that believes the web's authorities, the machine's and these.
pub(super) fn verifying(authorities: Authorities<'_>) -> Result<ClientConfig, RemoteError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut named = Vec::new();
    for path in authorities.files {
        named.extend(added(&mut roots, certificates(path)?, path)?);
    }
    for text in authorities.texts {
        let (path, read) = (Path::new("caFile"), CertificateDer::pem_slice_iter(text.as_bytes()));
        let read = read.collect::<Result<Vec<_>, _>>();
        named.extend(added(&mut roots, read.map_err(|source| unusable(path, source))?, path)?);
    }
    for bundle in SYSTEM_BUNDLES.map(Path::new) {
        if bundle.is_file() {
            roots.add_parsable_certificates(certificates(bundle)?);
        }
    }
    let named = Named::new(roots, named).map_err(setup)?;
    let configuration = tls::judging(move |shown, now| named.judge(shown, now)).map_err(setup)?;
    Ok(configuration.with_no_client_auth())
}

/// Certificates of a file, which are among the roots now.
fn added(
    roots: &mut RootCertStore,
    certificates: Vec<CertificateDer<'static>>,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, RemoteError> {
    if certificates.is_empty() {
        return Err(unusable(path, rustls::pki_types::pem::Error::NoItemsFound));
    }
    for certificate in &certificates {
        let unusable = |source| RemoteError::Authority { path: path.to_owned(), source: Box::new(source) };
        roots.add(certificate.clone()).map_err(unusable)?;
    }
    Ok(certificates)
}

/// A TLS configuration for hosts whose certificates the user does not want checked.
pub(super) fn believing_anyone() -> Result<ClientConfig, RemoteError> {
    tls::believing_anyone().map_err(setup)
}

fn setup(source: impl Error + Send + Sync + 'static) -> RemoteError {
    RemoteError::Setup { source: Box::new(source) }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, RemoteError> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    read().map_err(|source| unusable(path, source))
}

fn unusable(path: &Path, source: rustls::pki_types::pem::Error) -> RemoteError {
    RemoteError::Authority { path: path.to_owned(), source: Box::new(source) }
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
            let files = Authorities { files: std::slice::from_ref(&path), texts: &[] };
            let error = verifying(files).unwrap_err().to_string();
            assert!(error.starts_with(&path.display().to_string()), "{error}");
        }
    }

    #[test]
    fn no_file_is_needed() {
        verifying(Authorities::default()).unwrap();
        believing_anyone().unwrap();
    }
}
