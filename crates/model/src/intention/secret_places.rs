//! Where the secrets of a delivery come from: what may be written down of them, so that work that goes on later, or elsewhere than it was
//! asked for, finds them anew. A secret that stands in the Clusterfile itself has no such place.

use crate::cluster::SecretPlace;
use crate::clusterfile::{CertificateFiles, RegistrySettings, SecretSource};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the secrets of the site's registry come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SecretPlaces {
    /// The password of its user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretPlace>,
    /// Passwords for upstreams, by their matches.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub upstream_passwords: BTreeMap<String, SecretPlace>,
    /// The password at the registry that the site has already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_password: Option<SecretPlace>,
    /// Its own certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateFiles>,
}

impl SecretPlaces {
    /// What may be written down of settings. `file` makes a path out of one that is good wherever the work goes on.
    #[must_use]
    pub fn of(settings: &RegistrySettings, file: &dyn Fn(&str) -> String) -> Self {
        let place = |source: &SecretSource| Some(source.place()?.clone().with_file(file));
        let upstreams = settings.upstream_passwords.iter();
        Self {
            password: settings.password.as_ref().and_then(place),
            upstream_passwords: upstreams.filter_map(|(name, source)| Some((name.clone(), place(source)?))).collect(),
            external_password: settings.external_password.as_ref().and_then(place),
            certificate: settings.certificate.as_ref().map(|files| CertificateFiles {
                certificate: file(&files.certificate),
                key: file(&files.key),
                authority: files.authority.as_deref().map(file),
            }),
        }
    }

    /// As a Clusterfile says it.
    #[must_use]
    pub fn settings(self) -> RegistrySettings {
        RegistrySettings {
            password: self.password.map(SecretSource::At),
            upstream_passwords: self
                .upstream_passwords
                .into_iter()
                .map(|(name, place)| (name, SecretSource::At(place)))
                .collect(),
            external_password: self.external_password.map(SecretSource::At),
            certificate: self.certificate,
            ..RegistrySettings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    #[test]
    fn places_are_kept_and_secrets_are_not() {
        let settings = RegistrySettings {
            password: Some(SecretSource::Written(Secret::new("hunter2"))),
            external_password: Some(SecretSource::At(SecretPlace::File("secret".into()))),
            upstream_passwords: [
                ("a".to_owned(), SecretSource::At(SecretPlace::Variable("PASS".into()))),
                ("b".to_owned(), SecretSource::Written(Secret::new("hunter3"))),
                ("c".to_owned(), SecretSource::At(SecretPlace::Prompt)),
                ("d".to_owned(), SecretSource::At(SecretPlace::Age { file: "secrets.age".into(), key: None })),
            ]
            .into(),
            certificate: Some(CertificateFiles { certificate: "c".into(), key: "k".into(), authority: None }),
            ..RegistrySettings::default()
        };
        let places = SecretPlaces::of(&settings, &|path| format!("/here/{path}"));
        let text = serde_json::to_string(&places).unwrap();
        assert!(!text.contains("hunter"), "{text}");
        let read = serde_json::from_str::<SecretPlaces>(&text).unwrap().settings();
        assert_eq!(
            (read.password, read.external_password),
            (None, Some(SecretSource::At(SecretPlace::File("/here/secret".into()))))
        );
        assert_eq!(read.certificate.unwrap().key, "/here/k");
        let upstreams: Vec<_> = read.upstream_passwords.into_iter().collect();
        let expected = [
            ("a".to_owned(), SecretSource::At(SecretPlace::Variable("PASS".into()))),
            ("c".to_owned(), SecretSource::At(SecretPlace::Prompt)),
            ("d".to_owned(), SecretSource::At(SecretPlace::Age { file: "/here/secrets.age".into(), key: None })),
        ];
        assert_eq!(upstreams, expected);
    }
}
