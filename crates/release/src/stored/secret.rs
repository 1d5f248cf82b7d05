//! The Secret that a revision is stored in: its name, its type, and the labels by which it is found.

use super::{Keeper, Stored, decode, encode};
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealer_model::Digest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The labels that are not the user's.
const LABELS: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

impl Keeper {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Helm, Self::Sealer];

    fn owner(self) -> &'static str {
        match self {
            Self::Helm => "helm",
            Self::Sealer => "sealer",
        }
    }

    fn secret_type(self) -> &'static str {
        match self {
            Self::Helm => "helm.sh/release.v1",
            Self::Sealer => "sealer.io/application.v1",
        }
    }

    /// Picks the Secrets by their labels.
    pub(crate) fn label_selector(self) -> String {
        format!("owner={}", self.owner())
    }

    /// Picks the Secrets by their type.
    pub(crate) fn field_selector(self) -> String {
        format!("type={}", self.secret_type())
    }

    /// The Secret's name.
    pub(crate) fn secret_name(self, release: &str, revision: u32) -> String {
        match self {
            Self::Helm => format!("sh.helm.release.v1.{release}.v{revision}"),
            Self::Sealer => format!("io.sealer.application.v1.{}.v{revision}", in_small_letters(release)),
        }
    }
}

/// A name that may be a part of an object's: small letters, digits, `-` and `.`; others get a part of their digest, so that they stay apart.
fn in_small_letters(name: &str) -> String {
    let is_fit = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if name
        .split('.')
        .all(|part| !part.is_empty() && part.chars().all(is_fit) && !part.starts_with('-') && !part.ends_with('-'))
    {
        return name.to_owned();
    }
    let small: String =
        name.to_ascii_lowercase().chars().map(|letter| if is_fit(letter) { letter } else { '-' }).collect();
    let digest = Digest::of(name.as_bytes());
    format!("{small}-{}", digest.hex().get(..8).unwrap_or_default())
}

/// The Secret for a revision. The time stands in a label: `createdAt` or `modifiedAt` and the seconds since 1970.
pub(crate) fn secret(release: &Stored, time: (&str, i64)) -> Result<Value> {
    let keeper = release.keeper;
    let name = keeper.secret_name(&release.name, release.version);
    let text = encode(release).map_err(|problem| Error::Stored { name: name.clone(), problem })?;
    let mut labels = release.labels.clone();
    let own = [
        ("name", release.name.clone()),
        ("owner", keeper.owner().to_owned()),
        ("status", release.info.status.to_string()),
        ("version", release.version.to_string()),
        (time.0, time.1.to_string()),
    ];
    labels.extend(own.map(|(key, value)| (key.to_owned(), value)));
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": keeper.secret_type(),
        "metadata": {"name": name, "namespace": release.namespace, "labels": labels},
        "data": {"release": STANDARD.encode(text)},
    }))
}

/// The revision in a Secret.
///
/// # Errors
/// It holds none, or a damaged one.
pub fn from_secret(secret: &Value) -> Result<Stored> {
    let name = secret.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("?");
    let broken = |problem: String| Error::Stored { name: name.to_owned(), problem };
    let data = secret.pointer("/data/release").and_then(Value::as_str);
    let data = data.ok_or_else(|| broken("it has no data.release".to_owned()))?;
    let text = STANDARD.decode(data).map_err(|error| broken(error.to_string()))?;
    let mut release = decode(&String::from_utf8_lossy(&text)).map_err(broken)?;
    let labels = secret.pointer("/metadata/labels").cloned().unwrap_or_default();
    let labels: BTreeMap<String, String> = serde_json::from_value(labels).unwrap_or_default();
    let owner = labels.get("owner").map(String::as_str);
    release.keeper = Keeper::ALL.into_iter().find(|keeper| Some(keeper.owner()) == owner).unwrap_or_default();
    release.labels = labels.into_iter().filter(|(key, _)| !LABELS.contains(&key.as_str())).collect();
    Ok(release)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored::{Info, Status};

    /// As Helm's own SDK 4.2 stored it.
    const OF_HELM: &str = include_str!("../../tests/data/release-of-helm.json");

    #[test]
    fn a_release_of_helm_is_read_and_written_without_loss() {
        let given: Value = serde_json::from_str(OF_HELM).unwrap();
        let release = from_secret(&given).unwrap();
        assert_eq!((release.title(), release.version), ("default/site".to_owned(), 1));
        assert_eq!((release.chart_title(), release.app_version()), ("web-1.2.3".to_owned(), "4.5"));
        assert_eq!(release.hooks.first().unwrap().delete_policies, ["before-hook-creation"]);
        assert_eq!(release.labels, BTreeMap::from([("team".to_owned(), "a".to_owned())]));
        let again = secret(&release, ("modifiedAt", 1_795_456_456)).unwrap();
        assert_eq!(from_secret(&again).unwrap(), release);
        assert_eq!(again.pointer("/metadata/labels"), given.pointer("/metadata/labels"));
        // every field that Helm wrote is still there, for Helm to read
        let text = |secret: &Value| {
            let data = STANDARD.decode(secret.pointer("/data/release").unwrap().as_str().unwrap()).unwrap();
            serde_json::to_value(decode(std::str::from_utf8(&data).unwrap()).unwrap()).unwrap()
        };
        assert_eq!(text(&again), text(&given));
        assert_eq!(text(&again).pointer("/apply_method"), Some(&Value::from("ssa")));
    }

    #[test]
    fn what_is_no_release_is_refused_by_name() {
        let secret =
            |release: &str| json!({"metadata": {"name": "sh.helm.release.v1.a.v1"}, "data": {"release": release}});
        for text in ["", "?", "aGVsbG8=", "e30="] {
            let error = from_secret(&secret(text)).unwrap_err().to_string();
            assert!(error.contains("sh.helm.release.v1.a.v1"), "{error}");
        }
        assert!(from_secret(&json!({})).is_err());
    }

    #[test]
    fn names_of_applications_are_free_and_stay_apart() {
        let name = |name: &str| Keeper::Sealer.secret_name(name, 2);
        assert_eq!(name("web.a-1"), "io.sealer.application.v1.web.a-1.v2");
        assert!(name("My_App").starts_with("io.sealer.application.v1.my-app-"), "{}", name("My_App"));
        assert_ne!(name("My_App"), name("my_App"));
        assert_ne!(name("my-app"), name("my_app"));
    }

    #[test]
    fn labels_tell_how_a_revision_stands() {
        let info = Info { status: Status::PendingUpgrade, ..Info::default() };
        let release: Stored =
            serde_json::from_value(json!({"name": "a", "info": {"status": "deployed"}, "version": 7})).unwrap();
        let secret = secret(&Stored { info, ..release }, ("createdAt", 5)).unwrap();
        let expected =
            json!({"name": "a", "owner": "helm", "status": "pending-upgrade", "version": "7", "createdAt": "5"});
        assert_eq!(secret.pointer("/metadata/labels"), Some(&expected));
        assert_eq!(secret.pointer("/metadata/name"), Some(&Value::from("sh.helm.release.v1.a.v7")));
    }
}
