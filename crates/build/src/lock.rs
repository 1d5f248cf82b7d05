//! The lock of a build: what everything that came from elsewhere was, by digest. Written by one build, it makes another use exactly the
//! same: base images, images that files are copied from, container images, files from the web and charts.
//!
//! What a `RUN` fetches by itself is not in it; nobody but the command knows of it.

use crate::error::Error;
use sealer_model::{Digest, Platform};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The version of the file's form.
const VERSION: u32 = 1;
/// Bytes of the longest lock.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What an input is to the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// The image of `FROM`.
    Base,
    /// An image of `COPY --from`.
    CopiedFrom,
    /// A container image that is carried.
    ContainerImage,
    /// A file from the web.
    File,
    /// The archive of a chart in a registry.
    Chart,
}

/// One thing that a build took from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// What it is to the build.
    pub kind: InputKind,
    /// The image's full name, or the address.
    pub name: String,
    /// The platform that it was taken for, where that makes a difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

impl fmt::Display for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            InputKind::Base => "base image",
            InputKind::CopiedFrom => "image",
            InputKind::ContainerImage => "container image",
            InputKind::File => "file",
            InputKind::Chart => "chart",
        };
        write!(formatter, "the {kind} {}", self.name)?;
        self.platform.as_ref().map_or(Ok(()), |platform| write!(formatter, " for {platform}"))
    }
}

/// The inputs of a build with their digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock(BTreeMap<Input, Digest>);

/// The file's form.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    version: u32,
    inputs: Vec<Locked>,
}

#[derive(Serialize, Deserialize)]
struct Locked {
    #[serde(flatten)]
    input: Input,
    digest: Digest,
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Errors
    /// When the file cannot be read, is no lock, or is one of a later version.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let size = path.metadata().map_err(|source| Error::read(path, source))?.len();
        let text = crate::read_text(path, size, "a lock", LONGEST)?;
        Self::parse(&text).map_err(|reason| Error::NoLock { path: path.to_owned(), reason })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if document.version != VERSION {
            return Err(format!("it has version {}, and this program knows version {VERSION}", document.version));
        }
        Ok(Self(document.inputs.into_iter().map(|Locked { input, digest }| (input, digest)).collect()))
    }

    /// The lock as text, the same for the same inputs.
    ///
    /// # Errors
    /// Never for what was read or made here; writing JSON may fail in general.
    fn text(&self) -> serde_json::Result<String> {
        let inputs = self.0.iter().map(|(input, digest)| Locked { input: input.clone(), digest: digest.clone() });
        let document = Document { version: VERSION, inputs: inputs.collect() };
        serde_json::to_string_pretty(&document).map(|text| text + "\n")
    }

    /// Writes the lock; who reads meanwhile sees the old one or the new one.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = |source| Error::write(path, source);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let text = self.text().map_err(|source| failed(source.into()))?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        fs::set_permissions(file.path(), readable).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

/// What a build under way may use, and what it has used.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    locked: Option<Lock>,
    used: Mutex<Lock>,
}

impl Inputs {
    /// The inputs of a build that must use what a lock says, if there is one.
    pub(crate) fn new(locked: Option<Lock>) -> Self {
        Self { locked, used: Mutex::default() }
    }

    /// The digest that an input must have; none where nothing is locked.
    ///
    /// # Errors
    /// When there is a lock and it does not name the input.
    pub(crate) fn expected(&self, input: &Input) -> Result<Option<Digest>, Error> {
        let Some(lock) = &self.locked else {
            return Ok(None);
        };
        match lock.0.get(input) {
            Some(digest) => Ok(Some(digest.clone())),
            None => Err(Error::NotLocked { input: input.to_string() }),
        }
    }

    /// Takes in that an input was used.
    ///
    /// # Errors
    /// When there is a lock and it names another digest.
    pub(crate) fn used(&self, input: Input, found: &Digest) -> Result<(), Error> {
        if let Some(expected) = self.expected(&input)?.filter(|expected| expected != found) {
            let found = found.clone();
            return Err(Error::LockedOtherwise { input: input.to_string(), expected, found });
        }
        self.used.lock().unwrap_or_else(PoisonError::into_inner).0.insert(input, found.clone());
        Ok(())
    }

    /// Everything that was used.
    pub(crate) fn lock(&self) -> Lock {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Input {
    /// An input whose bytes depend on the platform.
    pub(crate) fn image(kind: InputKind, name: impl fmt::Display, platform: &Platform) -> Self {
        Self { kind, name: name.to_string(), platform: Some(platform.to_string()) }
    }

    /// An input that is the same everywhere.
    pub(crate) fn file(kind: InputKind, name: impl fmt::Display) -> Self {
        Self { kind, name: name.to_string(), platform: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> [(Input, Digest); 2] {
        let image = Input::image(InputKind::ContainerImage, "docker.io/demo/a:1", &Platform::linux("amd64"));
        [(Input::file(InputKind::File, "https://h.example/a"), Digest::of(b"a")), (image, Digest::of(b"b"))]
    }

    #[test]
    fn a_lock_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Kubefile.lock");
        let used = Inputs::new(None);
        inputs().into_iter().for_each(|(input, digest)| used.used(input, &digest).unwrap());
        used.lock().write(&path).unwrap();
        assert_eq!(Lock::read(&path).unwrap(), Lock(inputs().into()));
        let text = fs::read_to_string(&path).unwrap();
        let expected = format!(
            "    {{\n      \"kind\": \"container-image\",\n      \"name\": \"docker.io/demo/a:1\",\n      \
             \"platform\": \"linux/amd64\",\n      \"digest\": \"{}\"\n    }}",
            Digest::of(b"b")
        );
        assert!(text.starts_with("{\n  \"version\": 1,") && text.contains(&expected), "{text}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_locked_or_has_changed_is_refused() {
        let inputs_of_lock = Inputs::new(Some(Lock(inputs().into())));
        let [(file, digest), _] = inputs();
        assert_eq!(inputs_of_lock.expected(&file).unwrap(), Some(digest.clone()));
        inputs_of_lock.used(file.clone(), &digest).unwrap();
        let changed = inputs_of_lock.used(file, &Digest::of(b"other")).unwrap_err().to_string();
        assert!(changed.contains("the file https://h.example/a") && changed.contains(digest.as_str()), "{changed}");
        let unknown = Input::image(InputKind::Base, "docker.io/demo/base:1", &Platform::linux("arm64"));
        let unknown = inputs_of_lock.expected(&unknown).unwrap_err().to_string();
        assert_eq!(unknown, "the base image docker.io/demo/base:1 for linux/arm64 is not in the lock");
    }

    #[test]
    fn what_is_no_lock_is_told() {
        for (text, reason) in [
            ("{", "EOF"),
            (r#"{"version":2,"inputs":[]}"#, "it has version 2"),
            (r#"{"version":1,"inputs":[{"kind":"file","name":"a","digest":"x"}]}"#, "is not a digest"),
            (r#"{"version":1,"inputs":[],"more":1}"#, "unknown field"),
        ] {
            let error = Lock::parse(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
