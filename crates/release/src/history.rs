//! The revisions of releases, where Helm keeps them: Secrets in the release's namespace. Those of applications of manifests lie beside them,
//! under a type of their own.

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::stored::{self, Keeper, Status, Stored};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// Requests at a time.
const AT_ONCE: usize = 8;

/// The revisions of one release.
#[derive(Clone, Debug)]
pub struct History {
    cluster: Cluster,
    namespace: String,
    name: String,
    keeper: Keeper,
}

impl History {
    /// That of a chart's release.
    #[must_use]
    pub fn new(cluster: &Cluster, namespace: &str, name: &str) -> Self {
        Self::kept_by(Keeper::Helm, cluster, namespace, name)
    }

    pub(crate) fn kept_by(keeper: Keeper, cluster: &Cluster, namespace: &str, name: &str) -> Self {
        Self { cluster: cluster.clone(), namespace: namespace.to_owned(), name: name.to_owned(), keeper }
    }

    /// That of the release or of the application of manifests, whichever there is; a release's where there is neither.
    ///
    /// # Errors
    /// The server refuses, or a revision is damaged.
    pub async fn find(cluster: &Cluster, namespace: &str, name: &str) -> Result<Self> {
        let of_chart = Self::new(cluster, namespace, name);
        if of_chart.is_there().await? {
            return Ok(of_chart);
        }
        let of_manifests = Self::kept_by(Keeper::Sealer, cluster, namespace, name);
        let is_known = !of_manifests.revisions().await?.is_empty();
        Ok(if is_known { of_manifests } else { of_chart })
    }

    /// Whether there is such a release, and not only what was kept of one.
    pub(crate) async fn is_there(&self) -> Result<bool> {
        Ok(self.revisions().await?.last().is_some_and(|last| last.info.status != Status::Uninstalled))
    }

    pub(crate) fn keeper(&self) -> Keeper {
        self.keeper
    }

    /// Every revision, the oldest first; empty where there is no such release.
    ///
    /// # Errors
    /// The server refuses, or a revision is damaged.
    pub async fn revisions(&self) -> Result<Vec<Stored>> {
        let (labels, fields) = (self.keeper.label_selector(), self.keeper.field_selector());
        let selector = format!("{labels},name={}", self.name);
        let query = [("labelSelector", selector.as_str()), ("fieldSelector", fields.as_str())];
        let secrets = self.cluster.client.list(&self.collection(), &query).await?;
        let mut revisions: Vec<Stored> = secrets.iter().map(stored::from_secret).collect::<Result<_>>()?;
        revisions.sort_by_key(|revision| revision.version);
        Ok(revisions)
    }

    /// The revisions of a release that must be there.
    ///
    /// # Errors
    /// As [`History::revisions`], and [`Error::NoRelease`].
    pub async fn existing(&self) -> Result<Vec<Stored>> {
        let revisions = self.revisions().await?;
        if revisions.is_empty() { Err(Error::NoRelease(self.title())) } else { Ok(revisions) }
    }

    /// `web/site`
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    pub(crate) async fn create(&self, revision: &Stored) -> Result<()> {
        let secret = stored::secret(revision, ("createdAt", Timestamp::now().as_second()))?;
        self.cluster.client.create(&self.collection(), &secret).await.map(drop)
    }

    pub(crate) async fn update(&self, revision: &Stored) -> Result<()> {
        let secret = stored::secret(revision, ("modifiedAt", Timestamp::now().as_second()))?;
        self.cluster.client.replace(&self.path(revision.version), &secret).await.map(drop)
    }

    pub(crate) async fn remove(&self, revision: u32) -> Result<()> {
        self.cluster.client.remove(&self.path(revision)).await
    }

    /// Forgets the oldest revisions beyond that many, but never the one that is deployed.
    pub(crate) async fn shorten(&self, most: u32) -> Result<()> {
        for revision in forgotten(&self.revisions().await?, most) {
            self.remove(revision).await?;
        }
        Ok(())
    }

