//! Manifests as an application, by server-side apply: each revision is kept with the list of all objects that belong to it, what the
//! new one does not have any more is removed, and what nobody else has claimed becomes the application's.

use super::{end, revision, supersede};
use crate::apply::{self, hand_over, mark_application, remove_own, stranger_to_application};
use crate::client::Applying;
use crate::definitions;
use crate::error::{Error, Result};
use crate::history::History;
use crate::inventory::Inventory;
use crate::object::{Object, holds_others, parse};
use crate::order;
use crate::render::Prepared;
use crate::stored::{Status, Stored};
use crate::wait;
use crate::work::Work;
use serde_json::{Map, Value};

/// The objects of a revision, and what the cluster does not know yet.
pub(super) struct Known {
    pub(super) objects: Vec<Object>,
    pub(super) unknown: Vec<Error>,
}

impl Work<'_> {
    /// Brings manifests about as the application's next revision; each is a place for people and a text. The same manifests as before
    /// are no new revision, and what has drifted from them comes back.
    ///
    /// # Errors
    /// A chart's release has that name, somebody else has claimed an object or a field, or the cluster does not take one; then the
    /// revision stays as failed, and what it made belongs to the application all the same.
    pub async fn apply(&mut self, manifests: &[(String, String)]) -> Result<Stored> {
        let mut revisions = self.history.revisions().await?;
        self.settle(&mut revisions).await?;
        if History::new(&self.cluster, self.namespace, self.name).is_there().await? {
            return Err(Error::Exists(self.title()));
        }
        if self.settings.creates_namespace {
            self.create_namespace().await?;
        }
        let manifest = self.settings.image_names.in_manifest(&joined(manifests))?;
        let last = revisions.last();
        if let Some(same) = last.filter(|last| last.info.status == Status::Deployed && last.manifest == manifest) {
            let mut same = same.clone();
            let known = self.known(&same)?;
            self.carry_out_manifests(&mut same, known).await?;
            return Ok(same);
        }
        self.bring_manifests(revisions, manifest, (Status::PendingUpgrade, "Apply complete".to_owned())).await
    }

    /// Brings a text of manifests about in place of the last revision's.
    pub(super) async fn bring_manifests(
        &mut self,
        mut revisions: Vec<Stored>,
        manifest: String,
        (pending, done): (Status, String),
    ) -> Result<Stored> {
        let mut revision = self.next_revision(&revisions, manifest, pending);
        let known = self.known(&revision)?;
        self.claim(&known.objects, &Inventory::of(&revision)).await?;
        self.history.create(&revision).await?;
        match self.carry_out_manifests(&mut revision, known).await {
            Ok(()) => {
                supersede(self, &mut revisions).await?;
                end(self, &mut revision, Status::Deployed, done).await?;
                self.history.shorten(self.settings.most_revisions).await?;
                Ok(revision)
            }
            Err(error) => {
                end(self, &mut revision, Status::Failed, error.whole_text()).await?;
                Err(error)
            }
        }
    }

    /// With the inventory of the last revision, whatever became of it.
    fn next_revision(&self, revisions: &[Stored], manifest: String, pending: Status) -> Stored {
        let last = revisions.last();
        let status = if last.is_some() { pending } else { Status::PendingInstall };
        let nothing = (Value::Null, Map::new(), Vec::new(), String::new(), Vec::new());
        let (chart, config, hooks, notes, warnings) = nothing;
        let prepared = Prepared { chart, config, manifest, hooks, notes, warnings };
        let version = last.map_or(1, |last| last.version + 1);
        let mut revision = revision(self, prepared, version, (status, "Apply underway"));
        if let Some(last) = last {
            revision.info.first_deployed.clone_from(&last.info.first_deployed);
            Inventory::of(last).write(&mut revision);
        }
        revision
    }

    /// The objects of a revision as they come, marked as the application's. Of two of one name the later counts, as for kubectl.
    pub(super) fn known(&self, revision: &Stored) -> Result<Known> {
        let mut known = Known { objects: Vec::new(), unknown: Vec::new() };
        for text in sealer_chart::manifests::split(&revision.manifest) {
            let place = text.lines().find_map(|line| line.strip_prefix(SOURCE)).unwrap_or("the manifest");
            match parse(place, text, &self.cluster.kinds, self.namespace) {
                Ok(found) => found.into_iter().for_each(|object| self.add(&mut known.objects, object)),
                Err(error @ Error::UnknownKind { .. }) => known.unknown.push(error),
                Err(error) => return Err(error),
            }
        }
        order::for_bringing(&mut known.objects);
        Ok(known)
    }

    fn add(&self, objects: &mut Vec<Object>, mut object: Object) {
        mark_application(&mut object, &self.title());
        let before = objects.len();
        objects.retain(|other| !other.identity.is_same(&object.identity));
        if objects.len() < before {
            self.listener.warn(format!("{}: {} is there twice; the later one counts", self.title(), object.identity));
        }
        objects.push(object);
    }

    /// Refuses objects that others have claimed, and takes over what kubectl has applied.
    async fn claim(&self, objects: &[Object], inventory: &Inventory) -> Result<()> {
        for Object { identity, .. } in objects.iter().filter(|object| !inventory.has(&object.identity)) {
            let Some(live) = self.cluster.find(identity).await? else { continue };
            let title = self.title();
            let stranger = stranger_to_application(&live, &title);
            if let Some(difference) = stranger.filter(|_| !self.settings.forces && !holds_others(&identity.kind)) {
                return Err(Error::NotOurs { object: identity.to_string(), release: title, difference });
            }
            hand_over(&self.cluster, identity, &live).await?;
        }
        Ok(())
    }

    /// What is there and what comes belongs to the application before it comes.
    async fn carry_out_manifests(&mut self, revision: &mut Stored, mut known: Known) -> Result<()> {
        let before = Inventory::of(revision);
        before.with(&known.objects).write(revision);
        self.history.update(revision).await?;
        if let Some(unknown) = known.unknown.pop() {
            self.define(&known.objects, unknown).await?;
            known = self.known(revision)?;
            if let Some(unknown) = known.unknown.pop() {
                return Err(unknown);
            }
            before.with(&known.objects).write(revision);
            self.history.update(revision).await?;
        }
        self.bring_objects(&known.objects, &before).await?;
        Inventory::of_objects(&known.objects).write(revision);
        self.history.update(revision).await
    }

    /// Manifests may bring the kinds of their own objects.
    async fn define(&mut self, objects: &[Object], unknown: Error) -> Result<()> {
        let is_definition = |object: &&Object| object.identity.kind == "CustomResourceDefinition";
        let definitions: Vec<Object> = objects.iter().filter(is_definition).cloned().collect();
        if definitions.is_empty() {
            return Err(unknown);
        }
        self.tell(format!("{} custom resource definitions", definitions.len()));
        apply::on_server(&self.cluster, &definitions, self.applying(), self.deadline()).await?;
        let deadline = self.deadline();
        definitions::learn(&mut self.cluster, &definitions, deadline).await
    }

    async fn bring_objects(&self, objects: &[Object], before: &Inventory) -> Result<()> {
        self.tell(format!("{} objects", objects.len()));
        apply::on_server(&self.cluster, objects, self.applying(), self.deadline()).await?;
        let mut surplus = before.without(objects);
        order::names_for_removal(&mut surplus);
        for kept in remove_own(&self.cluster, &surplus, &self.title()).await? {
            self.tell(format!("{kept} is no part of it any more, and stays"));
        }
        if self.settings.waits {
            self.tell("wait until they are ready");
            let names: Vec<_> = objects.iter().map(|object| object.identity.clone()).collect();
            wait::ready(&self.cluster, &names, self.deadline()).await?;
        }
        Ok(())
    }

    fn applying(&self) -> Applying {
        Applying { forces: self.settings.forces, is_dry: false }
    }
}

/// What says in a revision's text which file a document is from; it is Helm's way.
const SOURCE: &str = "# Source: ";

/// Manifests as one text.
pub(super) fn joined(manifests: &[(String, String)]) -> String {
    let document = |place: &str, text: &str| format!("---\n{SOURCE}{place}\n{}\n", text.trim_end());
    let of_file = |(place, text): &(String, String)| {
        let documents = sealer_chart::manifests::split(text).into_iter();
        documents.map(|text| document(place, text)).collect::<String>()
    };
    manifests.iter().map(of_file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_says_which_file_it_is_from() {
        let manifests = [("a.yaml".to_owned(), "a: 1\n---\nb: 2\n".to_owned()), ("b.json".to_owned(), "{}".to_owned())];
        let text = joined(&manifests);
        assert_eq!(text, "---\n# Source: a.yaml\na: 1\n---\n# Source: a.yaml\nb: 2\n---\n# Source: b.json\n{}\n");
        assert_eq!(sealer_chart::manifests::split(&text).len(), 3);
    }
}
