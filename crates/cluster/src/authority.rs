//! The certificate authority of one cluster. It is made on the delivering machine, its key stays there (mode 0600), and it
//! signs the certificate of the site's registry, which is how hosts know that what they pull comes from where it should.

use crate::{Error, State};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use sealer_model::cluster::Cluster;
use std::net::IpAddr;

/// The authority and the registry's certificate, all PEM.
pub(crate) struct Authority {
    /// The authority's certificate; every host trusts it.
    pub(crate) certificate: String,
    /// The registry's certificate.
    pub(crate) registry_certificate: String,
    /// The registry's key: a secret.
    pub(crate) registry_key: String,
}

const CERTIFICATE: &str = "authority.crt";
const KEY: &str = "authority.key";
const REGISTRY_CERTIFICATE: &str = "registry.crt";
const REGISTRY_KEY: &str = "registry.key";

const AUTHORITY_YEARS: i64 = 10;
const REGISTRY_YEARS: i64 = 3;

impl Authority {
    /// Reads the cluster's authority, or makes it the first time.
    pub(crate) fn open(state: &State, cluster: &Cluster, host: IpAddr) -> Result<Self, Error> {
        let files = [CERTIFICATE, REGISTRY_CERTIFICATE, REGISTRY_KEY];
        let [certificate, registry_certificate, registry_key] = files.map(|name| state.read_file(name));
        match (certificate?, registry_certificate?, registry_key?) {
            (Some(certificate), Some(registry_certificate), Some(registry_key)) => {
                Ok(Self { certificate, registry_certificate, registry_key })
            }
            _ => Self::make(state, cluster, host),
        }
    }

    fn make(state: &State, cluster: &Cluster, host: IpAddr) -> Result<Self, Error> {
        let failed = |name: &str| {
            let path = state.path(name);
            move |source| Error::Certificate { path, source }
        };
        let key = KeyPair::generate().map_err(failed(KEY))?;
        let parameters = authority_parameters(&cluster.name);
        let certificate = parameters.self_signed(&key).map_err(failed(CERTIFICATE))?;
        let issuer = Issuer::from_params(&parameters, &key);
        let registry_key = KeyPair::generate().map_err(failed(REGISTRY_KEY))?;
        let registry_certificate = registry_parameters(cluster, host)
            .and_then(|parameters| parameters.signed_by(&registry_key, &issuer))
            .map_err(failed(REGISTRY_CERTIFICATE))?;
        state.write(KEY, key.serialize_pem().as_bytes())?;
        let made = Self {
            certificate: certificate.pem(),
            registry_certificate: registry_certificate.pem(),
            registry_key: registry_key.serialize_pem(),
        };
        state.write(REGISTRY_KEY, made.registry_key.as_bytes())?;
        state.write(REGISTRY_CERTIFICATE, made.registry_certificate.as_bytes())?;
        state.write(CERTIFICATE, made.certificate.as_bytes())?;
        Ok(made)
    }
}

fn authority_parameters(cluster: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, format!("sealer authority of {cluster}"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for(&mut parameters, AUTHORITY_YEARS);
    parameters
}

fn registry_parameters(cluster: &Cluster, host: IpAddr) -> Result<CertificateParams, rcgen::Error> {
    let names = vec![cluster.registry.domain.clone(), host.to_string()];
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name.push(DnType::CommonName, cluster.registry.domain.clone());
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    valid_for(&mut parameters, REGISTRY_YEARS);
    Ok(parameters)
}

/// From yesterday, because clocks of closed sites are rarely exact.
fn valid_for(parameters: &mut CertificateParams, years: i64) {
    let today = jiff::Timestamp::now().as_second() / 86_400;
    let date = |days: i64| {
        let date = jiff::civil::Date::constant(1970, 1, 1).saturating_add(jiff::Span::new().days(days));
        rcgen::date_time_ymd(i32::from(date.year()), date.month() as u8, date.day() as u8)
    };
    parameters.not_before = date(today - 1);
    parameters.not_after = date(today + years * 365);
}

/// The hash by which kubeadm pins a CA: SHA-256 over its public key.
pub(crate) fn public_key_hash(pem: &str) -> Option<String> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    let certificate = pem.parse_x509().ok()?;
    Some(sealer_model::Digest::of(certificate.public_key().raw).to_string())
}
