//! The certificate authority of one cluster. It is made on the delivering machine, its key stays there (mode 0600), and it
//! signs the certificate of the site's registry, which is how hosts know that what they pull comes from where it should.

mod identities;

pub(crate) use identities::Identities;

use crate::registry::OwnCertificate;
use crate::{Error, State};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PublicKeyData,
};
use sealer_model::cluster::Cluster;
use std::net::IpAddr;
use x509_parser::extensions::GeneralName;

/// The registry's certificate and what is trusted for it, all PEM.
pub(crate) struct Authority {
    /// The registry's certificate.
    pub(crate) registry_certificate: String,
    /// The registry's key: a secret.
    pub(crate) registry_key: String,
    /// What hosts trust for the registry: the authority, and whoever made a certificate that was brought along.
    pub(crate) trusted: String,
}

const CERTIFICATE: &str = "authority.crt";
const KEY: &str = "authority.key";
const REGISTRY_CERTIFICATE: &str = "registry.crt";
const REGISTRY_KEY: &str = "registry.key";
const OWN_CERTIFICATE: &str = "registry-own.crt";
const OWN_KEY: &str = "registry-own.key";
const OWN_AUTHORITY: &str = "registry-own-authority.crt";

const AUTHORITY_DAYS: i64 = 3650;
const REGISTRY_DAYS: i64 = 1095;

/// So long before its end the registry's certificate is made anew.
const RENEWED_SECONDS: i64 = 90 * 86_400;

impl Authority {
    /// Reads the cluster's authority, or makes it the first time. The registry's certificate is made again when it does not name every
    /// master, or its end is near; one that was brought along now, or before, stays what it is.
    pub(crate) fn open(state: &State, cluster: &Cluster, own: Option<&OwnCertificate>) -> Result<Self, Error> {
        let (certificate, key) = authority(state, cluster)?;
        if cluster.registry.own_certificate {
            return brought(state, cluster, own, &certificate);
        }
        let registry = (state.read_file(REGISTRY_CERTIFICATE)?, state.read_file(REGISTRY_KEY)?);
        if let (Some(registry_certificate), Some(registry_key)) = registry
            && names_all(&registry_certificate, &registry_names(cluster))
            && lasts(&registry_certificate, jiff::Timestamp::now().as_second())
        {
            return Ok(Self { registry_certificate, registry_key, trusted: certificate });
        }
        let failed = failed(state, REGISTRY_CERTIFICATE);
        let registry_key = KeyPair::generate().map_err(&failed)?;
        let issuer = KeyPair::from_pem(&key).and_then(|key| Issuer::from_ca_cert_pem(&certificate, key));
        let registry_certificate = registry_parameters(cluster)
            .and_then(|parameters| parameters.signed_by(&registry_key, &issuer?))
            .map_err(&failed)?;
        let (registry_certificate, registry_key) = (registry_certificate.pem(), registry_key.serialize_pem());
        state.write(REGISTRY_KEY, registry_key.as_bytes())?;
        state.write(REGISTRY_CERTIFICATE, registry_certificate.as_bytes())?;
        Ok(Self { registry_certificate, registry_key, trusted: certificate })
    }
}

/// The certificate that was brought along. It is kept like the one that the authority makes, for deliveries that name no Clusterfile.
fn brought(
    state: &State,
    cluster: &Cluster,
    own: Option<&OwnCertificate>,
    certificate: &str,
) -> Result<Authority, Error> {
    if let Some(own) = own {
        check(own, &cluster.registry.domain, jiff::Timestamp::now().as_second())?;
        state.write(OWN_KEY, own.key.reveal().as_bytes())?;
        state.write(OWN_AUTHORITY, own.authority.as_bytes())?;
        state.write(OWN_CERTIFICATE, own.certificate.as_bytes())?;
    }
    let kept = |name: &str| state.read_file(name)?.ok_or_else(|| refused("it is not known here any more"));
    let (registry_certificate, registry_key, authority) =
        (kept(OWN_CERTIFICATE)?, kept(OWN_KEY)?, kept(OWN_AUTHORITY)?);
    let unnamed = cluster.registry.names_that_it_stands_for().find(|name| !names(&registry_certificate, name));
    if let Some(name) = unnamed {
        return Err(refused(&format!("it does not name {name}, which docker asks for its images")));
    }
    let trusted = format!("{}\n{}\n", certificate.trim_end(), authority.trim_end());
    Ok(Authority { registry_certificate, registry_key, trusted })
}

fn refused(reason: &str) -> Error {
    Error::OwnCertificate { reason: reason.to_owned() }
}

