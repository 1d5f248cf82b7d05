//! All names of a store at one moment, by repository.

use bytes::Bytes;
use sealer_image::NamedImage;
use sealer_model::image::Descriptor;
use sealer_model::{Digest, Reference};
use std::collections::{BTreeMap, HashMap};

/// One thing that an entry of the store's index says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    /// A tag of a repository.
    Tag { repository: String, tag: String, held: Held, rank: Rank },
    /// A manifest or an index that a repository has.
    Digest { repository: String, held: Held },
    /// A manifest says that it is about another one.
    Refers { repository: String, subject: Digest, referrer: Descriptor },
    /// A document that no file holds, because the registry made it.
    Made { digest: Digest, bytes: Bytes },
}

/// Which of two that have the same tag is meant: the later one of this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A cluster image's own name. `guestbook:v1` may hold `docker.io/library/guestbook:v1`: pods ask for the container image, and who
    /// wants the cluster image itself can ask for its digest.
    ClusterImage,
    /// What a cluster image brings along.
    Brought,
    /// What somebody pushed: whoever did means it, whatever another image brings along.
    Pushed,
}

impl Fact {
    /// Lets a tag of a cluster image's own stand back.
    pub(super) fn yield_tag(&mut self) {
        if let Self::Tag { rank, .. } = self {
            *rank = Rank::ClusterImage;
        }
    }
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    /// A manifest or an index.
    pub(crate) descriptor: Descriptor,
    /// Whether the store itself gives the name, so that it can be taken away; other names come with an image that holds them.
    pub(crate) own: bool,
}

/// What the store's index says of a name that it gives itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) digest: Digest,
    /// When a registry gave it, in microseconds since 1970; zero where none did.
    pub(crate) changed: u64,
    /// A cluster of this site runs the image.
    pub(crate) installed: bool,
}

/// The names.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    named: HashMap<String, Named>,
    repositories: BTreeMap<String, Repository>,
    made: HashMap<Digest, Bytes>,
    /// What could not be read, one line each.
    pub(crate) problems: Vec<String>,
}

#[derive(Debug, Default)]
struct Repository {
    tags: BTreeMap<String, (Rank, Held)>,
    digests: HashMap<Digest, Held>,
    referrers: HashMap<Digest, Vec<Descriptor>>,
}

impl Catalog {
    pub(super) fn name(&mut self, image: &NamedImage) {
        let named = Named {
            digest: image.descriptor.digest.clone(),
            changed: image.changed().unwrap_or_default(),
            installed: image.is_installed(),
        };
        self.named.insert(image.name.to_string(), named);
    }

    /// What a name leads to that the store itself gives.
    pub(crate) fn named(&self, name: &Reference) -> Option<&Named> {
        self.named.get(&name.to_string())
    }

    /// All names that the store itself gives.
    pub(crate) fn all_named(&self) -> impl Iterator<Item = (&str, &Named)> {
        self.named.iter().map(|(name, named)| (name.as_str(), named))
    }

    pub(super) fn add(&mut self, facts: &[Fact]) {
        for fact in facts {
            match fact.clone() {
                Fact::Tag { repository, tag, held, rank } => {
                    let tags = &mut self.repositories.entry(repository).or_default().tags;
                    if tags.get(&tag).is_none_or(|(before, _)| *before <= rank) {
                        tags.insert(tag, (rank, held));
                    }
                }
                Fact::Digest { repository, held } => {
                    let digests = &mut self.repositories.entry(repository).or_default().digests;
                    let own = digests.get(&held.descriptor.digest).is_some_and(|before| before.own);
                    digests.insert(held.descriptor.digest.clone(), Held { own: own || held.own, ..held });
                }
                Fact::Refers { repository, subject, referrer } => {
                    let repository = self.repositories.entry(repository).or_default();
                    let referrers = repository.referrers.entry(subject).or_default();
                    if !referrers.iter().any(|known| known.digest == referrer.digest) {
                        referrers.push(referrer);
                    }
                }
                Fact::Made { digest, bytes } => {
                    self.made.insert(digest, bytes);
                }
            }
        }
    }

    /// Whether there is a repository of that full name.
    pub(crate) fn has(&self, repository: &str) -> bool {
        self.repositories.contains_key(repository)
    }

    /// What a tag leads to.
    pub(crate) fn tag(&self, repository: &str, tag: &str) -> Option<&Held> {
        self.repositories.get(repository)?.tags.get(tag).map(|(_, held)| held)
    }

    /// A manifest or an index of a repository.
    pub(crate) fn digest(&self, repository: &str, digest: &Digest) -> Option<&Held> {
        self.repositories.get(repository)?.digests.get(digest)
    }

    /// A document that the registry made.
    pub(crate) fn made(&self, digest: &Digest) -> Option<Bytes> {
        self.made.get(digest).cloned()
    }

    /// The tags of a repository, sorted.
    pub(crate) fn tags(&self, repository: &str) -> Vec<String> {
        let found = self.repositories.get(repository);
        found.map(|repository| repository.tags.keys().cloned().collect()).unwrap_or_default()
    }

    /// The tags of the store's own that lead to a manifest.
    pub(crate) fn own_tags_of<'a>(&'a self, repository: &str, digest: &'a Digest) -> impl Iterator<Item = &'a str> {
        let tags = self.repositories.get(repository).map(|repository| repository.tags.iter());
        let own = tags.into_iter().flatten().filter(|(_, (_, held))| held.own && held.descriptor.digest == *digest);
        own.map(|(tag, _)| tag.as_str())
    }

    /// What says that it is about a manifest, in order of digest.
    pub(crate) fn referrers(&self, repository: &str, subject: &Digest) -> Vec<Descriptor> {
        let found = self.repositories.get(repository).and_then(|repository| repository.referrers.get(subject));
        let mut referrers = found.cloned().unwrap_or_default();
        referrers.sort_by(|one, other| one.digest.cmp(&other.digest));
        referrers
    }

    /// All repositories, sorted.
    pub(crate) fn repositories(&self) -> Vec<String> {
        self.repositories.keys().cloned().collect()
    }
}
