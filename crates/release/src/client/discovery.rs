//! Which kinds a cluster has and at which paths: asked of the cluster, because custom kinds come and go and nobody's table of plurals
//! is complete.

use super::Client;
use crate::error::{Error, Result};
use crate::object::Identity;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Requests at a time.
const AT_ONCE: usize = 8;

/// What a cluster knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds {
    /// By API version and kind.
    known: BTreeMap<(String, String), Resource>,
    /// API versions that the cluster lists and cannot serve now: of an extension that is down.
    pub(crate) unavailable: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Resource {
    plural: String,
    namespaced: bool,
}

#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    versions: Vec<Version>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    group_version: String,
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    kind: String,
    namespaced: bool,
}

impl Kinds {
    /// Asks a cluster for all its kinds.
    ///
    /// # Errors
    /// The cluster does not answer. Single API versions that it cannot serve are remembered instead.
    pub(crate) async fn of(client: &Client) -> Result<Self> {
        let groups: Groups = parse("/apis", client.get("/apis").await?)?;
        let versions = groups.groups.into_iter().flat_map(|group| group.versions).map(|version| version.group_version);
        let versions = std::iter::once("v1".to_owned()).chain(versions);
        let asked = versions.map(|version| async move { resources(client, version).await });
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        let mut kinds = Self::default();
        for (version, resources) in answers {
            match resources {
                Some(resources) => kinds.add(&version, resources),
                None => kinds.unavailable.push(version),
            }
        }
        Ok(kinds)
    }

    /// Names with a slash are parts of objects: `deployments/scale`.
    fn add(&mut self, version: &str, resources: Resources) {
        for Listed { name, kind, namespaced } in resources.resources {
            if !name.contains('/') {
                self.known.insert((version.to_owned(), kind), Resource { plural: name, namespaced });
            }
        }
    }

    /// What `.Capabilities.APIVersions` holds: `apps/v1` and `apps/v1/Deployment`.
    pub(crate) fn api_versions(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (version, kind) in self.known.keys() {
            if all.last().is_none_or(|last: &String| !last.starts_with(&format!("{version}/"))) {
                all.push(version.clone());
            }
            all.push(format!("{version}/{kind}"));
        }
        all
    }

    /// Whether objects of that kind lie in namespaces.
    pub(crate) fn is_namespaced(&self, api_version: &str, kind: &str) -> Result<bool> {
        self.resource(api_version, kind).map(|resource| resource.namespaced)
    }

    /// The path of a kind's objects: `/apis/apps/v1/namespaces/web/deployments`; across all namespaces where none is given.
    pub(crate) fn collection(&self, api_version: &str, kind: &str, namespace: Option<&str>) -> Result<String> {
        let resource = self.resource(api_version, kind)?;
        let root = if api_version.contains('/') { "apis" } else { "api" };
        let within = match namespace.filter(|_| resource.namespaced) {
            Some(namespace) => format!("/namespaces/{namespace}"),
            None => String::new(),
        };
        Ok(format!("/{root}/{api_version}{within}/{}", resource.plural))
    }

    /// The path of one object.
    pub(crate) fn path(&self, object: &Identity) -> Result<String> {
        let collection = self.collection(&object.api_version, &object.kind, object.namespace.as_deref())?;
        Ok(format!("{collection}/{}", object.name))
    }

    fn resource(&self, api_version: &str, kind: &str) -> Result<&Resource> {
        let key = (api_version.to_owned(), kind.to_owned());
        self.known.get(&key).ok_or_else(|| {
            let others: Vec<&str> =
                self.known.keys().filter(|(_, known)| known == kind).map(|(version, _)| version.as_str()).collect();
            let hint = match (self.unavailable.iter().any(|version| version == api_version), others.as_slice()) {
                (true, _) => " now: the extension that serves it does not answer".to_owned(),
                (false, []) => String::new(),
                (false, others) => format!("; it has {kind} in {}", others.join(", ")),
            };
            Error::UnknownKind { api_version: key.0.clone(), kind: key.1.clone(), hint }
        })
    }
}

/// The resources of one API version; none where an extension's server is down.
async fn resources(client: &Client, version: String) -> Result<(String, Option<Resources>)> {
    let path = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
    match client.get(&path).await {
        Ok(answer) => Ok((version, Some(parse(&path, answer)?))),
        Err(Error::Refused { code: 404 | 500..=599, .. }) if version != "v1" => Ok((version, None)),
        Err(error) => Err(error),
    }
}

fn parse<T: serde::de::DeserializeOwned>(path: &str, answer: serde_json::Value) -> Result<T> {
    serde_json::from_value(answer).map_err(|error| Error::Answer { path: path.to_owned(), problem: error.to_string() })
}

#[cfg(test)]
impl Kinds {
    /// Some that tests need.
    pub(crate) fn of_tests() -> Self {
        let mut kinds = Self::default();
        let known = [
            ("v1", "Pod", "pods", true),
            ("v1", "Namespace", "namespaces", false),
            ("v1", "List", "lists", false),
            ("apps/v1", "Deployment", "deployments", true),
        ];
        for (version, kind, plural, namespaced) in known {
            let listed = Listed { name: plural.to_owned(), kind: kind.to_owned(), namespaced };
            kinds.add(version, Resources { resources: vec![listed] });
        }
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_paths() {
        let kinds = Kinds::of_tests();
        let path = |version: &str, kind: &str, namespace: Option<&str>| {
            let namespace = namespace.map(str::to_owned);
            let identity =
                Identity { api_version: version.to_owned(), kind: kind.to_owned(), namespace, name: "x".to_owned() };
            kinds.path(&identity)
        };
        assert_eq!(path("apps/v1", "Deployment", Some("web")).unwrap(), "/apis/apps/v1/namespaces/web/deployments/x");
        assert_eq!(path("v1", "Pod", Some("web")).unwrap(), "/api/v1/namespaces/web/pods/x");
        assert_eq!(path("v1", "Namespace", Some("web")).unwrap(), "/api/v1/namespaces/x");
        let error = path("extensions/v1beta1", "Deployment", Some("web")).unwrap_err().to_string();
        assert_eq!(error, "the cluster has no kind Deployment in extensions/v1beta1; it has Deployment in apps/v1");
    }

    #[test]
    fn templates_can_ask_for_versions_and_kinds() {
        let versions = Kinds::of_tests().api_versions();
        assert_eq!(versions, ["apps/v1", "apps/v1/Deployment", "v1", "v1/List", "v1/Namespace", "v1/Pod"]);
    }
}
