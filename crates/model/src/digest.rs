//! Content digests: the only identity that a blob has, from the store of the delivering machine to the disk of the last host.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// A SHA-256 content digest, always in the form `sha256:<64 lower-case hex digits>`.
///
/// The form is checked when a value is made, so a digest can be used as a file name without further care.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// The text is not a digest that sealer accepts.
#[derive(Debug, thiserror::Error)]
#[error("\"{text}\" is not a digest of the form sha256:<64 hex digits>")]
pub struct InvalidDigest {
    /// What was given.
    pub text: String,
}

const PREFIX: &str = "sha256:";

impl Digest {
    /// The digest of bytes at hand; large content is hashed by [`Hasher`] while it streams.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(bytes);
        hasher.finish()
    }

    /// The 64 hex digits without the algorithm.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.0[PREFIX.len()..]
    }

    /// The first twelve hex digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.hex()[..12]
    }

    /// The whole text, `sha256:...`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let valid = text
            .strip_prefix(PREFIX)
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidDigest { text: text.to_owned() }) }
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Computes a [`Digest`] of content that passes by in pieces.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces so far.
    #[must_use]
    pub fn finish(self) -> Digest {
        use fmt::Write as _;
        let mut text = String::with_capacity(PREFIX.len() + 64);
        text.push_str(PREFIX);
        for byte in self.0.finalize() {
            write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        }
        Digest(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_the_published_one() {
        let expected = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").as_str(), expected);
    }

    #[test]
    fn a_digest_that_could_leave_its_folder_is_refused() {
        for text in ["sha256:../../etc/passwd", "sha256:ABC", "md5:00", "", "sha256:"] {
            assert!(text.parse::<Digest>().is_err(), "{text} was accepted");
        }
    }
}
