//! Files from the web and archives of charts in registries, as blobs of the store. The pull policy counts for them as it does for images.

use super::Build;
use crate::error::Error;
use crate::lock::{Input, InputKind};
use crate::options::PullPolicy;
use crate::origins::Fetched;
use sealer_image::fetch_helm_chart;
use sealer_image::remote::FetchedFile;
use sealer_model::causes::chain;
use sealer_model::{Digest, Reference};

impl Build<'_> {
    /// The file at an address.
    pub(super) async fn file(&self, url: &str, checksum: Option<&Digest>) -> Result<Fetched, Error> {
        let input = Input::file(InputKind::File, url);
        let locked = self.inputs.expected(&input)?;
        let expected = checksum.or(locked.as_ref());
        let (store, asked, digest) = (self.store.clone(), url.to_owned(), expected.cloned());
        let known = self.blocking(move || {
            let known = match digest {
                Some(digest) => store.blob_size(&digest)?.map(|size| FetchedFile { digest, size }),
                None => store.known_file(&asked)?,
            };
            Ok(known)
        });
        // content with a known digest is never newer than itself
        let policy = if expected.is_some() { self.by_digest() } else { self.options.pull_policy };
        let fetch = async { Ok(self.client.fetch_file(self.store, url, expected, &self.listener).await?) };
        let FetchedFile { digest, size } = self.by_policy(url, policy, known.await?, fetch).await?;
        self.inputs.used(input, &digest)?;
        Ok(Fetched::File { name: file_name(url), path: self.store.blob_path(&digest), size })
    }

    /// The archive of a chart in a registry.
    pub(super) async fn chart_archive(&self, name: &Reference) -> Result<FetchedFile, Error> {
        let input = Input::file(InputKind::Chart, name);
        let locked = self.inputs.expected(&input)?;
        let (store, wanted, digest) = (self.store.clone(), name.clone(), locked.clone());
        let known = self.blocking(move || {
            let known = match digest {
                Some(digest) => store.blob_size(&digest)?.map(|size| FetchedFile { digest, size }),
                None => store.known_helm_chart(&wanted)?,
            };
            Ok(known)
        });
        let pinned = locked.is_some() || name.digest().is_some();
        let policy = if pinned { self.by_digest() } else { self.options.pull_policy };
        let fetch = async { Ok(fetch_helm_chart(self.store, &self.client, name, &self.listener).await?) };
        let file = self.by_policy(&format!("oci://{name}"), policy, known.await?, fetch).await?;
        self.inputs.used(input, &file.digest)?;
        Ok(file)
    }

    /// The policy for what a digest tells apart from everything else.
    fn by_digest(&self) -> PullPolicy {
        match self.options.pull_policy {
            PullPolicy::Never => PullPolicy::Never,
            _ => PullPolicy::Missing,
        }
    }

    async fn by_policy(
        &self,
        name: &str,
        policy: PullPolicy,
        known: Option<FetchedFile>,
        fetch: impl Future<Output = Result<FetchedFile, Error>>,
    ) -> Result<FetchedFile, Error> {
        match (policy, known) {
            (PullPolicy::Never, None) => Err(Error::NotStored { name: name.to_owned(), platform: None }),
            (PullPolicy::Never | PullPolicy::Missing, Some(known)) => Ok(known),
            (PullPolicy::IfNewer, Some(known)) => Ok(fetch.await.unwrap_or_else(|error| {
                self.listener.warn(format!("{name} is taken as the store has it: {}", chain(&error)));
                known
            })),
            (PullPolicy::Always, _) | (_, None) => fetch.await,
        }
    }
}

/// `app.yaml` of `https://host/files/app.yaml?version=1`.
fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let name = path.split_once('/').and_then(|(_, path)| path.rsplit('/').next()).unwrap_or_default();
    if matches!(name, "" | "." | "..") { "download".to_owned() } else { name.to_owned() }
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
}
