//! What every verb on a release needs: the cluster, the release's history, and how the user wants it done.

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::history::History;
use crate::image_names::ImageNames;
use crate::object::{Object, parse};
use crate::stored::{Keeper, Status, Stored};
use crate::wait::Deadline;
use sealer_model::event::Listener;
use std::time::Duration;

/// How a verb is carried out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether to wait until every object is ready.
    pub waits: bool,
    /// How long each wait may take: for a hook, for all objects.
    pub timeout: Duration,
    /// Whether a failure takes back what was done.
    pub is_atomic: bool,
    /// Whether the namespace is made where it is missing.
    pub creates_namespace: bool,
    /// Whether no hooks are run.
    pub skips_hooks: bool,
    /// Whether a revision that was begun and not finished is taken for a failed one: nobody else is at work.
    pub takes_over: bool,
    /// How many revisions are kept; 0 for all.
    pub most_revisions: u32,
    /// Whether the history stays when the release goes.
    pub keeps_history: bool,
    /// Whether fields of manifests that somebody else has set are taken over, and objects of other applications.
    pub forces: bool,
    /// Names of container images that are other in this cluster.
    pub image_names: ImageNames,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            waits: false,
            timeout: Duration::from_secs(300),
            is_atomic: false,
            creates_namespace: false,
            skips_hooks: false,
            takes_over: false,
            most_revisions: 10,
            keeps_history: false,
            forces: false,
            image_names: ImageNames::default(),
        }
    }
}

/// A release that something is done to.
pub struct Work<'a> {
    pub(crate) cluster: Cluster,
    pub(crate) history: History,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) settings: &'a Settings,
    pub(crate) listener: &'a Listener,
}

impl<'a> Work<'a> {
    /// Work on a chart's release of that name in that namespace.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn new(
        cluster: &Cluster,
        (namespace, name): (&'a str, &'a str),
        settings: &'a Settings,
        listener: &'a Listener,
    ) -> Result<Self> {
        Self::kept_by(Keeper::Helm, cluster, (namespace, name), settings, listener)
    }

    /// Work on an application of manifests.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn of_manifests(
        cluster: &Cluster,
        (namespace, name): (&'a str, &'a str),
        settings: &'a Settings,
        listener: &'a Listener,
    ) -> Result<Self> {
        Self::kept_by(Keeper::Sealer, cluster, (namespace, name), settings, listener)
    }

    /// Work on whichever there is under that name: a release, or an application of manifests.
    ///
    /// # Errors
    /// [`Error::Name`], or the server refuses.
    pub async fn find(
        cluster: &Cluster,
        (namespace, name): (&'a str, &'a str),
        settings: &'a Settings,
        listener: &'a Listener,
    ) -> Result<Self> {
        let work = Self::of_manifests(cluster, (namespace, name), settings, listener)?;
        let history = History::find(cluster, namespace, name).await?;
        Ok(Self { history, ..work })
    }

    fn kept_by(
        keeper: Keeper,
        cluster: &Cluster,
        (namespace, name): (&'a str, &'a str),
        settings: &'a Settings,
        listener: &'a Listener,
    ) -> Result<Self> {
        match keeper {
            Keeper::Helm if !is_name(name) => return Err(Error::Name(name.to_owned())),
            Keeper::Sealer if !is_label(name) => return Err(Error::ApplicationName(name.to_owned())),
            Keeper::Helm | Keeper::Sealer => {}
        }
        let history = History::kept_by(keeper, cluster, namespace, name);
        Ok(Self { cluster: cluster.clone(), history, namespace, name, settings, listener })
    }

    /// Whether it is an application of manifests, and no chart's release.
    #[must_use]
    pub fn is_of_manifests(&self) -> bool {
        self.history.keeper() == Keeper::Sealer
    }

    pub(crate) fn title(&self) -> String {
        self.history.title()
    }

    pub(crate) fn tell(&self, what: impl AsRef<str>) {
        self.listener.stage(format!("{}: {}", self.title(), what.as_ref()));
    }

    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.settings.timeout)
    }

    /// The objects of a revision. Once it has been in the cluster, those of kinds that the cluster has no more are gone with their kinds.
    pub(crate) fn objects(&self, revision: &Stored) -> Result<Vec<Object>> {
        let mut objects = Vec::new();
        for text in sealer_chart::manifests::split(&revision.manifest) {
            let place = text.lines().find_map(|line| line.strip_prefix("# Source: ")).unwrap_or("the manifest");
            match parse(place, text, &self.cluster.kinds, self.namespace) {
                Ok(found) => objects.extend(found),
                Err(error @ Error::UnknownKind { .. }) if !revision.info.status.is_pending() => {
                    self.listener.warn(format!("{place} is left out, for {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(objects)
    }

    /// Refuses to begin while another verb is at work. One that was interrupted becomes a failed one where the user says so.
    pub(crate) async fn settle(&self, revisions: &mut [Stored]) -> Result<()> {
        let Some(last) = revisions.last_mut().filter(|last| is_unfinished(last.info.status)) else { return Ok(()) };
        if !self.settings.takes_over {
            let (release, status) = (self.title(), last.info.status.to_string());
            return Err(Error::Pending { release, status, revision: last.version });
        }
        self.listener.warn(format!(
            "{}: revision {} was begun and not finished; going on from there",
            self.title(),
            last.version
        ));
        last.info.status = Status::Failed;
        last.info.description = "interrupted".to_owned();
        self.history.update(last).await
    }
}

fn is_unfinished(status: Status) -> bool {
    status.is_pending() || status == Status::Uninstalling
}

/// What may be a label's value: an application is found by it.
fn is_label(name: &str) -> bool {
    let ends = [name.bytes().next(), name.bytes().last()];
    name.len() <= 63
        && ends.iter().all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Helm's rule: a DNS name of at most 53 bytes.
fn is_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let ends = [label.bytes().next(), label.bytes().last()];
        ends.iter().all(|end| end.is_some_and(inner)) && label.bytes().all(|byte| inner(byte) || byte == b'-')
    };
    name.len() <= 53 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_names() {
        for name in ["web", "a.b", "a-1", "1", &"x".repeat(53)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "Web", "-a", "a-", "a..b", "a_b", "a/b", &"x".repeat(54)] {
            assert!(!is_name(name), "{name}");
        }
        for (name, expected) in [("My_App.2", true), ("a", true), ("", false), ("_a", false), ("a b", false)] {
            assert_eq!(is_label(name), expected, "{name}");
        }
        assert!(!is_label(&"x".repeat(64)));
    }
}
