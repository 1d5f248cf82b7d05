//! Headers that several answers share.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use sealer_model::Digest;

pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
pub(crate) const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
pub(crate) const UPLOAD: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// What a pushed manifest says that it is about.
pub(crate) const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
/// By what a list of referrers was filtered.
pub(crate) const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// A header's value. Names, tags and digests are checked before they get here and hold plain characters only.
pub(crate) fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The headers by which content is told apart: its digest in two forms.
pub(crate) fn identity(digest: &Digest) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_DIGEST, value(digest.as_str()));
    headers.insert(header::ETAG, value(&tag(digest)));
    headers
}

fn tag(digest: &Digest) -> String {
    format!("\"{digest}\"")
}

/// Whether the asker says that it has this content already.
pub(crate) fn already_there(asked: &HeaderMap, digest: &Digest) -> bool {
    let tag = tag(digest);
    asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|entry| entry.trim().trim_start_matches("W/"))
        .any(|entry| entry == "*" || entry == tag)
}

/// One header as text, if it is there and is text.
pub(crate) fn text(asked: &HeaderMap, name: HeaderName) -> Option<&str> {
    asked.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_is_found_in_a_list_weak_or_not() {
        let digest = Digest::of(b"x");
        let cases = [
            (format!("\"{digest}\""), true),
            (format!("\"a\", W/\"{digest}\""), true),
            ("*".to_owned(), true),
            (digest.to_string(), false),
            ("\"a\"".to_owned(), false),
        ];
        for (list, expected) in cases {
            let mut asked = HeaderMap::new();
            asked.insert(header::IF_NONE_MATCH, value(&list));
            assert_eq!(already_there(&asked, &digest), expected, "{list}");
        }
        assert!(!already_there(&HeaderMap::new(), &digest));
    }
}
