//! The file in which this program keeps passwords: of docker's form, so that other tools can be pointed to it. It is changed
//! as a whole, entries and fields that we do not know stay as they are, and only its owner may read it.

use super::RemoteError;
use super::credentials::registry_of;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::io::{self, Write as _};
use std::path::Path;
use std::{fs, path};

/// Keeps a login.
///
/// # Errors
/// When the file is not of docker's form or cannot be written.
pub fn keep_login(path: &Path, registry: &str, user: &str, password: &str) -> Result<(), RemoteError> {
    let auth = STANDARD.encode(format!("{user}:{password}"));
    change(path, |entries| {
        entries.retain(|key, _| registry_of(key) != registry_of(registry));
        entries.insert(registry_of(registry), json!({ "auth": auth }));
    })
}

/// Forgets a login; says whether there was one.
///
/// # Errors
/// As [`keep_login`].
pub fn forget_login(path: &Path, registry: &str) -> Result<bool, RemoteError> {
    let mut found = false;
    if path.exists() {
        change(path, |entries| {
            let before = entries.len();
            entries.retain(|key, _| registry_of(key) != registry_of(registry));
            found = entries.len() != before;
        })?;
    }
    Ok(found)
}

fn change(path: &Path, change: impl FnOnce(&mut Map<String, Value>)) -> Result<(), RemoteError> {
    let mut document = read(path)?;
    let wrong = || RemoteError::Credentials { path: path.to_owned(), reason: "auths is no object".to_owned() };
    let fields = document.as_object_mut().ok_or_else(wrong)?;
    let entries = fields.entry("auths").or_insert_with(|| json!({}));
    change(entries.as_object_mut().ok_or_else(wrong)?);
    write(path, &document).map_err(|source| RemoteError::CredentialFile { path: path.to_owned(), source })
}

fn read(path: &Path) -> Result<Value, RemoteError> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| {
            // The parser's own words may quote a password.
            let reason = format!("it is no JSON in line {}, column {}", error.line(), error.column());
            RemoteError::Credentials { path: path.to_owned(), reason }
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(json!({})),
        Err(source) => Err(RemoteError::CredentialFile { path: path.to_owned(), source }),
    }
}

fn write(path: &Path, document: &Value) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(path::Path::new("."));
    fs::create_dir_all(folder)?;
    // A temporary file is its owner's alone from the beginning.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(document)?)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_login_is_kept_beside_others_for_its_owner_only_and_forgotten_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root/auth.json");
        keep_login(&path, "docker.io", "me", "one").unwrap();
        keep_login(&path, "quay.example", "me", "two").unwrap();
        keep_login(&path, "docker.io", "me", "three").unwrap();
        let kept: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let expected = json!({"auths": {
            "docker.io": {"auth": STANDARD.encode("me:three")}, "quay.example": {"auth": STANDARD.encode("me:two")},
        }});
        assert_eq!(kept, expected);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(forget_login(&path, "https://index.docker.io/v1/").unwrap());
        assert!(!forget_login(&path, "docker.io").unwrap());
        assert!(!forget_login(&folder.path().join("absent.json"), "docker.io").unwrap());
    }

    #[test]
    fn a_file_that_is_not_understood_is_left_alone_and_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.json");
        for text in [r#"{"auths": "hunter2"}"#, r#"{"auths": {"hunter2"#, "[]"] {
            fs::write(&path, text).unwrap();
            let error = keep_login(&path, "docker.io", "me", "x").unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