/// Whether hosts can use what was brought along: told now and not by each of them later.
fn check(own: &OwnCertificate, domain: &str, now: i64) -> Result<(), Error> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(own.certificate.as_bytes())
        .map_err(|_| refused("certFile holds no certificate in PEM"))?;
    let certificate = pem.parse_x509().map_err(|_| refused("certFile holds no certificate"))?;
    if !names(&own.certificate, domain) {
        return Err(refused(&format!("it does not name {domain}")));
    }
    let validity = certificate.validity();
    if validity.not_after.timestamp() <= now || validity.not_before.timestamp() > now {
        return Err(refused("it is not valid today"));
    }
    let key = x509_parser::pem::parse_x509_pem(own.key.reveal().as_bytes());
    if !key.is_ok_and(|(_, pem)| pem.label.ends_with("PRIVATE KEY")) {
        return Err(refused("keyFile holds no private key in PEM"));
    }
    let differs = KeyPair::from_pem(own.key.reveal())
        .is_ok_and(|key| key.subject_public_key_info() != certificate.public_key().raw);
    if differs { Err(refused("keyFile is the key of another certificate")) } else { Ok(()) }
}

/// Whether a certificate is good for one name or address, itself or with a `*` for its first part.
pub(crate) fn names(pem: &str, name: &str) -> bool {
    let wildcard = name.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    names_all(pem, &[name.to_owned()]) || wildcard.is_some_and(|wildcard| names_all(pem, &[wildcard]))
}

/// The authority's certificate and its key. The key is written first: a certificate without its key would be of no use.
fn authority(state: &State, cluster: &Cluster) -> Result<(String, String), Error> {
    if let (Some(certificate), Some(key)) = (state.read_file(CERTIFICATE)?, state.read_file(KEY)?) {
        return Ok((certificate, key));
    }
    let key = KeyPair::generate().map_err(failed(state, KEY))?;
    let certificate = authority_parameters(&cluster.name).self_signed(&key).map_err(failed(state, CERTIFICATE))?;
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    state.write(KEY, key.as_bytes())?;
    state.write(CERTIFICATE, certificate.as_bytes())?;
    Ok((certificate, key))
}

fn failed(state: &State, name: &str) -> impl Fn(rcgen::Error) -> Error + use<> {
    let path = state.path(name);
    move |source| Error::Certificate { path: path.clone(), source }
}

/// Whether a certificate is good for all of these names. One that cannot be read is good for none.
pub(crate) fn names_all(pem: &str, wanted: &[String]) -> bool {
    let Ok((_, pem)) = x509_parser::pem::parse_x509_pem(pem.as_bytes()) else { return false };
    let Ok(certificate) = pem.parse_x509() else { return false };
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return false };
    let found: Vec<String> = names.value.general_names.iter().filter_map(written).collect();
    wanted.iter().all(|name| found.contains(name))
}

/// Whether a certificate is good for some time to come. One that cannot be read is not.
fn lasts(pem: &str, now: i64) -> bool {
    let Ok((_, pem)) = x509_parser::pem::parse_x509_pem(pem.as_bytes()) else { return false };
    pem.parse_x509().is_ok_and(|certificate| certificate.validity().not_after.timestamp() > now + RENEWED_SECONDS)
}

