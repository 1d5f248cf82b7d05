//! Fetches what a recipe copies from elsewhere: files from the web, archives of charts, parts of other images.

use super::Build;
use crate::context::Context;
use crate::error::Error;
use crate::lock::{Input, InputKind};
use crate::origins::{Fetched, Origins};
use crate::recipe::{ChartArchive, CopySource, Origin, Recipe};
use sealer_image::layer::unpack_chosen;
use sealer_image::remote::FetchedFile;
use sealer_image::{Store, pull, pull_helm_chart};
use sealer_model::causes::chain;
use sealer_model::image::{Descriptor, media_type};
use sealer_model::kubefile::Mistake;
use sealer_model::{Digest, Platform, Reference};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

impl Build<'_> {
    /// Everything that the recipe's sources begin at.
    pub(super) async fn origins(&self, platform: &Platform, recipe: &Recipe) -> Result<Origins, Error> {
        let mut origins = Origins::new(Arc::clone(&self.context));
        let sources: Vec<&CopySource> = recipe.copies().flat_map(|step| &step.sources).collect();
        for source in &sources {
            if origins.has(&source.origin) {
                continue;
            }
            let fetched = self.fetched(source, &sources, platform).await;
            let at_source = |error| self.explain(Mistake::new(source.position, chain(&error)));
            origins.add(source.origin.clone(), fetched.map_err(at_source)?);
        }
        Ok(origins)
    }

    async fn fetched(&self, source: &CopySource, all: &[&CopySource], platform: &Platform) -> Result<Fetched, Error> {
        match &source.origin {
            Origin::Context => Ok(Fetched::InContext),
            Origin::Added(text) => {
                let (context, text) = (Arc::clone(&self.context), text.clone());
                self.blocking(move || Fetched::added(&context, &text)).await
            }
            Origin::Url { url, checksum } => self.file(url, checksum.as_ref()).await,
            Origin::Text { name, text } => Fetched::written(name, text),
            Origin::Chart(archive) => self.chart(archive).await,
            Origin::Image(name) => {
                let same = all.iter().filter(|each| each.origin == source.origin);
                self.image(name, same.map(|each| each.text.clone()).collect(), platform).await
            }
        }
    }

    /// The file at an address, as a blob of the store.
    async fn file(&self, url: &str, checksum: Option<&Digest>) -> Result<Fetched, Error> {
        let input = Input::file(InputKind::File, url);
        let locked = self.inputs.expected(&input)?;
        let expected = checksum.or(locked.as_ref());
        let FetchedFile { digest, size } = self.client.fetch_file(self.store, url, expected, &self.listener).await?;
        self.inputs.used(input, &digest)?;
        Ok(Fetched::File { name: file_name(url), path: self.store.blob_path(&digest), size })
    }

    /// The folder that the archive of a chart holds. Another archive stays what it is.
    async fn chart(&self, archive: &ChartArchive) -> Result<Fetched, Error> {
        let file = match archive {
            ChartArchive::Registry(name) => {
                let bytes = self.chart_of_registry(name).await?;
                return self.blocking(move || unpacked(&bytes)).await;
            }
            ChartArchive::Url { url, checksum } => self.file(url, checksum.as_ref()).await?,
            ChartArchive::Local(_) => Fetched::InContext,
        };
        let path = match (&file, archive) {
            (Fetched::File { path, .. }, _) => path.clone(),
            (_, ChartArchive::Local(text)) => self.context.root().join(text),
            _ => return Ok(file),
        };
        self.blocking(move || match read(&path)? {
            Some(bytes) => unpacked(&bytes).or(Ok(file)),
            None => Ok(file),
        })
        .await
    }

    /// The archive of a chart in a registry; a locked one that is here needs no registry.
    async fn chart_of_registry(&self, name: &Reference) -> Result<Vec<u8>, Error> {
        let input = Input::file(InputKind::Chart, name);
        if let Some(locked) = self.inputs.expected(&input)?
            && self.store.contains(&locked)
        {
            let path = self.store.blob_path(&locked);
            let bytes = self.blocking(move || fs::read(&path).map_err(|source| Error::read(&path, source))).await?;
            self.inputs.used(input, &Digest::of(&bytes))?;
            return Ok(bytes);
        }
        let bytes = pull_helm_chart(self.store, self.client, name, &self.listener).await?;
        self.inputs.used(input, &Digest::of(&bytes))?;
        Ok(bytes)
    }

    /// Those parts of an image that the sources name, unpacked.
    async fn image(&self, name: &Reference, paths: Vec<String>, platform: &Platform) -> Result<Fetched, Error> {
        let input = Input::image(InputKind::CopiedFrom, name, platform);
        let top = match self.inputs.expected(&input)? {
            Some(locked) => self.locked(name, locked).await?,
            None => self.copied_from(name, platform).await?,
        };
        self.inputs.used(input, &top.digest)?;
        let (store, name, platform) = (self.store.clone(), name.clone(), platform.clone());
        self.blocking(move || {
            let manifest = manifest(&store, &name, top, &platform)?;
            parts(&store, &manifest, &paths)
        })
        .await
    }

    /// The image of a `COPY --from`, as the store has it or else as its registry does.
    async fn copied_from(&self, name: &Reference, platform: &Platform) -> Result<Descriptor, Error> {
        let (store, wanted) = (self.store.clone(), name.clone());
        match self.blocking(move || Ok(store.resolve(&wanted)?)).await? {
            Some(top) => Ok(top),
            None => {
                let platforms = Some(std::slice::from_ref(platform));
                Ok(pull(self.store, self.client, name, platforms, &self.listener).await?)
            }
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        crate::blocking(&self.options.tag, work).await
    }
}

