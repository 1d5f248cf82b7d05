//! What a manifest document is, and whether what it points to is there.

use crate::refusal::Refusal;
use axum::http::StatusCode;
use sealer_image::Store;
use sealer_model::Digest;
use sealer_model::image::{Descriptor, Index, Manifest, media_type};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// As much of a document as tells a manifest from an index.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    schema_version: u32,
    media_type: Option<String>,
    manifests: Option<Vec<IgnoredAny>>,
    config: Option<IgnoredAny>,
    subject: Option<Descriptor>,
}

/// What a document is.
#[derive(Debug)]
pub(crate) struct Found {
    /// Its media type.
    pub(crate) media_type: String,
    /// What it says that it is about.
    pub(crate) subject: Option<Digest>,
}

/// What a document is. Its type is its own, else the declared one, else the OCI type that its fields fit.
///
/// # Errors
/// The reason why it is neither a manifest nor an index. A document that could be read as both is neither, because two
/// clients would see two images in it.
pub(crate) fn outline(bytes: &[u8], declared: Option<&str>) -> Result<Found, String> {
    let mut outline: Outline = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if outline.schema_version != 2 {
        return Err(format!("schema version {}", outline.schema_version));
    }
    let subject = outline.subject.take().map(|subject| subject.digest);
    Ok(Found { media_type: media_type(&outline, declared)?, subject })
}

fn media_type(outline: &Outline, declared: Option<&str>) -> Result<String, String> {
    let (fits, usual): (fn(&str) -> bool, _) = match (&outline.manifests, &outline.config) {
        (Some(_), None) => (media_type::is_index, media_type::INDEX),
        (None, Some(_)) => (media_type::is_manifest, media_type::MANIFEST),
        _ => return Err("neither a manifest nor an index".to_owned()),
    };
    // Generic types say nothing; some clients send them for want of a better one.
    let declared = declared
        .map(|header| header.split(';').next().unwrap_or_default().trim())
        .filter(|declared| media_type::is_index(declared) || media_type::is_manifest(declared));
    let own = outline.media_type.as_deref();
    if let (Some(own), Some(declared)) = (own, declared)
        && own != declared
    {
        return Err(format!("sent as {declared}, but says that it is {own}"));
    }
    let found = own.or(declared).unwrap_or(usual);
    if !fits(found) {
        return Err(format!("its fields do not fit its type {found}"));
    }
    Ok(found.to_owned())
}

/// Checks that everything that a document points to is in the store with the size it should have.
///
/// # Errors
/// At the first part that is not, and when the document is malformed.
pub(crate) fn check_references(store: &Store, media_type: &str, bytes: &[u8]) -> Result<(), Refusal> {
    for part in parts(media_type, bytes)? {
        check(store, &part)?;
    }
    Ok(())
}

/// The blobs of a manifest that are not in the store; an index has none.
///
/// # Errors
/// When the document is malformed, or the file system does not answer.
pub(crate) fn absent_blobs(store: &Store, media_type: &str, bytes: &[u8]) -> Result<Vec<Digest>, Refusal> {
    if media_type::is_index(media_type) {
        return Ok(Vec::new());
    }
    let digests = parts(media_type, bytes)?.into_iter().map(|part| part.digest);
    Ok(digests.filter(|digest| !store.contains(digest)).collect())
}

fn parts(media_type: &str, bytes: &[u8]) -> Result<Vec<Descriptor>, Refusal> {
    if media_type::is_index(media_type) {
        return Ok(parse::<Index>(bytes)?.manifests);
    }
    let manifest: Manifest = parse(bytes)?;
    let blobs = manifest.blobs().filter(|blob| !is_foreign(&blob.media_type));
    Ok(blobs.cloned().collect())
}

/// Layers that may not be passed on stay where their maker keeps them.
fn is_foreign(media_type: &str) -> bool {
    media_type.contains("nondistributable") || media_type.contains(".foreign.")
}

fn check(store: &Store, part: &Descriptor) -> Result<(), Refusal> {
    let Descriptor { digest, size, .. } = part;
    match store.blob_size(digest)? {
        None => Err(unknown_blob(digest)),
        Some(found) if found != *size => {
            let message = format!("{digest} has {found} bytes; the manifest says {size}");
            Err(bad("SIZE_INVALID", message))
        }
        Some(_) => Ok(()),
    }
}

/// What somebody is told whose manifest needs a blob that is nowhere.
pub(crate) fn unknown_blob(digest: &Digest) -> Refusal {
    bad("MANIFEST_BLOB_UNKNOWN", format!("the manifest needs {digest}, which is not here"))
}

fn bad(code: &'static str, message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, code, message)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::manifest_invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: &str, declared: Option<&str>) -> Option<String> {
        outline(document.as_bytes(), declared).ok().map(|found| found.media_type)
    }

    #[test]
    fn a_document_is_of_its_own_type_or_of_the_one_that_fits() {
        const DOCKER: &str = media_type::DOCKER_MANIFEST;
        let typed = format!(r#"{{"schemaVersion":2,"mediaType":"{DOCKER}","config":{{}}}}"#);
        let plain = r#"{"schemaVersion":2,"config":{},"layers":[]}"#;
        let index = r#"{"schemaVersion":2,"manifests":[]}"#;
        let cases = [
            (typed.as_str(), None, DOCKER),
            (typed.as_str(), Some(DOCKER), DOCKER),
            (plain, Some(DOCKER), DOCKER),
            (plain, Some("application/json"), media_type::MANIFEST),
            (plain, None, media_type::MANIFEST),
            (index, None, media_type::INDEX),
            (index, Some("application/vnd.oci.image.index.v1+json; charset=utf-8"), media_type::INDEX),
        ];
        for (document, declared, expected) in cases {
            let found = found(document, declared);
            assert_eq!(found.as_deref(), Some(expected), "{document} {declared:?}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let typed = format!(r#"{{"schemaVersion":2,"mediaType":"{}","config":{{}}}}"#, media_type::INDEX);
        let cases = [
            (typed.as_str(), None),
            (r#"{"schemaVersion":2,"config":{},"manifests":[]}"#, None),
            (r#"{"schemaVersion":2,"config":{}}"#, Some(media_type::INDEX)),
            (r#"{"schemaVersion":1,"config":{}}"#, None),
            (r#"{"schemaVersion":2,"mediaType":"text/plain","config":{}}"#, None),
            (r#"{"schemaVersion":2}"#, None),
            ("{}", None),
            ("", None),
            ("[]", None),
            ("\u{1f}\u{8b}", None),
        ];
        for (document, declared) in cases {
            assert_eq!(found(document, declared), None, "{document} {declared:?}");
        }
    }
}
