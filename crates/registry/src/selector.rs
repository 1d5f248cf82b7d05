//! What stands behind `/manifests/` and `/blobs/`: a tag or a digest.

use crate::refusal::Refusal;
use crate::repository::{NAMELESS, invalid};
use sealer_model::digest::InvalidDigest;
use sealer_model::reference::InvalidReference;
use sealer_model::{Digest, Reference};

/// Which manifest of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    /// The manifest of that digest.
    Digest(Digest),
    /// The manifest that has this tag.
    Tag(String),
}

impl Selector {
    /// Reads a tag or a digest; only digests hold a colon.
    ///
    /// # Errors
    /// When it is neither.
    pub(crate) fn of(text: &str) -> Result<Self, Refusal> {
        if text.contains(':') {
            return parse_digest(text).map(Self::Digest);
        }
        // In a repository that is surely one, whatever breaks the grammar is the tag.
        let name: Reference = format!("{NAMELESS}/x:{text}").parse().map_err(invalid_tag)?;
        match name.tag() {
            Some(tag) if tag == text => Ok(Self::Tag(tag.to_owned())),
            _ => Err(Refusal::manifest_unknown(text)),
        }
    }

    /// The full name of what this selects in a repository.
    ///
    /// # Errors
    /// When the repository's name is none.
    pub(crate) fn name_in(&self, repository: &str) -> Result<Reference, Refusal> {
        let name = match self {
            Self::Digest(digest) => format!("{repository}@{digest}"),
            Self::Tag(tag) => format!("{repository}:{tag}"),
        };
        name.parse().map_err(invalid)
    }
}

/// Reads a digest.
///
/// # Errors
/// When it is none, or one of an algorithm that the store does not use.
pub(crate) fn parse_digest(text: &str) -> Result<Digest, Refusal> {
    let invalid = |error: InvalidDigest| Refusal::digest_invalid(error.to_string());
    text.parse().map_err(invalid)
}

fn invalid_tag(error: InvalidReference) -> Refusal {
    Refusal::tag_invalid(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_a_digest_or_a_tag() {
        let digest = Digest::of(b"x");
        assert_eq!(Selector::of(digest.as_str()).unwrap(), Selector::Digest(digest));
        assert_eq!(Selector::of("1.25").unwrap(), Selector::Tag("1.25".to_owned()));
        for hostile in ["", ".", "..", "a/b", "sha256:0", "sha512:0", "a@b", "-a"] {
            assert!(Selector::of(hostile).is_err(), "{hostile:?} was accepted");
        }
    }
}
