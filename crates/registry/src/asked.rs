//! A request below a repository: what it asks, and which repository it reads from, writes to, or has fetched from elsewhere.

use crate::changes::By;
use crate::headers::text;
use crate::names::Catalog;
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::repository::{Meaning, Meanings};
use crate::selector::Selector;
use crate::wire::Files;
use axum::http::{HeaderMap, HeaderName, Method};
use sealer_image::remote::{CHANGED, COPY};
use serde::Deserialize;
use std::sync::Arc;

/// A request below a repository.
#[derive(Debug)]
pub(crate) struct Asked {
    /// As it stands in the path, for answers that repeat it.
    pub(crate) path: String,
    /// What it may mean.
    pub(crate) meanings: Meanings,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Parameters,
    /// Where files are announced that the connection shall send by itself, if it can.
    pub(crate) files: Option<Arc<Files>>,
}

/// The query of a request; each endpoint uses some of it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Parameters {
    pub(crate) ns: Option<String>,
    pub(crate) n: Option<String>,
    pub(crate) last: Option<String>,
    pub(crate) digest: Option<String>,
    pub(crate) mount: Option<String>,
    #[serde(rename = "artifactType")]
    pub(crate) artifact_type: Option<String>,
}

impl Asked {
    /// The repository that a write goes to.
    ///
    /// # Errors
    /// When the name has no domain and Docker Hub's repository of that name is here: two would be one.
    pub(crate) fn writable(&self, catalog: &Catalog) -> Result<String, Refusal> {
        let Meaning { repository, kind } = self.meanings.choose(|repository| catalog.has(repository));
        if kind.is_writable() {
            return Ok(repository.clone());
        }
        let message = format!(
            "{repository} is here, and {} without a domain would be mixed with it: put the domain in front, \
             as in <this registry>/{repository}, or choose another name",
            self.path
        );
        Err(Refusal::denied(message))
    }

    /// The repository that an origin is to be asked for: the one that is here, or the first that it serves.
    pub(crate) fn foreign(&self, catalog: &Catalog, origin: &dyn Origin) -> Option<&Meaning> {
        let served = |meaning: &&Meaning| meaning.kind.is_foreign() && origin.serves(&meaning.repository);
        let chosen = self.meanings.choose(|repository| catalog.has(repository));
        if catalog.has(&chosen.repository) {
            return Some(chosen).filter(served);
        }
        self.meanings.all().find(served)
    }

    /// Who asks for a change.
    pub(crate) fn by(&self) -> By {
        let changed = text(&self.headers, HeaderName::from_static(CHANGED)).and_then(|text| text.parse().ok());
        if self.headers.contains_key(COPY) { By::Peer(changed) } else { By::Client }
    }

    /// What is asked for, in the asker's words.
    pub(crate) fn name_of(&self, selector: &Selector) -> String {
        match selector {
            Selector::Digest(digest) => format!("{}@{digest}", self.path),
            Selector::Tag(tag) => format!("{}:{tag}", self.path),
        }
    }
}
