//! An archive in volumes, for media that a whole one does not fit on: `web.tar.001`, `web.tar.002`, ..., which put behind each
//! other are the archive, and `web.tar.json`, which says how many there are and what each of them is.

mod read;
mod write;

pub(super) use read::VolumeReader;
pub(super) use write::VolumeWriter;

use crate::error::{Error, Result};
use sealer_model::{Digest, Reference};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Volumes have three digits, so that a shell lists them in their order.
pub(super) const MOST: u64 = 999;

/// What `web.tar.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VolumeList {
    /// 1.
    pub(super) format_version: u32,
    /// The image that the archive holds.
    pub(super) image: Reference,
    /// Bytes of all volumes.
    pub(super) size: u64,
    /// The volumes, in order.
    pub(super) volumes: Vec<Volume>,
}

/// One volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Volume {
    /// Its file's name; the file is in the folder of the list.
    pub(super) file: String,
    /// Its bytes.
    pub(super) size: u64,
    /// Its digest.
    pub(super) digest: Digest,
}

const FORMAT_VERSION: u32 = 1;

/// The place of a volume of an archive.
fn volume_path(archive: &Path, number: usize) -> PathBuf {
    with_suffix(archive, &format!(".{number:03}"))
}

/// The place of the list of an archive's volumes.
fn list_path(archive: &Path) -> PathBuf {
    with_suffix(archive, ".json")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut text = OsString::from(path);
    text.push(suffix);
    text.into()
}

/// The list of volumes that a file leads to by its name: that of a volume, or that of the list itself. None where it is a whole
/// archive.
pub(super) fn list_of(path: &Path) -> Option<PathBuf> {
    match path.extension()?.to_str()? {
        "json" => Some(path.to_owned()),
        digits if digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(list_path(&path.with_extension("")))
        }
        _ => None,
    }
}

impl VolumeList {
    /// Reads a list, and makes sure that it names files beside it and nothing else.
    fn parse(path: &Path, text: &[u8]) -> Result<Self> {
        let refused = |reason: String| Error::Volume { path: path.to_owned(), reason };
        let list: Self =
            serde_json::from_slice(text).map_err(|error| refused(format!("is no list of volumes: {error}")))?;
        if list.format_version != FORMAT_VERSION {
            let version = list.format_version;
            return Err(refused(format!("has the form {version}, which a later version of sealer reads")));
        }
        if let Some(astray) = list.volumes.iter().find(|volume| !is_plain_name(&volume.file)) {
            return Err(refused(format!("names {:?}, which is no file beside it", astray.file)));
        }
        Ok(list)
    }
}

fn is_plain_name(name: &str) -> bool {
    Path::new(name).file_name().is_some_and(|file| file == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_and_the_list_itself_lead_to_the_list() {
        let found = |path: &str| list_of(Path::new(path)).map(|path| path.to_str().unwrap().to_owned());
        assert_eq!(found("/m/web.tar.001").as_deref(), Some("/m/web.tar.json"));
        assert_eq!(found("/m/web.tar.999").as_deref(), Some("/m/web.tar.json"));
        assert_eq!(found("web.tar.json").as_deref(), Some("web.tar.json"));
        for whole in ["web.tar", "web", "web.v1", "web.0001", "web.00a"] {
            assert_eq!(found(whole), None, "{whole}");
        }
    }

    #[test]
    fn a_list_names_files_beside_it_and_says_what_is_wrong_with_it() {
        let list = |version: u32, file: &str| {
            let digest = Digest::of(b"");
            format!(
                r#"{{"formatVersion":{version},"image":"r.io/a:1","size":1,
                     "volumes":[{{"file":"{file}","size":1,"digest":"{digest}"}}]}}"#
            )
        };
        let parse =
            |text: &str| VolumeList::parse(Path::new("a.json"), text.as_bytes()).map_err(|error| error.to_string());
        assert_eq!(parse(&list(1, "a.tar.001")).unwrap().volumes[0].file, "a.tar.001");
        let cases = [
            (list(2, "a.tar.001"), "has the form 2"),
            (list(1, "../a.tar.001"), "no file beside it"),
            (list(1, "/etc/passwd"), "no file beside it"),
            (list(1, ".."), "no file beside it"),
            ("{}".to_owned(), "is no list of volumes"),
        ];
        for (text, reason) in cases {
            let error = parse(&text).unwrap_err();
            assert!(error.starts_with("a.json") && error.contains(reason), "{error}");
        }
    }
}
