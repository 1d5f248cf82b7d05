//! A snapshot of what etcd holds, as `etcdctl snapshot save` writes it: the database with its checksum at the end. It is streamed to a
//! file beside its place, its checksum is verified, and only then it gets its name.

use super::Gateway;
use crate::error::{Error, IoContext as _, Result};
use crate::keep::Kept;
use crate::ledger::{Entry, Ledger};
use crate::place::Place;
use crate::server::answer::blocking;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealer_model::agent::{Changed, SnapshotEtcd};
use sealer_model::digest::Hasher;
use serde::Deserialize;
use serde_json::json;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;
use tempfile::NamedTempFile;

/// How long etcd may take to send all it has; a database has 8 GiB at most.
const LIMIT: Duration = Duration::from_secs(900);

/// Bytes of the checksum at the end.
const CHECKSUM: usize = 32;

/// One message of the stream.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    result: Piece,
    error: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
struct Piece {
    #[serde(default)]
    blob: String,
}

/// Writes a snapshot, unless the file is there.
pub(crate) async fn snapshot(place: &Place, request: &SnapshotEtcd) -> Result<Changed> {
    let target = place.path(&request.path)?;
    if target.exists() {
        return Ok(Changed::No);
    }
    let (place, cluster, path) = (place.clone(), request.cluster.clone(), request.path.clone());
    let begin = move || {
        let mut ledger = Ledger::open(&place, &cluster)?;
        let target = place.path(&path)?;
        ledger.make_parents(&target)?;
        ledger.enter(Entry::File { path, before: Kept::Absent })?;
        let folder = target.parent().unwrap_or(Path::new("/")).to_owned();
        let file = tempfile::Builder::new().prefix(".sealer-").tempfile_in(&folder).at("write", &target)?;
        Ok((ledger, file))
    };
    let (ledger, file) = blocking(begin).await?;
    let mut writer = Writer { file, tail: Vec::new(), hasher: Hasher::default() };
    receive(request, &mut writer, &target).await?;
    blocking(move || {
        writer.finish(&target)?;
        drop(ledger);
        Ok(Changed::Yes)
    })
    .await
}

/// The stream is lines of JSON, each with a piece in base64.
async fn receive(request: &SnapshotEtcd, writer: &mut Writer, target: &Path) -> Result<()> {
    let gateway = Gateway::new(&request.etcd, LIMIT)?;
    let mut response = gateway.post("maintenance/snapshot", &json!({})).await?;
    let broken = |source: reqwest::Error| Error::Registry { url: request.etcd.endpoint.clone(), source };
    let mut line = Vec::new();
    while let Some(bytes) = response.chunk().await.map_err(broken)? {
        line.extend_from_slice(&bytes);
        while let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            let rest = line.split_off(end + 1);
            writer.take(&line, target)?;
            line = rest;
        }
    }
    if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
        writer.take(&line, target)?;
    }
    Ok(())
}

/// What has come so far; the last bytes are held back, because they are the checksum of all others.
struct Writer {
    file: NamedTempFile,
    tail: Vec<u8>,
    hasher: Hasher,
}

impl Writer {
    fn take(&mut self, line: &[u8], target: &Path) -> Result<()> {
        let unreadable =
            |reason: String| Error::Request { reason: format!("etcd's snapshot cannot be read: {reason}") };
        let message: Message = serde_json::from_slice(line).map_err(|error| unreadable(error.to_string()))?;
        if let Some(error) = message.error {
            return Err(unreadable(error.to_string()));
        }
        let bytes = STANDARD.decode(&message.result.blob).map_err(|error| unreadable(error.to_string()))?;
        self.file.write_all(&bytes).at("write", target)?;
        self.tail.extend_from_slice(&bytes);
        let counted = self.tail.len().saturating_sub(CHECKSUM);
        self.hasher.update(&self.tail[..counted]);
        self.tail.drain(..counted);
        Ok(())
    }

    fn finish(self, target: &Path) -> Result<()> {
        let found: String = self.tail.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.tail.len() != CHECKSUM || self.hasher.finish().hex() != found {
            return Err(Error::Request {
                reason: "etcd's snapshot did not come whole: its checksum does not fit".into(),
            });
        }
        self.file.as_file().sync_all().at("write", target)?;
        self.file.persist(target).map_err(|error| Error::io("write", target, error.error))?;
        let folder = target.parent().unwrap_or(Path::new("/"));
        File::open(folder).and_then(|folder| folder.sync_all()).at("write", folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(content: &[u8], pieces: usize) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("snapshot.db");
        let file = NamedTempFile::new_in(folder.path()).unwrap();
        let mut writer = Writer { file, tail: Vec::new(), hasher: Hasher::default() };
        for piece in content.chunks(pieces) {
            let line = json!({"result": {"remaining_bytes": "1", "blob": STANDARD.encode(piece)}}).to_string();
            writer.take(line.as_bytes(), &target)?;
        }
        writer.finish(&target)?;
        Ok(std::fs::read(&target).unwrap())
    }

    fn with_checksum(database: &[u8]) -> Vec<u8> {
        let mut hasher = Hasher::default();
        hasher.update(database);
        let digest = hasher.finish();
        let checksum = (0..CHECKSUM).map(|at| u8::from_str_radix(&digest.hex()[2 * at..2 * at + 2], 16).unwrap());
        database.iter().copied().chain(checksum).collect()
    }

    #[test]
    fn a_snapshot_is_whole_or_is_not_there() {
        let whole = with_checksum(&[7; 1000]);
        for pieces in [1, 31, 32, 33, 5000] {
            assert_eq!(written(&whole, pieces).unwrap(), whole);
        }
        for broken in [&whole[..whole.len() - 1], &whole[1..], &[1, 2, 3][..], &[]] {
            assert!(written(broken, 100).unwrap_err().to_string().contains("did not come whole"));
        }
    }

    #[test]
    fn an_error_in_the_stream_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = NamedTempFile::new_in(folder.path()).unwrap();
        let mut writer = Writer { file, tail: Vec::new(), hasher: Hasher::default() };
        let line = br#"{"error": {"message": "etcdserver: no leader"}}"#;
        assert!(writer.take(line, folder.path()).unwrap_err().to_string().contains("no leader"));
    }
}