    fn collection(&self) -> String {
        format!("/api/v1/namespaces/{}/secrets", self.namespace)
    }

    fn path(&self, revision: u32) -> String {
        format!("{}/{}", self.collection(), self.keeper.secret_name(&self.name, revision))
    }
}

/// Which revisions to forget so that no more than that many stay; none where no number is set.
fn forgotten(revisions: &[Stored], most: u32) -> Vec<u32> {
    let deployed = revisions.iter().rev().find(|revision| revision.info.status == Status::Deployed);
    let deployed = deployed.map(|revision| revision.version);
    let surplus = if most == 0 { 0 } else { revisions.len().saturating_sub(most as usize) };
    let versions = revisions.iter().map(|revision| revision.version);
    versions.filter(|version| Some(*version) != deployed).take(surplus).collect()
}

/// The newest revision of every release and every application of manifests, in one namespace or in all. Damaged ones are told apart, so that one does not hide the rest.
///
/// # Errors
/// The server refuses.
pub async fn releases(cluster: &Cluster, namespace: Option<&str>) -> Result<Vec<Result<Stored>>> {
    let path = cluster.kinds.collection("v1", "Secret", namespace)?;
    let mut found = Vec::new();
    for keeper in Keeper::ALL {
        let (labels, fields) = (keeper.label_selector(), keeper.field_selector());
        let query = [("labelSelector", labels.as_str()), ("fieldSelector", fields.as_str())];
        found.extend(cluster.client.list_metadata(&path, &query).await?);
    }
    let asked = newest(&found).into_iter().map(|path| async move {
        let secret = cluster.client.get(&path).await?;
        Ok::<_, Error>(stored::from_secret(&secret))
    });
    stream::iter(asked).buffered(AT_ONCE).try_collect().await
}

/// The paths of the newest revision's Secrets, by the labels alone, in the order of namespaces and names.
fn newest(secrets: &[Value]) -> Vec<String> {
    let mut newest: BTreeMap<(&str, &str, &str), (u32, &str)> = BTreeMap::new();
    for secret in secrets {
        let word = |path: &str| secret.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let key = (word("/metadata/namespace"), word("/metadata/labels/name"), word("/metadata/labels/owner"));
        let revision: u32 = word("/metadata/labels/version").parse().unwrap_or(0);
        let known = newest.entry(key).or_insert((revision, word("/metadata/name")));
        if revision > known.0 {
            *known = (revision, word("/metadata/name"));
        }
    }
    newest.iter().map(|((namespace, ..), (_, name))| format!("/api/v1/namespaces/{namespace}/secrets/{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_newest_revision_is_the_one_of_the_highest_number() {
        let secret = |namespace: &str, name: &str, version: &str| {
            let labels = json!({"name": name, "version": version});
            json!({"metadata": {"namespace": namespace, "name": format!("{name}.v{version}"), "labels": labels}})
        };
        let secrets =
            [secret("b", "web", "9"), secret("b", "web", "10"), secret("a", "web", "2"), secret("a", "api", "1")];
        let expected = ["a/secrets/api.v1", "a/secrets/web.v2", "b/secrets/web.v10"];
        assert_eq!(newest(&secrets), expected.map(|path| format!("/api/v1/namespaces/{path}")));
    }

    #[test]
    fn the_oldest_are_forgotten_but_not_what_is_deployed() {
        let revision = |(version, status): (u32, &str)| {
            serde_json::from_value(json!({"name": "a", "info": {"status": status}, "version": version})).unwrap()
        };
        let all: Vec<Stored> =
            [(1, "superseded"), (2, "deployed"), (3, "failed"), (4, "failed")].into_iter().map(revision).collect();
        assert_eq!(forgotten(&all, 2), [1, 3]);
        assert_eq!(forgotten(&all, 4), [0_u32; 0]);
        assert_eq!(forgotten(&all, 0), [0_u32; 0]);
    }
}
