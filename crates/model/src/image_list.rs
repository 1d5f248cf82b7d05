//! Lists of container images: `manifests/imageList` in a rootfs, and the files of `build --image-list`. One image a line,
//! optionally with the file or folder of the build context that holds it, for images that no registry has:
//!
//! ```text
//! # the page and its memory
//! docker.io/library/nginx:1.25
//! docker.io/library/redis:7    docker-archive:parts/images/redis.tar
//! ```

mod authenticated;
mod source;

pub use authenticated::{AuthenticatedImage, authenticated_images};
pub use source::{ImageSource, SourceForm};

use crate::Reference;
use std::collections::BTreeMap;

/// The images of one list, in its order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageList {
    /// One entry for each name.
    pub entries: Vec<Listed>,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The image's full name.
    pub name: Reference,
    /// Where to take it from when no registry has it.
    pub source: Option<ImageSource>,
    /// The line that names it first, from 1.
    pub line: usize,
}

/// A line of an image list says nothing that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}: \"{text}\"")]
pub struct ImageListError {
    /// The name of the list.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The line itself.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl ImageList {
    /// Reads a list. `file` is what errors call it.
    ///
    /// # Errors
    /// At the first line that is not an image, and where a name comes again with another source.
    pub fn parse(file: &str, text: &str) -> Result<Self, ImageListError> {
        let mut list = Self::default();
        let mut places = BTreeMap::new();
        for (index, text) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let error = |reason| ImageListError {
                file: file.to_owned(),
                line: index + 1,
                text: text.trim().to_owned(),
                reason,
            };
            let Some((name, source)) = line(text).map_err(error)? else {
                continue;
            };
            let place = *places.entry(name.clone()).or_insert(list.entries.len());
            match list.entries.get_mut(place) {
                Some(known) => known.add(source).map_err(error)?,
                None => list.entries.push(Listed { name, source, line: index + 1 }),
            }
        }
        Ok(list)
    }
}

impl Listed {
    /// The same name again: fine, as long as it does not come from somewhere else.
    fn add(&mut self, source: Option<ImageSource>) -> Result<(), String> {
        match (&self.source, source) {
            (_, None) => Ok(()),
            (Some(known), Some(other)) if *known != other => {
                Err(format!("line {} gives this image another source, {known}", self.line))
            }
            (_, some) => {
                self.source = some;
                Ok(())
            }
        }
    }
}

fn line(text: &str) -> Result<Option<(Reference, Option<ImageSource>)>, String> {
    let words: Vec<&str> = text.split_whitespace().take_while(|word| !word.starts_with('#')).map(unquoted).collect();
    let (name, source) = match words.as_slice() {
        [] => return Ok(None),
        [name] => (name, None),
        [name, source] => (name, Some(source.parse::<ImageSource>()?)),
        _ => return Err("a line is an image and at most one source".to_owned()),
    };
    let name = name.parse::<Reference>().map_err(|error| format!("not an image name, {}", error.reason))?;
    Ok(Some((name, source)))
}

fn unquoted(word: &str) -> &str {
    let inside = |quote: char| word.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ImageList, ImageListError> {
        ImageList::parse("manifests/imageList", text)
    }

    #[test]
    fn names_comments_blank_lines_and_quotes_are_understood() {
        let list = parse("\u{feff}# images\n\nnginx:1.25 # web\r\n  \"quay.io/a/b\"\n'fanux/lvscare'\n");
        let names: Vec<(String, usize)> =
            list.unwrap().entries.into_iter().map(|entry| (entry.name.to_string(), entry.line)).collect();
        let expected = [
            ("docker.io/library/nginx:1.25".to_owned(), 3),
            ("quay.io/a/b:latest".to_owned(), 4),
            ("docker.io/fanux/lvscare:latest".to_owned(), 5),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn the_same_name_twice_is_one_image_unless_the_sources_differ() {
        let list = parse("redis:7\nredis:7 docker-archive:r.tar\nredis:7\n").unwrap();
        assert_eq!(list.entries.len(), 1);
        assert_eq!(list.entries[0].source.as_ref().unwrap().path, "r.tar");
        let error = parse("redis:7 oci:a\nredis:7 oci:b\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "manifests/imageList:2: line 1 gives this image another source, oci:a: \"redis:7 oci:b\""
        );
    }

    #[test]
    fn an_error_shows_the_line() {
        let error = parse("nginx\nUPPER/case/ x\n").unwrap_err();
        assert_eq!((error.line, error.text.as_str()), (2, "UPPER/case/ x"));
        assert!(parse("a oci:b c").unwrap_err().to_string().contains("at most one source"));
        let error = parse("NG INX").unwrap_err();
        assert!(error.to_string().contains("a source begins with"), "{error}");
    }
}
