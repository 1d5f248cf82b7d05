//! Archives of charts, which are copied as the folders that are in them.

use super::Build;
use crate::context::{Context, Kind, Unusable};
use crate::error::Error;
use crate::origins::Fetched;
use crate::recipe::ChartArchive;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Build<'_> {
    /// The folder that the archive of a chart holds. Another archive stays what it is.
    pub(super) async fn chart(&self, archive: &ChartArchive) -> Result<Fetched, Error> {
        let (file, path) = match archive {
            ChartArchive::Registry(name) => {
                let path = self.store.blob_path(&self.chart_archive(name).await?.digest);
                return self.blocking(move || unpacked(&path)).await;
            }
            ChartArchive::Url { url, checksum } => match self.file(url, checksum.as_ref()).await? {
                Fetched::File { name, path, size } => (Fetched::File { name, path: path.clone(), size }, Some(path)),
                other => (other, None),
            },
            ChartArchive::Local(text) => {
                let (context, text) = (Arc::clone(&self.context), text.clone());
                (Fetched::InContext, self.blocking(move || only_file(&context, &text)).await?)
            }
        };
        let Some(path) = path else { return Ok(file) };
        self.blocking(move || match unpacked(&path) {
            // what is no chart, or more than one may be, is an archive like others
            Err(Error::Chart(_)) => Ok(file),
            unpacked => unpacked,
        })
        .await
    }
}

/// The one file that a source means; none where it means something else, which is told where the source is looked up.
fn only_file(context: &Context, text: &str) -> Result<Option<PathBuf>, Error> {
    let found = || {
        let paths = context.matches(text)?;
        let [path] = paths.as_slice() else { return Ok(None) };
        let found = context.walk(path)?;
        match found.into_iter().next().map(|first| first.kind) {
            Some(Kind::File { source, .. }) => Ok(Some(source)),
            _ => Ok(None),
        }
    };
    match found() {
        Ok(path) => Ok(path),
        Err(Unusable::Source { .. }) => Ok(None),
        Err(Unusable::Failed(error)) => Err(error),
    }
}

/// A chart as a folder, written file by file.
fn unpacked(archive: &Path) -> Result<Fetched, Error> {
    let folder = tempfile::tempdir().map_err(|source| Error::write(&std::env::temp_dir(), source))?;
    let content = File::open(archive).map_err(|source| Error::read(archive, source))?;
    let mut failed = None;
    let written = sealer_chart::each_archived(content, |name, content| {
        let path = folder.path().join(name);
        write(&path, content).map_err(|source| {
            let told = io::Error::new(source.kind(), source.to_string());
            failed = Some(Error::write(&path, source));
            told
        })
    });
    match (written, failed) {
        (Err(_), Some(failed)) => return Err(failed),
        (written, _) => written?,
    }
    Ok(Fetched::Folder { context: Context::whole(folder.path())?, _folder: folder })
}

fn write(path: &Path, content: &mut dyn Read) -> io::Result<u64> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    io::copy(content, &mut File::create(path)?)
}
