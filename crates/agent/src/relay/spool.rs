//! Pieces of one layer in a file without a name, each in the place that its number gives it: the file is never larger than the window, and
//! is gone with the agent, however that ends.

use crate::error::{Error, IoContext as _, Result};
use crate::server::answer::blocking;
use bytes::Bytes;
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use sealer_model::relay::{PIECE, Window, bytes, pieces};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// 64 MiB before what is read, and as much behind it for hosts that are slower.
const AHEAD: u64 = 16;
const BEHIND: u64 = 16;

/// What is here of a layer.
pub(super) struct Spool {
    layer: Descriptor,
    file: Arc<File>,
    folder: PathBuf,
    window: Mutex<Window>,
    /// Told when a piece came or was read.
    changed: watch::Sender<()>,
}

impl Spool {
    /// Nothing of a layer yet. `folder` is on the disk that the layer is unpacked to.
    pub(super) fn create(folder: &Path, layer: &Descriptor) -> Result<Self> {
        let file = tempfile::tempfile_in(folder).at("make a file in", folder)?;
        let window = Window::new(pieces(layer.size), AHEAD, BEHIND);
        let (file, window, changed) = (Arc::new(file), Mutex::new(window), watch::Sender::new(()));
        Ok(Self { layer: layer.clone(), file, folder: folder.to_owned(), window, changed })
    }

    pub(super) fn digest(&self) -> &Digest {
        &self.layer.digest
    }

    /// Bytes of the layer.
    pub(super) fn size(&self) -> u64 {
        self.layer.size
    }

    /// The next piece to fetch, when there is room for it; nothing when all are here or on their way.
    pub(super) async fn wanted(&self) -> Option<u64> {
        self.when(|window| match window.ask() {
            Some(piece) => Some(Some(piece)),
            None => window.is_asked().then_some(None),
        })
        .await
    }

    /// Keeps a piece that came.
    pub(super) async fn put(&self, piece: u64, content: Bytes) -> Result<()> {
        let (file, place, folder) = (Arc::clone(&self.file), self.place(piece), self.folder.clone());
        blocking(move || file.write_all_at(&content, place).at("write pieces into a file in", &folder)).await?;
        self.window().arrived(piece);
        self.changed.send_replace(());
        Ok(())
    }

    /// The next piece of the layer, when it is here; nothing behind the last one.
    pub(super) async fn next(&self) -> Result<Option<Bytes>> {
        let next = self.when(|window| match window.readable() {
            Some(piece) => Some(Some(piece)),
            None => window.is_read().then_some(None),
        });
        let Some(piece) = next.await else { return Ok(None) };
        let content = self.content(piece).await?;
        self.window().read();
        self.changed.send_replace(());
        Ok(Some(content))
    }

    /// A piece for another host, when it is here; nothing if it never will be.
    pub(super) async fn get(&self, piece: u64) -> Result<Option<Bytes>> {
        let is_here = self.when(|window| match window.holds(piece) {
            true => Some(true),
            false => window.is_gone(piece).then_some(false),
        });
        if !is_here.await {
            return Ok(None);
        }
        let content = self.content(piece).await?;
        // while it was read, another piece may have got its place
        Ok(self.window().holds(piece).then_some(content))
    }

    async fn content(&self, piece: u64) -> Result<Bytes> {
        let range = bytes(piece, self.layer.size);
        let length = usize::try_from(range.end - range.start).unwrap_or_default();
        let (file, place, folder) = (Arc::clone(&self.file), self.place(piece), self.folder.clone());
        blocking(move || {
            let mut content = vec![0; length];
            file.read_exact_at(&mut content, place).map_err(|error| Error::io("read pieces in", &folder, error))?;
            Ok(Bytes::from(content))
        })
        .await
    }

    fn place(&self, piece: u64) -> u64 {
        piece % self.window().places() * PIECE
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the window has an answer.
    async fn when<T>(&self, mut answer: impl FnMut(&mut Window) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        loop {
            let answer = answer(&mut self.window());
            if let Some(answer) = answer {
                return answer;
            }
            // the sender is our own and lives as long
            let _changed = changed.changed().await;
        }
    }
}
