//! Manifests and indexes of a registry: found by tag or digest, bounded in size, verified, and kept byte for byte.

use super::answer::{address, expect, protocol, read};
use super::retry::retry;
use super::{CHANGED, RemoteError, Repository};
use crate::error::{Error, Result};
use crate::store::LARGEST_DOCUMENT;
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use sealer_model::Digest;
use sealer_model::image::{Descriptor, media_type};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The types that we ask for, in one header.
const ACCEPTED: [&str; 4] =
    [media_type::INDEX, media_type::MANIFEST, media_type::DOCKER_INDEX, media_type::DOCKER_MANIFEST];

/// Where registries tell the digest of what a tag leads to.
const DIGEST: &str = "docker-content-digest";

/// A manifest or an index as it came.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its type, digest and size.
    pub descriptor: Descriptor,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Repository {
    /// What the repository's own name leads to. A registry that tells too little about it is asked for the document itself.
    pub(crate) async fn resolve(&self) -> Result<Descriptor> {
        match self.client.answer(&self.name) {
            Some(answer) => Ok(answer.get_or_try_init(|| self.find()).await?.clone()),
            None => self.find().await,
        }
    }

    async fn find(&self) -> Result<Descriptor> {
        let selector = self.name.selector();
        let head = retry(|| async { Ok(self.look(selector).await?) });
        match head.await? {
            Some(found) if self.name.digest().is_none_or(|wanted| *wanted == found.digest) => Ok(found),
            _ => Ok(self.document(selector).await?.descriptor),
        }
    }

    /// What the headers alone tell about a tag or a digest, asked for once; `None` where they tell too little.
    ///
    /// # Errors
    /// When the registry cannot be reached or does not have it.
    pub async fn look(&self, selector: &str) -> std::result::Result<Option<Descriptor>, RemoteError> {
        let (_, response) = self.request(Method::HEAD, selector).await?;
        Ok(described(response.headers()))
    }

    /// A document by tag or digest, verified.
    ///
    /// # Errors
    /// When the registry cannot be reached, does not have it, or sends something else.
    pub async fn document(&self, selector: &str) -> Result<Document> {
        retry(|| self.document_once(selector)).await
    }

    /// As [`Repository::document`], and without trying again.
    ///
    /// # Errors
    /// As [`Repository::document`].
    pub async fn document_once(&self, selector: &str) -> Result<Document> {
        let (url, response) = self.request(Method::GET, selector).await?;
        let told = header(response.headers(), DIGEST).and_then(|text| text.parse().ok());
        let content_type = content_type(response.headers());
        let bytes = read(&url, response, LARGEST_DOCUMENT).await?;
        verify(&url, selector.parse().ok().or(told), &bytes)?;
        let media_type = judge(&content_type, &bytes).map_err(|why| protocol(&url, why))?;
        Ok(Document { descriptor: Descriptor::of(&media_type, &bytes), bytes })
    }

    /// Puts a document under a tag or its digest. Everything that it needs is there already.
    pub(crate) async fn put_document(&self, selector: &str, document: &Document) -> Result<()> {
        let url = self.url(&format!("manifests/{selector}"));
        retry(|| async {
            let put = || {
                let request = self.endpoint.http.put(url.clone());
                let request = request.header(CONTENT_TYPE, &document.descriptor.media_type);
                let request = self.dated(request);
                request.body(document.bytes.clone())
            };
            let response = self.send(&url, put).await?;
            let wanted = [StatusCode::CREATED, StatusCode::OK, StatusCode::ACCEPTED];
            expect(&url, response, &wanted).await?;
            Ok(())
        })
        .await
    }

    /// Takes a tag away, or a manifest by its digest. False when it was not there.
    ///
    /// # Errors
    /// When the registry cannot be reached, or does not do it.
    pub async fn remove(&self, selector: &str) -> Result<bool> {
        let url = self.url(&format!("manifests/{selector}"));
        retry(|| async {
            let response = self.send(&url, || self.dated(self.endpoint.http.delete(url.clone()))).await?;
            let gone = response.status() == StatusCode::NOT_FOUND;
            if !gone {
                expect(&url, response, &[StatusCode::ACCEPTED, StatusCode::OK, StatusCode::NO_CONTENT]).await?;
            }
            Ok(!gone)
        })
        .await
    }

    /// What the registry tells at an address of its own, outside of every repository. `None` when it has no such address.
    ///
    /// # Errors
    /// When the registry cannot be reached, does not let us in, or tells more than a document may hold.
    pub async fn told(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let mut url = self.endpoint.base.clone();
        url.set_path(path);
        let response = self.send(&url, || self.endpoint.http.get(url.clone())).await?;
        if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) {
            return Ok(None);
        }
        let response = expect(&url, response, &[StatusCode::OK]).await?;
        Ok(Some(read(&url, response, LARGEST_DOCUMENT).await?))
    }

    fn dated(&self, request: RequestBuilder) -> RequestBuilder {
        match self.changed {
            Some(changed) => request.header(CHANGED, changed),
            None => request,
        }
    }

    async fn request(&self, method: Method, selector: &str) -> std::result::Result<(Url, Response), RemoteError> {
        let url = self.url(&format!("manifests/{selector}"));
        let request = || {
            let request = self.endpoint.http.request(method.clone(), url.clone());
            request.header(ACCEPT, ACCEPTED.join(", "))
        };
        let response = self.send(&url, request).await?;
        if response.status() == StatusCode::NOT_FOUND {
            let registry = self.endpoint.registry.clone();
            let name = format!("{}, asked for {selector}", self.name);
            let name = if self.name.selector() == selector { self.name.to_string() } else { name };
            return Err(RemoteError::NoImage { registry, name });
        }
        let response = expect(&url, response, &[StatusCode::OK]).await?;
        Ok((url, response))
    }
}

