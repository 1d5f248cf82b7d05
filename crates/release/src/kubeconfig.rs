//! How a kubeconfig says where a cluster is and who asks. Only what can be verified and needs no further program is taken: there is
//! no way to turn the check of the server's certificate off, and plugins that run programs are refused by name.

use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a cluster is and who asks it.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    /// `https://192.0.2.1:6443`, without a slash at its end.
    pub server: String,
    /// The authorities to believe, in PEM; those of the system are never asked.
    pub authority: Vec<u8>,
    /// The client's certificates and key, in PEM.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// A bearer token.
    pub token: Option<String>,
    /// The namespace that the context prefers.
    pub namespace: String,
}

impl fmt::Debug for Access {
    /// Keys and tokens are not for logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (server, namespace) = (&self.server, &self.namespace);
        formatter.debug_struct("Access").field("server", server).field("namespace", namespace).finish_non_exhaustive()
    }
}

/// Reads a kubeconfig and what it refers to, for its current context or the one named.
///
/// # Errors
/// A file cannot be read, or says nothing that can be used.
pub fn read(path: &Path, context: Option<&str>) -> Result<Access> {
    let text = file(path)?;
    let text = String::from_utf8_lossy(&text);
    let config: Kubeconfig = serde_saphyr::from_str(&text).map_err(|error| wrong(path, error.to_string()))?;
    config.access(path, context)
}

fn file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })
}

