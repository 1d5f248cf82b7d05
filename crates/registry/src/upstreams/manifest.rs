//! Manifests and indexes of upstreams. A tag is believed for a while; then its upstream is asked whether it has moved, and when
//! that cannot be asked, the cached one is served with a warning. A digest never moves.

use super::cache::Note;
use super::host::{Patience, Place, Trouble};
use super::{Upstreams, refusal};
use crate::disk::blocking;
use crate::origin::{Foreign, Notes};
use crate::refusal::Refusal;
use crate::selector::Selector;
use axum::http::{HeaderValue, header};
use sealer_image::Error;
use sealer_image::remote::{Document, Repository};
use std::sync::atomic::Ordering::Relaxed;

/// What the upstream says about a tag that the cache knows.
enum Verdict {
    Same,
    Moved,
    Gone,
    Unknown(Trouble),
}

impl Upstreams {
    pub(super) async fn find_manifest(
        &self,
        repository: &str,
        selector: &Selector,
    ) -> Result<Option<Foreign>, Refusal> {
        let name = selector.name_in(repository)?.to_string();
        let _turn = self.turns.take(&name).await;
        let places = self.places(repository)?;
        let (cache, wanted) = (self.cache.clone(), name.clone());
        let Some(note) = blocking(move || cache.note(&wanted)).await? else {
            return self.fetch_manifest(&name, selector, &places).await;
        };
        if matches!(selector, Selector::Digest(_)) || note.is_younger_than(self.keep.tag()) {
            return self.kept_or_fetched(note, selector, &places).await;
        }
        match self.compare(&note, selector, &places).await {
            Verdict::Same => {
                let (cache, fresh) = (self.cache.clone(), Note::new(&name, note.descriptor.clone()));
                blocking(move || cache.keep_note(&fresh)).await?;
                self.kept_or_fetched(note, selector, &places).await
            }
            Verdict::Moved => match self.fetch_manifest(&name, selector, &places).await {
                Err(refusal) => {
                    let trouble = Trouble::new(format!("it has moved, but does not come: {}", refusal.message()));
                    self.stale_manifest(note, &trouble).await
                }
                fetched => fetched,
            },
            Verdict::Gone => {
                let cache = self.cache.clone();
                blocking(move || cache.forget_note(&name)).await?;
                Ok(None)
            }
            Verdict::Unknown(trouble) => self.stale_manifest(note, &trouble).await,
        }
    }

    /// Asks for the head of what the tag leads to now. One trouble is enough not to believe that it is gone.
    async fn compare(&self, note: &Note, selector: &Selector, places: &[Place]) -> Verdict {
        let selector = selector_text(selector);
        let mut trouble = None;
        for place in places {
            let question = |it: Repository| async move { Ok(Some(it.look(selector).await?)) };
            match place.ask(&self.rests, Patience::None, question).await {
                Ok(Some(Some(found))) if found.digest == note.descriptor.digest => return Verdict::Same,
                Ok(Some(_)) => return Verdict::Moved,
                Ok(None) => {}
                Err(found) => trouble = Some(found),
            }
        }
        trouble.map_or(Verdict::Gone, Verdict::Unknown)
    }

    /// What a note leads to may have been evicted since the note was read.
    async fn kept_or_fetched(
        &self,
        note: Note,
        selector: &Selector,
        places: &[Place],
    ) -> Result<Option<Foreign>, Refusal> {
        let name = note.name.clone();
        match self.kept_manifest(note, Notes::new()).await? {
            None => self.fetch_manifest(&name, selector, places).await,
            kept => Ok(kept),
        }
    }

    async fn fetch_manifest(
        &self,
        name: &str,
        selector: &Selector,
        places: &[Place],
    ) -> Result<Option<Foreign>, Refusal> {
        let selector = selector_text(selector);
        let mut trouble = None;
        for (place, patience) in Patience::with(places) {
            let question = |it: Repository| async move { Ok(Some(it.document_once(selector).await?)) };
            match place.ask(&self.rests, patience, question).await {
                Ok(Some(document)) => return self.keep_manifest(name, document).await.map(Some),
                Ok(None) => {}
                Err(found) => trouble = Some(found),
            }
        }
        trouble.map_or(Ok(None), |trouble| Err(refusal(name, &trouble)))
    }

    async fn keep_manifest(&self, name: &str, document: Document) -> Result<Foreign, Refusal> {
        self.manifests.fetch_add(1, Relaxed);
        let (cache, note) = (self.cache.clone(), Note::new(name, document.descriptor.clone()));
        let Document { descriptor, bytes } = document;
        blocking(move || {
            cache.store.put_document(&descriptor.media_type, &bytes)?;
            cache.keep_note(&note)?;
            Ok::<_, Refusal>(Foreign { descriptor, bytes: bytes.into(), notes: Notes::new() })
        })
        .await
    }

    async fn kept_manifest(&self, note: Note, notes: Notes) -> Result<Option<Foreign>, Refusal> {
        let cache = self.cache.clone();
        blocking(move || {
            let Note { descriptor, .. } = note;
            cache.open_blob(&descriptor.digest)?;
            match cache.store.read_document(&descriptor) {
                Err(Error::NoBlob { .. }) => Ok(None),
                read => Ok::<_, Refusal>(Some(Foreign { descriptor, bytes: read?.into(), notes })),
            }
        })
        .await
    }

    async fn stale_manifest(&self, note: Note, trouble: &Trouble) -> Result<Option<Foreign>, Refusal> {
        self.stale.fetch_add(1, Relaxed);
        self.log.remark("stale", None, &format!("{} is served from the cache: {}", note.name, trouble.message));
        self.kept_manifest(note, warning(&trouble.message)).await
    }
}

/// RFC 7234's warning 110, which proxies send with what may be out of date.
pub(super) fn warning(reason: &str) -> Notes {
    let plain = |character: char| {
        if character.is_ascii_graphic() && character != '"' && character != '\\' { character } else { ' ' }
    };
    let reason: String = reason.chars().map(plain).collect();
    let text = format!("110 sealer \"from the cache, because the upstream cannot be asked: {reason}\"");
    HeaderValue::from_str(&text).map(|value| vec![(header::WARNING, value)]).unwrap_or_default()
}

fn selector_text(selector: &Selector) -> &str {
    match selector {
        Selector::Digest(digest) => digest.as_str(),
        Selector::Tag(tag) => tag,
    }
}