/// A name or address in a certificate, as we write it.
fn written(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let short = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            short.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

/// The names by which the registry is reached: its own, each master's address and what runtimes call it, those that were asked for, and
/// the domains that it stands for.
fn registry_names(cluster: &Cluster) -> Vec<String> {
    let called = |host: IpAddr| std::iter::once(host.to_string()).chain(cluster.registry.name_of(host));
    let addresses = cluster.masters().flat_map(|master| called(master.address));
    let own = std::iter::once(cluster.registry.domain.clone()).chain(addresses);
    let asked = own.chain(cluster.registry.further_names.iter().cloned());
    asked.chain(cluster.registry.names_that_it_stands_for()).collect()
}

fn authority_parameters(cluster: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, format!("sealer authority of {cluster}"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for(&mut parameters, AUTHORITY_DAYS);
    parameters
}

fn registry_parameters(cluster: &Cluster) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(registry_names(cluster))?;
    parameters.distinguished_name.push(DnType::CommonName, cluster.registry.domain.clone());
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    valid_for(&mut parameters, REGISTRY_DAYS);
    Ok(parameters)
}

/// From yesterday, because clocks of closed sites are rarely exact.
fn valid_for(parameters: &mut CertificateParams, days: i64) {
    let today = jiff::Timestamp::now().as_second() / 86_400;
    let date = |days: i64| {
        let date = jiff::civil::Date::constant(1970, 1, 1).saturating_add(jiff::Span::new().days(days));
        rcgen::date_time_ymd(i32::from(date.year()), date.month() as u8, date.day() as u8)
    };
    parameters.not_before = date(today - 1);
    parameters.not_after = date(today + days);
}

/// The hash by which kubeadm pins a CA: SHA-256 over its public key.
pub(crate) fn public_key_hash(pem: &str) -> Option<String> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    let certificate = pem.parse_x509().ok()?;
    Some(sealer_model::Digest::of(certificate.public_key().raw).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    #[test]
    fn a_certificate_whose_end_is_near_does_not_last() {
        let root = tempfile::tempdir().unwrap();
        let state = State::lock(root.path(), "c").unwrap();
        let made = Authority::open(&state, &cluster(&["10.0.0.1"], &[]), None).unwrap().registry_certificate;
        let now = jiff::Timestamp::now().as_second();
        assert!(lasts(&made, now));
        assert!(!lasts(&made, now + REGISTRY_DAYS * 86_400 - RENEWED_SECONDS));
        assert!(!lasts("nonsense", now));
    }

    #[test]
    fn the_registry_gets_another_certificate_of_the_same_authority_when_a_master_is_added() {
        let root = tempfile::tempdir().unwrap();
        let state = State::lock(root.path(), "c").unwrap();
        let one = Authority::open(&state, &cluster(&["10.0.0.1"], &[]), None).unwrap();
        let again = Authority::open(&state, &cluster(&["10.0.0.1"], &["10.0.0.9"]), None).unwrap();
        assert_eq!(one.registry_certificate, again.registry_certificate);
        let two = Authority::open(&state, &cluster(&["10.0.0.1", "fd00::2"], &[]), None).unwrap();
        assert_eq!(one.trusted, two.trusted);
        assert!(names_all(&two.registry_certificate, &["sea.hub".into(), "10.0.0.1".into(), "fd00::2".into()]));
        assert!(names_all(&two.registry_certificate, &["fd00-0-0-0-0-0-0-2.sea.hub".into()]));
        assert!(!names_all(&one.registry_certificate, &["fd00::2".into()]));
        let mut asked = cluster(&["10.0.0.1"], &[]);
        asked.registry.further_names = vec!["hub.example".into(), "fd00::100".into()];
        let further = Authority::open(&state, &asked, None).unwrap();
        assert!(names_all(&further.registry_certificate, &asked.registry.further_names));
        asked.registry.stands_for = vec!["*.corp.example".into(), "h.example:8443".into(), "quay.io".into()];
        let standing = Authority::open(&state, &asked, None).unwrap().registry_certificate;
        assert!(names_all(&standing, &["h.example".into(), "*.corp.example".into(), "quay.io".into()]));
        assert_eq!(standing, Authority::open(&state, &asked, None).unwrap().registry_certificate);
    }
    #[test]
    fn a_certificate_that_is_brought_along_is_looked_at_and_kept() {
        let root = tempfile::tempdir().unwrap();
        let (state, other) = (State::lock(root.path(), "c").unwrap(), State::lock(root.path(), "d").unwrap());
        let mut site = cluster(&["10.0.0.1"], &[]);
        let made = Authority::open(&other, &site, None).unwrap();
        let own = OwnCertificate {
            certificate: made.registry_certificate.clone(),
            key: sealer_model::Secret::new(made.registry_key.clone()),
            authority: made.trusted.clone(),
        };
        site.registry.own_certificate = true;
        let reason = |own: Option<&OwnCertificate>, site: &Cluster| match Authority::open(&state, site, own) {
            Err(error) => error.to_string(),
            Ok(_) => String::new(),
        };
        assert!(reason(None, &site).contains("not known here"));
        let mut elsewhere = site.clone();
        elsewhere.registry.domain = "hub.example".into();
        assert!(reason(Some(&own), &elsewhere).contains("does not name hub.example"));
        let foreign = OwnCertificate {
            key: sealer_model::Secret::new(KeyPair::generate().unwrap().serialize_pem()),
            ..own.clone()
        };
        assert!(reason(Some(&foreign), &site).contains("another certificate"));
        let no_key = OwnCertificate { key: sealer_model::Secret::new("x"), ..own.clone() };
        assert!(reason(Some(&no_key), &site).contains("no private key"));
        let mut docker = site.clone();
        docker.registry.stands_for = vec!["quay.io".into()];
        assert!(reason(Some(&own), &docker).contains("does not name quay.io"));
        let first = Authority::open(&state, &site, Some(&own)).unwrap();
        let later = Authority::open(&state, &site, None).unwrap();
        assert_eq!(first.registry_certificate, made.registry_certificate);
        assert_eq!((later.registry_key, later.trusted.matches("BEGIN CERTIFICATE").count()), (made.registry_key, 2));
    }
}
