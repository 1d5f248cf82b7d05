//! How a release stands now: its newest revision, and which of its objects are not ready and why.

use crate::error::{Error, Result};
use crate::object::Identity;
use crate::stored::{Status, Stored};
use crate::wait;
use crate::work::Work;

/// How a release stands.
#[derive(Clone, Debug)]
pub struct ReleaseStatus {
    /// Its newest revision.
    pub revision: Stored,
    /// How many objects it has; none once it is removed.
    pub objects: usize,
    /// Those that are not ready, each with the reason.
    pub unready: Vec<String>,
}

impl Work<'_> {
    /// Looks at every object of the newest revision once.
    ///
    /// # Errors
    /// There is no release, or the server refuses.
    pub async fn status(&self) -> Result<ReleaseStatus> {
        let revision = self.history.existing().await?.pop().ok_or_else(|| Error::NoRelease(self.title()))?;
        if revision.info.status == Status::Uninstalled {
            return Ok(ReleaseStatus { revision, objects: 0, unready: Vec::new() });
        }
        let objects: Vec<Identity> = self.objects(&revision)?.into_iter().map(|object| object.identity).collect();
        let unready = wait::look(&self.cluster, &objects).await?;
        Ok(ReleaseStatus { revision, objects: objects.len(), unready })
    }
}
