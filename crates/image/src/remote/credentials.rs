//! Who we are at which registry: files of the form of docker's `config.json`, as `docker login`, `podman login` and
//! `skopeo login` write them.

use super::RemoteError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealer_model::Reference;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Login of {}", self.user)
    }
}

/// Logins by registry, or by registry and the first part of a repository.
#[derive(Debug, Default)]
pub(super) struct Credentials(BTreeMap<String, Login>);

impl Credentials {
    /// Reads files; earlier ones win, and one that does not exist holds nothing.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, RemoteError> {
        let mut all = Self::default();
        for path in paths {
            match fs::read(path) {
                Ok(text) => all.add(path, &text)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => {
                    return Err(RemoteError::CredentialFile { path: path.clone(), source });
                }
            }
        }
        Ok(all)
    }

    /// The login for a repository: that of the longest key that it begins with.
    pub(super) fn find(&self, name: &Reference) -> Option<&Login> {
        let repository = name.repository();
        let mut key = repository.as_str();
        loop {
            if let Some(login) = self.0.get(key) {
                return Some(login);
            }
            key = key.rsplit_once('/')?.0;
        }
    }

    /// No value of the file gets into an error, and so none of serde's errors that would quote one.
    fn add(&mut self, path: &Path, text: &[u8]) -> Result<(), RemoteError> {
        let wrong = |reason: String| RemoteError::Credentials { path: path.to_owned(), reason };
        let document: Value = serde_json::from_slice(text).map_err(|error| wrong(error.to_string()))?;
        let Some(entries) = document.get("auths") else {
            return Ok(());
        };
        let entries = entries.as_object().ok_or_else(|| wrong("auths is no object".into()))?;
        for (key, entry) in entries {
            let login = login(entry).map_err(|reason| wrong(format!("the entry {key} {reason}")))?;
            if let Some(login) = login {
                self.0.entry(registry(key)).or_insert(login);
            }
        }
        Ok(())
    }
}

/// Docker leaves empty entries behind where a helper program keeps the password.
fn login(entry: &Value) -> Result<Option<Login>, &'static str> {
    let text = |key| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(encoded) = text("auth") {
        let bytes = STANDARD.decode(encoded).map_err(|_| "has an auth that is not base64")?;
        let decoded = String::from_utf8(bytes).map_err(|_| "has an auth that is no text")?;
        let (user, password) = decoded.split_once(':').ok_or("has an auth that is not user:password")?;
        let password = password.trim_end_matches('\0');
        return Ok(Some(Login { user: user.to_owned(), password: password.to_owned() }));
    }
    let pair = text("username").zip(text("password"));
    Ok(pair.map(|(user, password)| Login { user: user.to_owned(), password: password.to_owned() }))
}

/// Keys are hosts, addresses, or (podman's way) the beginning of a repository's name.
fn registry(key: &str) -> String {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://"));
    let name = match bare {
        Some(address) => address.split('/').next().unwrap_or(address),
        None => key.trim_end_matches('/'),
    };
    let (host, rest) = name.split_at(name.find('/').unwrap_or(name.len()));
    match host {
        "index.docker.io" | "registry-1.docker.io" => {
            format!("docker.io{}", rest.strip_prefix("/v1").unwrap_or(rest))
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(text: &str) -> Result<Credentials, RemoteError> {
        let mut all = Credentials::default();
        all.add(Path::new("config.json"), text.as_bytes()).map(|()| all)
    }

    fn user(credentials: &Credentials, name: &str) -> Option<String> {
        credentials.find(&name.parse().unwrap()).map(|login| login.user.clone())
    }

    #[test]
    fn dockers_file_is_read() {
        let all = credentials(
            r#"{"auths": {
                "https://index.docker.io/v1/": {"auth": "aHViOnM6ZWNyZXQ="},
                "harbor.example:8443": {"username": "harbor", "password": "x"},
                "helper.example": {}
            }, "credsStore": "desktop"}"#,
        );
        let all = all.unwrap();
        let hub = all.find(&"nginx".parse().unwrap()).unwrap();
        assert_eq!((hub.user.as_str(), hub.password.as_str()), ("hub", "s:ecret"));
        assert_eq!(user(&all, "harbor.example:8443/a/b:1").as_deref(), Some("harbor"));
        assert_eq!(user(&all, "helper.example/a"), None);
        assert_eq!(user(&all, "other.example/a"), None);
    }

    #[test]
    fn a_key_with_a_path_is_for_that_part_of_the_registry() {
        let all = credentials(
            r#"{"auths": {
                "quay.example": {"username": "all", "password": "x"},
                "quay.example/team": {"username": "team", "password": "x"}
            }}"#,
        );
        let all = all.unwrap();
        assert_eq!(user(&all, "quay.example/team/app").as_deref(), Some("team"));
        assert_eq!(user(&all, "quay.example/teamwork/app").as_deref(), Some("all"));
    }

    #[test]
    fn an_error_never_quotes_a_secret() {
        for text in [
            r#"{"auths": {"a": {"auth": "hunter2!"}}}"#,
            r#"{"auths": {"a": {"auth": "aHVudGVyMg=="}}}"#,
            r#"{"auths": "hunter2"}"#,
            r#"{"auths": {"a": {"auth": "hunter2"#,
        ] {
            let error = credentials(text).unwrap_err().to_string();
            assert!(error.starts_with("config.json does not hold"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_login_does_not_print_its_password() {
        let login = Login { user: "me".into(), password: "hunter2".into() };
        assert_eq!(format!("{login:?}"), "Login of me");
    }
}
