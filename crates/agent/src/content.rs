//! Files of any size on their way into the host: streamed, verified, and under their name only when they are whole. Only their owner may read
//! them, because what is sent this way is what a cluster knows.

use crate::error::{Error, IoContext as _, Result};
use crate::place::Place;
use crate::server::answer::blocking;
use axum::body::Bytes;
use futures_util::{Stream, StreamExt as _};
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use std::path::Path;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

/// Writes what comes to a file whose folder is there.
pub(crate) async fn receive(
    place: &Place,
    path: &str,
    digest: &Digest,
    mut content: impl Stream<Item = Result<Bytes>> + Unpin,
) -> Result<()> {
    let target = place.path(path)?;
    let beside = target.clone();
    let begin = move || {
        let folder = beside.parent().unwrap_or(Path::new("/"));
        let part = tempfile::Builder::new().prefix(".sealer-").tempfile_in(folder).at("write", &beside)?;
        let file = part.reopen().at("write", &beside)?;
        Ok((part, tokio::fs::File::from_std(file)))
    };
    let (part, mut file): (NamedTempFile, _) = blocking(begin).await?;
    let mut hasher = Hasher::default();
    while let Some(piece) = content.next().await {
        let piece = piece?;
        hasher.update(&piece);
        file.write_all(&piece).await.at("write", &target)?;
    }
    file.sync_all().await.at("write", &target)?;
    if hasher.finish() != *digest {
        return Err(Error::Request { reason: format!("what came for {path} is not {digest}") });
    }
    blocking(move || part.persist(&target).map(drop).map_err(|error| Error::io("write", &target, error.error))).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::os::unix::fs::PermissionsExt as _;

    #[tokio::test]
    async fn a_file_has_its_name_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::below(folder.path().to_owned());
        let pieces = || stream::iter([Ok(Bytes::from("who")), Ok(Bytes::from("le"))]);
        let error = receive(&place, "/a", &Digest::of(b"other"), pieces()).await.unwrap_err();
        assert!(error.to_string().contains("is not sha256:"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        receive(&place, "/a", &Digest::of(b"whole"), pieces()).await.unwrap();
        assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"whole");
        assert_eq!(std::fs::metadata(folder.path().join("a")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