fn verify(url: &Url, expected: Option<Digest>, bytes: &[u8]) -> Result<()> {
    let found = Digest::of(bytes);
    match expected {
        Some(expected) if expected != found => Err(Error::Damaged { what: address(url), expected, found }),
        _ => Ok(()),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn content_type(headers: &HeaderMap) -> String {
    let value = header(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_owned()
}

/// What headers alone tell about a document, where they tell all of it.
fn described(headers: &HeaderMap) -> Option<Descriptor> {
    let media_type = content_type(headers);
    let size = header(headers, CONTENT_LENGTH.as_str())?.parse().ok()?;
    let digest = header(headers, DIGEST)?.parse().ok()?;
    is_accepted(&media_type).then(|| Descriptor::new(&media_type, digest, size))
}

fn is_accepted(media_type: &str) -> bool {
    ACCEPTED.contains(&media_type)
}

/// What tells the kinds of documents apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    media_type: Option<String>,
    manifests: Option<IgnoredAny>,
    config: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
}

/// The type of a document: its own word before the registry's. One that could be read as both kinds is refused, so that
/// nobody sees another image than we do.
fn judge(content_type: &str, bytes: &[u8]) -> std::result::Result<String, String> {
    let shape: Shape = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let is_manifest = shape.config.is_some() || shape.layers.is_some();
    if is_manifest && shape.manifests.is_some() {
        return Err("a document that is both a manifest and an index".into());
    }
    let told = shape.media_type.unwrap_or_else(|| content_type.to_owned());
    let fits = match () {
        () if media_type::is_index(&told) => shape.manifests.is_some(),
        () if media_type::is_manifest(&told) => is_manifest,
        () => {
            return Err(format!("a document of type {told:?}, which sealer does not know"));
        }
    };
    if fits { Ok(told) } else { Err(format!("a document that is no {told}")) }
}

/// The type of a document that nobody has told the type of: its own word, and else what it looks like.
pub(crate) fn type_of(bytes: &[u8]) -> std::result::Result<String, String> {
    let shape: Shape = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    judge(if shape.manifests.is_some() { media_type::INDEX } else { media_type::MANIFEST }, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_documents_own_word_counts_before_the_registrys() {
        let own = format!(r#"{{"mediaType":"{}","manifests":[]}}"#, media_type::INDEX);
        assert_eq!(judge("text/plain", own.as_bytes()).unwrap(), media_type::INDEX);
        let silent = br#"{"config":{},"layers":[]}"#;
        assert_eq!(judge(media_type::MANIFEST, silent).unwrap(), media_type::MANIFEST);
    }

    #[test]
    fn a_document_that_two_readers_could_read_differently_is_refused() {
        let both = br#"{"manifests":[],"layers":[]}"#;
        assert!(judge(media_type::INDEX, both).unwrap_err().contains("both"));
        assert!(judge(media_type::INDEX, br#"{"config":{}}"#).is_err());
        assert!(judge(media_type::MANIFEST, br#"{"manifests":[]}"#).is_err());
    }

    #[test]
    fn old_and_foreign_documents_are_named() {
        let old = "application/vnd.docker.distribution.manifest.v1+prettyjws";
        assert!(judge(old, b"{}").unwrap_err().contains(old));
        assert!(judge("text/html", b"<html>").is_err());
    }
}
