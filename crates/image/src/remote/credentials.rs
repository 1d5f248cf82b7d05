//! Who we are at which registry: files of the form of docker's `config.json`, as `docker login`, `podman login` and
//! `skopeo login` write them, and the helper programs that such a file names. As docker has it, a helper for one registry is
//! asked before the passwords of the files, and a helper for all registries after them.

use super::{RemoteError, helper};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealer_model::Reference;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

/// The user that stands for an identity token instead of a password, as docker's credential helpers have it.
const TOKEN: &str = "<token>";

/// A user and a password, or an identity token, which only a token server takes.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password; never printed.
    pub password: String,
}

impl Login {
    /// Whether this is an identity token.
    pub(super) fn is_token(&self) -> bool {
        self.user == TOKEN
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Login of {}", self.user)
    }
}

/// Who we are, from all files together.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    /// For certain repositories, before everything else.
    given: BTreeMap<String, Login>,
    /// By registry, or by registry and the first part of a repository.
    logins: BTreeMap<String, Login>,
    /// Helpers for one registry each.
    helpers: BTreeMap<String, String>,
    /// Helpers for every registry, in the order of the files.
    stores: Vec<String>,
    /// What helpers have answered, by registry: nobody wants to unlock a vault twice.
    answered: tokio::sync::Mutex<BTreeMap<String, Option<Login>>>,
    /// For registries that nothing else says anything about.
    otherwise: Option<Login>,
}

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

    /// The same, with a helper that is asked about every registry, and a login for those that nothing is known about.
    pub(super) fn with(mut self, helper: Option<String>, otherwise: Option<Login>) -> Self {
        self.stores.extend(helper);
        Self { otherwise, ..self }
    }

    /// The same, with logins for certain repositories that count before everything else.
    pub(super) fn given(self, given: BTreeMap<String, Login>) -> Self {
        Self { given, ..self }
    }

    /// The login for a repository.
    pub(super) async fn find(&self, name: &Reference) -> Result<Option<Login>, RemoteError> {
        if let Some(login) = self.given.get(&name.repository()) {
            return Ok(Some(login.clone()));
        }
        let registry = name.domain();
        if let Some(helper) = self.helpers.get(registry)
            && let Some(login) = self.ask(std::slice::from_ref(helper), registry).await?
        {
            return Ok(Some(login));
        }
        match self.noted(name) {
            Some(login) => Ok(Some(login.clone())),
            None => Ok(self.ask(&self.stores, registry).await?.or_else(|| self.otherwise.clone())),
        }
    }

    /// The login in the files: that of the longest key that the repository begins with.
    fn noted(&self, name: &Reference) -> Option<&Login> {
        let repository = name.repository();
        let mut key = repository.as_str();
        loop {
            if let Some(login) = self.logins.get(key) {
                return Some(login);
            }
            key = key.rsplit_once('/')?.0;
        }
    }

    /// What the first of these helpers that knows the registry says. A list is asked once for each registry.
    async fn ask(&self, helpers: &[String], registry: &str) -> Result<Option<Login>, RemoteError> {
        let Some(first) = helpers.first() else {
            return Ok(None);
        };
        let mut answered = self.answered.lock().await;
        let question = format!("{first} {registry}");
        if let Some(known) = answered.get(&question) {
            return Ok(known.clone());
        }
        let mut found = None;
        for helper in helpers {
            found = helper::ask(helper, registry).await?;
            if found.is_some() {
                break;
            }
        }
        answered.insert(question, found.clone());
        Ok(found)
    }

    /// No value of the file gets into an error, and so none of serde's errors that would quote one.
    fn add(&mut self, path: &Path, text: &[u8]) -> Result<(), RemoteError> {
        let wrong = |reason: String| RemoteError::Credentials { path: path.to_owned(), reason };
        let document: Value = serde_json::from_slice(text).map_err(|error| wrong(error.to_string()))?;
        self.add_helpers(&document).map_err(|reason| wrong(reason.to_owned()))?;
        let Some(entries) = document.get("auths") else {
            return Ok(());
        };
        let entries = entries.as_object().ok_or_else(|| wrong("auths is no object".into()))?;
        for (key, entry) in entries {
            let login = login(entry).map_err(|reason| wrong(format!("the entry {key} {reason}")))?;
            if let Some(login) = login {
                self.logins.entry(registry_of(key)).or_insert(login);
            }
        }
        Ok(())
    }

    fn add_helpers(&mut self, document: &Value) -> Result<(), &'static str> {
        if let Some(helpers) = document.get("credHelpers") {
            for (key, helper) in helpers.as_object().ok_or("credHelpers is no object")? {
                let helper = helper.as_str().ok_or("credHelpers names something that is no program")?;
                self.helpers.entry(registry_of(key)).or_insert_with(|| helper.to_owned());
            }
        }
        if let Some(helper) = document.get("credsStore") {
            let helper = helper.as_str().ok_or("credsStore is no program")?;
            self.stores.extend((!helper.is_empty()).then(|| helper.to_owned()));
        }
        Ok(())
    }
}

/// Docker leaves empty entries behind where a helper program keeps the password.
fn login(entry: &Value) -> Result<Option<Login>, &'static str> {
    let text = |key| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Ok(Some(Login { user: TOKEN.to_owned(), password: token.to_owned() }));
    }
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
pub(super) fn registry_of(key: &str) -> String {
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
        credentials.noted(&name.parse().unwrap()).map(|login| login.user.clone())
    }

    #[test]
    fn dockers_file_is_read() {
        let all = credentials(
            r#"{"auths": {
                "https://index.docker.io/v1/": {"auth": "aHViOnM6ZWNyZXQ="},
                "harbor.example:8443": {"username": "harbor", "password": "x"},
                "helper.example": {}
            }, "credsStore": "desktop", "credHelpers": {"https://gcr.example": "gcloud"}}"#,
        );
        let all = all.unwrap();
        let hub = all.noted(&"nginx".parse().unwrap()).unwrap();
        assert_eq!((hub.user.as_str(), hub.password.as_str()), ("hub", "s:ecret"));
        assert_eq!(user(&all, "harbor.example:8443/a/b:1").as_deref(), Some("harbor"));
        assert_eq!(user(&all, "helper.example/a"), None);
        assert_eq!(user(&all, "other.example/a"), None);
        assert_eq!(all.stores, ["desktop"]);
        assert_eq!(all.helpers["gcr.example"], "gcloud");
    }

    #[test]
    fn an_identity_token_counts_before_the_user_beside_it() {
        let all = credentials(
            r#"{"auths": {"a.example": {"auth": "MDAwMDo=", "identitytoken": "t"}, "b.example": {"auth": "bWU6eA=="}}}"#,
        );
        let all = all.unwrap();
        let login = all.noted(&"a.example/x".parse().unwrap()).unwrap();
        assert_eq!((login.is_token(), login.password.as_str()), (true, "t"));
        assert!(!all.noted(&"b.example/x".parse().unwrap()).unwrap().is_token());
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
            r#"{"credsStore": ["hunter2"]}"#,
            r#"{"credHelpers": "hunter2"}"#,
            r#"{"credHelpers": {"a": {"hunter2": 1}}}"#,
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
