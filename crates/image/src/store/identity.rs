//! Which images of the store somebody means: by a name, by a digest in a repository, or, as users of docker expect it, by an
//! identifier: the beginning of an image's digest, as a list of images prints it. Names come first, so an identifier never
//! hides one.

use super::{NamedImage, Store};
use crate::error::{Error, Result};
use sealer_model::{Digest, Reference};
use std::collections::BTreeSet;

/// Fewer digits are taken for a name that is not there.
const FEWEST_DIGITS: usize = 4;

impl Store {
    /// The images that are meant, in order of name: of a name at most one, of a digest in a repository all its names there, of an
    /// identifier all names of its image.
    ///
    /// # Errors
    /// When an identifier fits several images, or the index cannot be read.
    pub fn meant(&self, asked: &Reference) -> Result<Vec<NamedImage>> {
        let mut images = self.images()?;
        if let Some(place) = images.iter().position(|image| image.name == *asked) {
            return Ok(vec![images.swap_remove(place)]);
        }
        if let Some(digest) = asked.digest() {
            let repository = asked.repository();
            images.retain(|image| image.descriptor.digest == *digest && image.name.repository() == repository);
            return Ok(images);
        }
        let Some(digits) = identifier(asked) else { return Ok(Vec::new()) };
        images.retain(|image| image.descriptor.digest.hex().starts_with(digits));
        let digests: BTreeSet<Digest> = images.iter().map(|image| image.descriptor.digest.clone()).collect();
        if digests.len() > 1 {
            let digests = digests.into_iter().collect();
            return Err(Error::Ambiguous { identifier: digits.to_owned(), digests });
        }
        Ok(images)
    }

    /// The name of what is meant: another one than was asked for only where that is an identifier.
    ///
    /// # Errors
    /// As [`Store::meant`].
    pub fn name_of(&self, asked: &Reference) -> Result<Reference> {
        if asked.digest().is_some() {
            return Ok(asked.clone());
        }
        let first = self.meant(asked)?.into_iter().next();
        Ok(first.map_or_else(|| asked.clone(), |image| image.name))
    }
}

/// The digits in `26265691a9d1` or `sha256:26265691a9d1`, which both can be read as names, too.
fn identifier(asked: &Reference) -> Option<&str> {
    let digits = match (asked.domain(), asked.path().strip_prefix("library/")?, asked.tag()?) {
        ("docker.io", "sha256", digits) | ("docker.io", digits, "latest") => digits,
        _ => return None,
    };
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() >= FEWEST_DIGITS && digits.bytes().all(is_digit)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::image::Descriptor;

    fn name(text: &str) -> Reference {
        text.parse().unwrap()
    }

    fn meant(store: &Store, asked: &str) -> Vec<String> {
        store.meant(&name(asked)).unwrap().into_iter().map(|image| image.name.to_string()).collect()
    }

    #[test]
    fn an_image_is_meant_by_name_by_digest_or_by_the_beginning_of_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let [one, two] = ["one", "two"].map(|text| Descriptor::of("text/plain", text.as_bytes()));
        for (text, image) in [("r.io/a:1", &one), ("r.io/a:2", &one), ("r.io/b:1", &one), ("r.io/a:3", &two)] {
            store.tag(&name(text), image).unwrap();
        }
        assert_eq!(meant(&store, "r.io/a:1"), ["r.io/a:1"]);
        assert_eq!(meant(&store, &format!("r.io/a@{}", one.digest)), ["r.io/a:1", "r.io/a:2"]);
        for asked in [one.digest.short().to_owned(), one.digest.to_string(), one.digest.hex()[..4].to_owned()] {
            assert_eq!(meant(&store, &asked), ["r.io/a:1", "r.io/a:2", "r.io/b:1"], "{asked}");
        }
        for asked in ["r.io/a:4", "ffff", &one.digest.hex()[..3], &format!("r.io/{}", one.digest.short())] {
            assert_eq!(meant(&store, asked), [""; 0], "{asked}");
        }
        store.tag(&name(one.digest.short()), &two).unwrap();
        assert_eq!(store.name_of(&name(one.digest.short())).unwrap(), name(one.digest.short()), "a name comes first");
    }

    #[test]
    fn an_identifier_of_several_images_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let descriptor = |last: char| {
            let digest = format!("sha256:{}{last}", "a".repeat(63)).parse().unwrap();
            Descriptor::new("text/plain", digest, 1)
        };
        store.tag(&name("r.io/a:1"), &descriptor('1')).unwrap();
        store.tag(&name("r.io/a:2"), &descriptor('2')).unwrap();
        let error = store.meant(&name("aaaaaaaa")).unwrap_err().to_string();
        assert!(error.starts_with("aaaaaaaa is the beginning of several images: sha256:aaa"), "{error}");
    }
}