/// `app.yaml` of `https://host/files/app.yaml?version=1`.
fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let name = path.split_once('/').and_then(|(_, path)| path.rsplit('/').next()).unwrap_or_default();
    if matches!(name, "" | "." | "..") { "download".to_owned() } else { name.to_owned() }
}

/// Bytes of the largest archive of a chart; what is larger is none.
const LARGEST: u64 = 100 * 1024 * 1024;

/// The bytes of what may be a chart. That a file is not there is told where it is looked for in the context.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= LARGEST => {
            fs::read(path).map(Some).map_err(|source| Error::read(path, source))
        }
        _ => Ok(None),
    }
}

/// A chart as a folder.
fn unpacked(archive: &[u8]) -> Result<Fetched, Error> {
    let files = sealer_chart::archive_files(archive)?;
    let folder = folder()?;
    for file in files {
        let path = folder.path().join(PathBuf::from(&file.name));
        let cannot = |source| Error::write(&path, source);
        fs::create_dir_all(path.parent().unwrap_or(folder.path())).map_err(cannot)?;
        fs::write(&path, &file.data).map_err(cannot)?;
    }
    Ok(Fetched::Folder { context: Context::whole(folder.path())?, whole: true, _folder: folder })
}

fn folder() -> Result<TempDir, Error> {
    tempfile::tempdir().map_err(|source| Error::write(&std::env::temp_dir(), source))
}

/// The manifest of an image's files for a platform.
fn manifest(store: &Store, name: &Reference, top: Descriptor, platform: &Platform) -> Result<Descriptor, Error> {
    if !media_type::is_index(&top.media_type) {
        return Ok(top);
    }
    let index = store.index(&top)?;
    let runs = |each: &&Descriptor| each.platform.as_ref().is_some_and(|own| own.runs_on(platform));
    let found = match index.is_cluster_image() {
        true => index.rootfs_for(platform).cloned(),
        false => index.manifests.iter().find(runs).cloned(),
    };
    found.ok_or_else(|| Error::NoPlatform {
        name: name.to_string(),
        platform: platform.to_string(),
        present: index
            .manifests
            .iter()
            .filter_map(|each| Some(each.platform.as_ref()?.to_string()))
            .collect::<Vec<_>>()
            .join(", "),
    })
}

/// What of an image's layers lies at these paths, which may be patterns.
fn parts(store: &Store, manifest: &Descriptor, paths: &[String]) -> Result<Fetched, Error> {
    let folder = folder()?;
    let wanted: Vec<PathBuf> = paths.iter().map(|path| certain_part(path)).collect();
    let chosen = |path: &Path| wanted.iter().any(|wanted| path.starts_with(wanted));
    for layer in &store.manifest(manifest)?.layers {
        unpack_chosen(store.open_blob(&layer.digest)?, layer, folder.path(), &chosen, |_| {})?;
    }
    Ok(Fetched::Folder { context: Context::whole(folder.path())?, whole: false, _folder: folder })
}

/// The part of a path before the first pattern in it.
fn certain_part(path: &str) -> PathBuf {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.take_while(|part| !part.contains(['*', '?', '[', '\\'])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_from_the_web_has_the_last_name_of_its_address() {
        let cases = [
            ("https://h.example/a/b.yaml", "b.yaml"),
            ("https://h.example/b.tgz?token=1/2#x", "b.tgz"),
            ("https://h.example", "download"),
            ("https://h.example/a/..", "download"),
        ];
        for (url, name) in cases {
            assert_eq!(file_name(url), name);
        }
    }

    #[test]
    fn patterns_begin_where_a_path_is_uncertain() {
        assert_eq!(certain_part("/etc/./x"), PathBuf::from("etc/x"));
        assert_eq!(certain_part("etc/*.d/x"), PathBuf::from("etc"));
        assert_eq!(certain_part("*"), PathBuf::new());
    }
}