fn wrong(path: &Path, problem: impl Into<String>) -> Error {
    Error::Kubeconfig { path: path.to_owned(), problem: problem.into() }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Kubeconfig {
    current_context: String,
    clusters: Vec<NamedCluster>,
    users: Vec<NamedUser>,
    contexts: Vec<NamedContext>,
}

#[derive(Debug, Deserialize)]
struct NamedCluster {
    name: String,
    cluster: Cluster,
}

#[derive(Debug, Deserialize)]
struct NamedUser {
    name: String,
    #[serde(default)]
    user: User,
}

#[derive(Debug, Deserialize)]
struct NamedContext {
    name: String,
    context: Context,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Cluster {
    server: String,
    certificate_authority: Option<PathBuf>,
    certificate_authority_data: Option<String>,
    insecure_skip_tls_verify: bool,
    tls_server_name: Option<String>,
    proxy_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct User {
    client_certificate: Option<PathBuf>,
    client_certificate_data: Option<String>,
    client_key: Option<PathBuf>,
    client_key_data: Option<String>,
    token: Option<String>,
    #[serde(rename = "tokenFile")]
    token_file: Option<PathBuf>,
    username: Option<String>,
    exec: Option<serde_json::Value>,
    auth_provider: Option<serde_json::Value>,
}

impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("User")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Context {
    cluster: String,
    user: String,
    namespace: Option<String>,
}

impl Kubeconfig {
    fn access(self, path: &Path, context: Option<&str>) -> Result<Access> {
        let name = context.unwrap_or(&self.current_context);
        if name.is_empty() {
            return Err(wrong(path, "it has no current-context"));
        }
        let named = self.contexts.iter().find(|each| each.name == name);
        let context = &named.ok_or_else(|| wrong(path, format!("it has no context {name}")))?.context;
        let cluster = self.clusters.iter().find(|each| each.name == context.cluster);
        let cluster =
            &cluster.ok_or_else(|| wrong(path, format!("its context {name} names no cluster that it has")))?.cluster;
        let no_user = User::default();
        let user = match self.users.iter().find(|each| each.name == context.user) {
            Some(named) => &named.user,
            None if context.user.is_empty() => &no_user,
            None => return Err(wrong(path, format!("its context {name} names no user that it has"))),
        };
        Ok(Access {
            server: cluster.server(path)?,
            authority: cluster.authority(path)?,
            identity: user.identity(path)?,
            token: user.token(path)?,
            namespace: context.namespace.clone().unwrap_or_else(|| "default".to_owned()),
        })
    }
}

impl Cluster {
    fn server(&self, path: &Path) -> Result<String> {
        let refused = [
            (self.insecure_skip_tls_verify, "insecure-skip-tls-verify is set; give certificate-authority instead"),
            (
                self.tls_server_name.is_some(),
                "tls-server-name is not supported; use a name of the server's certificate",
            ),
            (self.proxy_url.is_some(), "proxy-url is not supported; set HTTPS_PROXY instead"),
            (!self.server.starts_with("https://"), "the server is no https:// address"),
        ];
        match refused.iter().find(|(applies, _)| *applies) {
            Some((_, problem)) => Err(wrong(path, *problem)),
            None => Ok(self.server.trim_end_matches('/').to_owned()),
        }
    }

    fn authority(&self, path: &Path) -> Result<Vec<u8>> {
        let found =
            data_or_file(path, self.certificate_authority_data.as_deref(), self.certificate_authority.as_deref())?;
        found.ok_or_else(|| wrong(path, "the cluster has no certificate-authority"))
    }
}

impl User {
    fn identity(&self, path: &Path) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
        let refused = [
            (
                self.exec.is_some(),
                "the user needs a program (exec), which is not run; use a token or a client certificate",
            ),
            (self.auth_provider.is_some(), "the user needs an auth-provider; use a token or a client certificate"),
            (self.username.is_some(), "the user has a password, which Kubernetes no longer takes"),
        ];
        if let Some((_, problem)) = refused.iter().find(|(applies, _)| *applies) {
            return Err(wrong(path, *problem));
        }
        let certificate =
            data_or_file(path, self.client_certificate_data.as_deref(), self.client_certificate.as_deref())?;
        let key = data_or_file(path, self.client_key_data.as_deref(), self.client_key.as_deref())?;
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            _ => {
                Err(wrong(path, "the user has a client certificate without its key, or a key without its certificate"))
            }
        }
    }

    fn token(&self, path: &Path) -> Result<Option<String>> {
        if let Some(token) = &self.token {
            return Ok(Some(token.clone()));
        }
        let Some(named) = &self.token_file else { return Ok(None) };
        let text = file(&beside(path, named))?;
        Ok(Some(String::from_utf8_lossy(&text).trim().to_owned()))
    }
}

/// What stands in the kubeconfig, else what the file holds that it names.
fn data_or_file(path: &Path, data: Option<&str>, named: Option<&Path>) -> Result<Option<Vec<u8>>> {
    match (data.filter(|data| !data.is_empty()), named) {
        (Some(data), _) => {
            let bytes = STANDARD.decode(data.trim());
            bytes.map(Some).map_err(|error| wrong(path, format!("data in it are no base64: {error}")))
        }
        (None, Some(named)) => file(&beside(path, named)).map(Some),
        (None, None) => Ok(None),
    }
}

/// Relative paths are meant from the kubeconfig's folder.
fn beside(path: &Path, named: &Path) -> PathBuf {
    path.parent().map_or_else(|| named.to_owned(), |folder| folder.join(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(cluster: &str, user: &str) -> Result<Access> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.crt"), "authority").unwrap();
        let path = folder.path().join("config");
        let text = format!(
            "clusters: [{{name: c, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n\
             contexts: [{{name: x, context: {{cluster: c, user: u, namespace: shop}}}}]\ncurrent-context: x\n"
        );
        std::fs::write(&path, text).unwrap();
        read(&path, None)
    }

    #[test]
    fn data_and_files_beside_it_are_taken() {
        let access = access(
            "server: 'https://h:6443/', certificate-authority: ca.crt",
            "client-certificate-data: Yw==, client-key-data: aw==, token: t",
        );
        let expected = Access {
            server: "https://h:6443".to_owned(),
            authority: b"authority".to_vec(),
            identity: Some((b"c".to_vec(), b"k".to_vec())),
            token: Some("t".to_owned()),
            namespace: "shop".to_owned(),
        };
        assert_eq!(access.unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let good = "server: 'https://h', certificate-authority: ca.crt";
        let cases = [
            ("server: 'http://h', certificate-authority: ca.crt", "", "no https"),
            ("server: 'https://h'", "", "no certificate-authority"),
            ("server: 'https://h', insecure-skip-tls-verify: true", "", "insecure-skip-tls-verify"),
            ("server: 'https://h', certificate-authority-data: '?'", "", "no base64"),
            (good, "exec: {command: aws}", "a program"),
            (good, "client-key-data: aw==", "a key without its certificate"),
            (good, "tokenFile: missing", "missing"),
        ];
        for (cluster, user, expected) in cases {
            let error = access(cluster, user).unwrap_err().to_string();
            assert!(error.contains(expected), "{error} does not say {expected}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let access = access("server: 'https://h', certificate-authority: ca.crt", "token: planted").unwrap();
        assert!(!format!("{access:?}").contains("planted"));
    }
}
