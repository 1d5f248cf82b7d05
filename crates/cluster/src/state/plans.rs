//! What plans that were told are plans of: the desired state behind them, below `<root>/plans/`. A plan may go from hand to hand, so it
//! names this by its digest and holds nothing of it.

use super::{State, at, write};
use crate::Error;
use sealer_model::Digest;
use sealer_model::intention::Intention;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

impl State {
    /// Keeps what a plan is a plan of, and says by which digest it is found again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_plan(root: &Path, intention: &Intention) -> Result<Digest, Error> {
        let text = serde_json::to_vec(intention).expect("an intention is plain data and always has a JSON form");
        let folder = root.join("plans");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(at(&folder))?;
        let digest = Digest::of(&text);
        write(&folder, &path(root, &digest), &text)?;
        Ok(digest)
    }

    /// What a plan is a plan of, if it was made here.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn kept_plan(root: &Path, digest: &Digest) -> Result<Option<Intention>, Error> {
        let path = path(root, digest);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(at(&path))?,
        };
        serde_json::from_slice(&text).map(Some).map_err(|source| Error::DamagedState { path, source })
    }
}

fn path(root: &Path, digest: &Digest) -> PathBuf {
    root.join("plans").join(format!("{}.json", digest.hex()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;
    use sealer_model::intention::{Terms, Work};

    #[test]
    fn a_plan_is_found_where_it_was_made_and_nowhere_else() {
        let (here, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let work = Work::Run { cluster: Box::new(cluster(&["10.0.0.1"], &[])) };
        let intention = Intention { work, terms: Terms::default(), asked: 0 };
        let digest = State::keep_plan(here.path(), &intention).unwrap();
        assert_eq!(State::kept_plan(here.path(), &digest).unwrap(), Some(intention));
        assert_eq!(State::kept_plan(elsewhere.path(), &digest).unwrap(), None);
    }
}
