//! Where an image is when no registry has it.

use std::fmt;
use std::str::FromStr;

/// A place in the build context that holds an image: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageSource {
    /// The form it is kept in.
    pub form: SourceForm,
    /// The path, relative to the context; it never leaves it.
    pub path: String,
    /// The name it has in there, needed only where there are several.
    pub reference: Option<String>,
}

/// A form of keeping images in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceForm {
    /// An OCI image layout folder.
    OciDirectory,
    /// A tar archive of an OCI image layout.
    OciArchive,
    /// What `docker save` writes.
    DockerArchive,
}

impl FromStr for ImageSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        let form = match scheme {
            "oci" => SourceForm::OciDirectory,
            "oci-archive" => SourceForm::OciArchive,
            "docker-archive" => SourceForm::DockerArchive,
            _ => return Err("a source begins with oci: oci-archive: or docker-archive:".to_owned()),
        };
        let (path, reference) = match rest.split_once(':') {
            Some((path, reference)) => (path, Some(reference.to_owned())),
            None => (rest, None),
        };
        if reference.as_deref() == Some("") {
            return Err("the name after the last colon is missing".to_owned());
        }
        Ok(Self { form, path: inner_path(path)?, reference })
    }
}

/// A list that is built on another machine must not read what is outside the context there.
fn inner_path(path: &str) -> Result<String, String> {
    if path.is_empty() {
        return Err("the source has no path".to_owned());
    }
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err("the source must be inside the build context".to_owned());
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

impl fmt::Display for ImageSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.form {
            SourceForm::OciDirectory => "oci",
            SourceForm::OciArchive => "oci-archive",
            SourceForm::DockerArchive => "docker-archive",
        };
        write!(formatter, "{scheme}:{}", self.path)?;
        match &self.reference {
            Some(reference) => write!(formatter, ":{reference}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_form_a_path_and_perhaps_a_name() {
        let source = |text: &str| text.parse::<ImageSource>().map(|source| source.to_string());
        assert_eq!(source("oci:./parts//redis/").unwrap(), "oci:parts/redis");
        assert_eq!(source("oci-archive:r.tar:redis:7").unwrap(), "oci-archive:r.tar:redis:7");
        assert_eq!(source("docker-archive:a/b.tar").unwrap(), "docker-archive:a/b.tar");
        for text in ["dir:x", "oci:", "oci", "oci:/etc", "oci:a/../../b", "docker-archive:a.tar:"] {
            assert!(source(text).is_err(), "{text} was accepted");
        }
    }
}
