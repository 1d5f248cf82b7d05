//! Who hosts are to one another: a certificate of the cluster's authority for each, made for one delivery and kept nowhere.

use super::{authority, valid_for};
use crate::{Error, State};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use sealer_model::Secret;
use sealer_model::agent::{Identity, Text};
use sealer_model::cluster::Cluster;
use std::net::IpAddr;

/// A delivery may be interrupted for a weekend; its agents end with it.
const IDENTITY_DAYS: i64 = 7;

/// What identities are made with.
pub(crate) struct Identities {
    authority: String,
    /// The authority's own key: the greatest secret, which never leaves this machine.
    key: Secret,
}

impl Identities {
    /// Reads the cluster's authority, or makes it the first time.
    pub(crate) fn open(state: &State, cluster: &Cluster) -> Result<Self, Error> {
        let (authority, key) = authority(state, cluster)?;
        Ok(Self { authority, key: Secret::new(key) })
    }

    /// Who a host is: to others that come to it, and to those that it goes to.
    pub(crate) fn of(&self, host: IpAddr) -> Result<Identity, rcgen::Error> {
        let key = KeyPair::generate()?;
        let issuer = Issuer::from_ca_cert_pem(&self.authority, KeyPair::from_pem(self.key.reveal())?)?;
        let mut parameters = CertificateParams::new(vec![host.to_string()])?;
        parameters.distinguished_name.push(DnType::CommonName, host.to_string());
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        parameters.use_authority_key_identifier_extension = true;
        valid_for(&mut parameters, IDENTITY_DAYS);
        let certificate = parameters.signed_by(&key, &issuer)?.pem();
        Ok(Identity { authority: self.authority.clone(), certificate, key: Text(key.serialize_pem()) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::names_all;
    use super::*;
    use crate::step::tests::cluster;

    #[test]
    fn a_host_is_named_by_its_address_and_has_a_key_of_its_own() {
        let root = tempfile::tempdir().unwrap();
        let state = State::lock(root.path(), "c").unwrap();
        let identities = Identities::open(&state, &cluster(&["10.0.0.1"], &[])).unwrap();
        let (one, other) = ("10.0.0.8".parse().unwrap(), "fd00::9".parse().unwrap());
        let (one, other) = (identities.of(one).unwrap(), identities.of(other).unwrap());
        assert!(
            names_all(&one.certificate, &["10.0.0.8".into()]) && names_all(&other.certificate, &["fd00::9".into()])
        );
        assert!(!names_all(&one.certificate, &["fd00::9".into()]));
        assert_eq!(one.authority, other.authority);
        assert_ne!(one.key, other.key);
        assert!(!format!("{one:?}").contains("PRIVATE"), "the key is printed");
    }
}
