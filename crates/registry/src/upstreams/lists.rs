//! Lists of upstreams: the tags of a repository, and what refers to a manifest. They are believed for as long as a tag is, and where an
//! upstream cannot be asked, those of before are served with a warning, or what the cache alone knows.

use super::host::{Patience, Place, Trouble};
use super::manifest::warning;
use super::{Upstreams, refusal};
use crate::disk::blocking;
use crate::origin::{Listed, Notes};
use crate::refusal::Refusal;
use sealer_image::Result as Asked;
use sealer_image::remote::Repository;
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tags of one repository; no honest one has more.
const MOST_TAGS: usize = 100_000;

/// Lists that are remembered.
const MOST_LISTS: usize = 256;

/// Lists that upstreams gave, in memory.
#[derive(Debug)]
pub(super) struct Lists<T>(Mutex<HashMap<String, (Instant, Vec<T>)>>);

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Lists<T> {
    /// The list, and whether it is younger than that.
    fn get(&self, name: &str, age: Duration) -> Option<(Vec<T>, bool)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name).map(|(asked, list)| (list.clone(), asked.elapsed() < age))
    }

    fn put(&self, name: &str, list: Vec<T>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_LISTS
            && let Some(oldest) = all.iter().min_by_key(|(_, (asked, _))| *asked).map(|(name, _)| name.clone())
        {
            all.remove(&oldest);
        }
        all.insert(name.to_owned(), (Instant::now(), list));
    }
}

impl Upstreams {
    pub(super) async fn find_tags(&self, repository: &str) -> Result<Option<Listed<String>>, Refusal> {
        let known = self.tags.get(repository, self.keep.tag());
        if let Some((list, true)) = known {
            return Ok(Some(Listed { list, notes: Notes::new() }));
        }
        let question = |it: Repository| async move { Ok(Some(it.tags(MOST_TAGS).await?.names)) };
        match self.first(&self.places(repository)?, question).await {
            Ok(Some(list)) => {
                self.tags.put(repository, list.clone());
                Ok(Some(Listed { list, notes: Notes::new() }))
            }
            Ok(None) => Ok(None),
            Err(trouble) => {
                let list = match known {
                    Some((list, _)) => list,
                    None => self.cached_tags(repository).await?,
                };
                let empty = list.is_empty();
                let listed = Listed { list, notes: warning(&trouble.message) };
                if empty { Err(refusal(repository, &trouble)) } else { Ok(Some(listed)) }
            }
        }
    }

    /// Who cannot be told what refers to a manifest is told what is known, with a warning: a signature may be here all the same.
    pub(super) async fn find_referrers(
        &self,
        repository: &str,
        subject: &Digest,
    ) -> Result<Listed<Descriptor>, Refusal> {
        let name = format!("{repository}@{subject}");
        let known = self.referrers.get(&name, self.keep.tag());
        if let Some((list, true)) = known {
            return Ok(Listed { list, notes: Notes::new() });
        }
        let question = |it: Repository| async move { Ok(Some(it.referrers(subject).await?)) };
        match self.first(&self.places(repository)?, question).await {
            Ok(found) => {
                let list = found.unwrap_or_default();
                self.referrers.put(&name, list.clone());
                Ok(Listed { list, notes: Notes::new() })
            }
            Err(trouble) => {
                let list = known.map(|(list, _)| list).unwrap_or_default();
                Ok(Listed { list, notes: warning(&trouble.message) })
            }
        }
    }

    async fn cached_tags(&self, repository: &str) -> Result<Vec<String>, Refusal> {
        let (cache, repository) = (self.cache.clone(), repository.to_owned());
        blocking(move || cache.tags(&repository)).await
    }

    /// What the first place says that has it.
    async fn first<T, F>(&self, places: &[Place], question: impl Fn(Repository) -> F) -> Result<Option<T>, Trouble>
    where
        F: Future<Output = Asked<Option<T>>>,
    {
        let mut trouble = None;
        for (place, patience) in Patience::with(places) {
            match place.ask(&self.rests, patience, &question).await {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => {}
                Err(found) => trouble = Some(found),
            }
        }
        trouble.map_or(Ok(None), Err)
    }
}
