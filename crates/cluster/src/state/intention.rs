//! What was begun and has not ended well, as a file of the cluster's folder: written before the first host is touched, removed when the verb
//! has ended well.

use super::{State, at};
use crate::Error;
use sealer_model::intention::{Intention, Terms, Work};
use std::fs::{self, File};
use std::io;
use std::mem::discriminant;
use std::path::Path;

const FILE: &str = "intention.json";

impl State {
    /// What was begun and has not ended well, seen without a lock.
    ///
    /// # Errors
    /// When the file is damaged or cannot be read.
    pub fn unfinished(root: &Path, cluster: &str) -> Result<Option<Intention>, Error> {
        Self::look(root, cluster).intention()
    }

    /// What was begun and has not ended well.
    pub(crate) fn intention(&self) -> Result<Option<Intention>, Error> {
        let Some(text) = self.read_file(FILE)? else { return Ok(None) };
        let damaged = |source| Error::DamagedState { path: self.path(FILE), source };
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }

    /// Refuses work that something else stands in the way of.
    pub(crate) fn refuse_meanwhile(&self, cluster: &str, work: &Work) -> Result<(), Error> {
        match self.intention()? {
            Some(begun) if work.has_to_wait_for(&begun.work) => {
                Err(Error::Unfinished { cluster: cluster.to_owned(), begun: begun.work.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// Remembers what is about to be done.
    pub(crate) fn intend(&self, work: Work, terms: Terms) -> Result<Intention, Error> {
        let asked = jiff::Timestamp::now().as_second();
        let intention = Intention { work, terms, asked }.after(self.intention()?.as_ref());
        let mut text =
            serde_json::to_vec_pretty(&intention).expect("an intention is plain data and always has a JSON form");
        text.push(b'\n');
        self.write(FILE, &text)?;
        Ok(intention)
    }

    /// Does work that may be done beside what was begun before: that stays remembered then, and otherwise this work, until it has ended
    /// well.
    pub(crate) async fn remembering(
        &self,
        work: Work,
        done: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        if self.intention()?.is_some_and(|begun| discriminant(&begun.work) != discriminant(&work)) {
            return done.await;
        }
        self.intend(work, Terms::default())?;
        done.await?;
        self.fulfil()
    }

    /// It is done, and nothing is left to remember.
    pub(crate) fn fulfil(&self) -> Result<(), Error> {
        let path = self.path(FILE);
        let removed = fs::remove_file(&path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        });
        removed.and_then(|()| File::open(&self.folder)?.sync_all()).map_err(at(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    #[test]
    fn what_was_begun_is_remembered_until_it_is_done_and_keeps_other_work_away() {
        let root = tempfile::tempdir().unwrap();
        let state = State::lock(root.path(), "c").unwrap();
        let target = Box::new(cluster(&["10.0.0.1"], &[]));
        let upgrade = Work::Upgrade { cluster: target.clone(), max_unavailable: 1 };
        let first = state.intend(upgrade.clone(), Terms::default()).unwrap();
        assert_eq!(State::unfinished(root.path(), "c").unwrap(), Some(first));
        state.refuse_meanwhile("c", &upgrade).unwrap();
        let refused = state.refuse_meanwhile("c", &Work::Run { cluster: target.clone() }).unwrap_err();
        assert!(refused.to_string().contains("upgrade to docker.io/library/guestbook:v1"), "{refused}");
        state.fulfil().unwrap();
        state.fulfil().unwrap();
        state.refuse_meanwhile("c", &Work::Run { cluster: target }).unwrap();
    }

    #[tokio::test]
    async fn work_beside_other_work_is_remembered_only_when_nothing_else_is() {
        let root = tempfile::tempdir().unwrap();
        let state = State::lock(root.path(), "c").unwrap();
        let begun = || state.intention().unwrap().map(|it| it.work.verb());
        let failing =
            async { Err(Error::Missing { host: "10.0.0.1".parse().unwrap(), path: "a running agent".into() }) };
        state.remembering(Work::RenewCertificates, failing).await.unwrap_err();
        assert_eq!(begun(), Some("cert-renew"));
        state.remembering(Work::RenewCertificates, async { Ok(()) }).await.unwrap();
        assert_eq!(begun(), None);
        let run = Work::Run { cluster: Box::new(cluster(&["10.0.0.1"], &[])) };
        state.intend(run, Terms::default()).unwrap();
        state.remembering(Work::RenewCertificates, async { Ok(()) }).await.unwrap();
        assert_eq!(begun(), Some("run"));
    }
}
