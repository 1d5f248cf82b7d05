//! Certificates that users name and that servers present themselves. `openssl req -x509` marks what it makes as an authority's, and many
//! private registries have just that one certificate. An authority's is refused as a server's, although whoever named this very one
//! has said that it is to be believed, and docker and containerd believe it. Its time and its names still count.

use crate::tls::{self, Shown};
use rustls::client::danger::ServerCertVerifier as _;
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use std::sync::Arc;

/// Believes what the authorities signed, and the named certificates themselves.
#[derive(Debug)]
pub(super) struct Named {
    authorities: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl Named {
    /// # Errors
    /// When there are no authorities.
    pub(super) fn new(
        authorities: RootCertStore,
        certificates: Vec<CertificateDer<'static>>,
    ) -> Result<Self, VerifierBuilderError> {
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(authorities), tls::provider());
        Ok(Self { authorities: builder.build()?, certificates })
    }

    /// # Errors
    /// When what a server shows is not to be believed.
    pub(super) fn judge(&self, shown: &Shown<'_>, now: UnixTime) -> Result<(), Error> {
        let Shown { certificate, between, name, ocsp } = *shown;
        match self.authorities.verify_server_cert(certificate, between, name, ocsp, now) {
            Err(error) if self.stands_for_itself(certificate, &error) => {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)
            }
            verified => verified.map(drop),
        }
    }

    /// Whether all that is wrong with a certificate is that it is an authority's: that is asked after its time.
    fn stands_for_itself(&self, certificate: &CertificateDer<'_>, error: &Error) -> bool {
        let Error::InvalidCertificate(CertificateError::Other(cause)) = error else { return false };
        let authority = cause.0.downcast_ref() == Some(&webpki::Error::CaUsedAsEndEntity);
        authority && self.certificates.contains(certificate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
    use rustls::pki_types::ServerName;
    use std::time::Duration;

    /// A certificate as `openssl req -x509` makes it, from 2020 to 2040.
    fn made_by_openssl() -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["registry.corp.example".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn verified(
        named: &CertificateDer<'static>,
        shown: &CertificateDer<'_>,
        name: &str,
        year: u64,
    ) -> Result<(), Error> {
        let mut roots = RootCertStore::empty();
        roots.add(named.clone()).unwrap();
        let named = Named::new(roots, vec![named.clone()]).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_557_600));
        let name = ServerName::try_from(name).unwrap();
        named.judge(&Shown { certificate: shown, between: &[], name: &name, ocsp: &[] }, now)
    }

    #[test]
    fn a_named_certificate_counts_for_its_names_and_its_time() {
        let own = made_by_openssl();
        verified(&own, &own, "registry.corp.example", 2030).unwrap();
        let error = verified(&own, &own, "other.corp.example", 2030).unwrap_err();
        assert!(matches!(error, Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. })), "{error}");
        let error = verified(&own, &own, "registry.corp.example", 2045).unwrap_err();
        assert!(matches!(error, Error::InvalidCertificate(CertificateError::ExpiredContext { .. })), "{error}");
    }

    #[test]
    fn another_certificate_of_the_same_name_does_not_count() {
        verified(&made_by_openssl(), &made_by_openssl(), "registry.corp.example", 2030).unwrap_err();
    }
}
