//! How a registry serves, in one YAML file. What the command line says comes on top. Unknown fields are errors that name the
//! nearest known one, because a mistyped limit is no limit.

mod fields;
mod peer;
mod upstream;

pub use fields::reference;
pub use peer::Peer;
pub use upstream::{Cache, Rewrite, Upstream};

use crate::error::{Error, Result};
use crate::tls::Tls;
use serde::Deserialize;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Configuration {
    /// The store's folder.
    pub root: Option<PathBuf>,
    /// Where to listen.
    pub addr: Option<SocketAddr>,
    /// With a certificate the registry speaks HTTPS, and nothing else.
    pub tls: Option<Tls>,
    /// The registry's own domain, `sea.hub:5000`: that of repositories which nobody gave one.
    pub domain: Option<String>,
    /// Further domains that are its own, such as the one that it has now while what was pushed stays under the former.
    pub known_as: Vec<String>,
    /// Domains for which clients are led here that cannot be told of another place, docker above all: `quay.io`, `*.corp.example`. What is
    /// asked at one of these names means that domain's images.
    pub stands_for: Vec<String>,
    /// Refuse everything that would change the store.
    pub read_only: bool,
    /// A file of users, as `htpasswd -B` writes it; without one everybody may do everything.
    pub users: Option<PathBuf>,
    /// Who may read where there are users.
    pub reads: Reads,
    /// Users who may only read.
    pub readers: Vec<String>,
    /// The secret by which tokens are signed; registries with the same one take each other's.
    pub token_key: Option<PathBuf>,
    /// What no image needs goes after so many hours; zero: only by `sealer registry gc`.
    pub garbage_hours: u32,
    /// What is logged.
    pub log: Logging,
    /// How much there may be of what.
    pub limits: Limits,
    /// How long what may take.
    pub timeouts: Timeouts,
    /// Registries that are asked for what the store lacks.
    pub upstreams: Vec<Upstream>,
    /// How what they gave is kept.
    pub cache: Cache,
    /// Registries that get what is pushed to this one.
    pub peers: Vec<Peer>,
}

/// Who may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// Everybody.
    #[default]
    Anonymous,
    /// Users.
    Authenticated,
}

/// What is logged, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Logging {
    /// Which requests.
    pub requests: Logged,
    /// The file that lines are appended to; without one, standard error.
    pub file: Option<PathBuf>,
}

/// Which requests are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Logged {
    /// None, and nothing else either.
    None,
    /// Those that were refused.
    #[default]
    Refused,
    /// All.
    All,
}

/// How much there may be of what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Connections at a time; more wait until one ends.
    pub connections: usize,
    /// Uploads at a time; more are told to come back.
    pub uploads: usize,
    /// Bytes of a request's line and headers together.
    pub head_bytes: usize,
    /// Bytes of a blob.
    pub blob_bytes: u64,
}

/// How long what may take, in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Timeouts {
    /// Until the head of a request is there; also the longest rest between two requests.
    pub head_seconds: u64,
    /// The longest time without a byte in either direction while a body is under way.
    pub silence_seconds: u64,
    /// Until an upload that nobody goes on with is forgotten.
    pub upload_seconds: u64,
    /// For requests that are under way when the registry is told to stop.
    pub stop_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1024, uploads: 64, head_bytes: 64 * 1024, blob_bytes: 256 * 1024 * 1024 * 1024 }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { head_seconds: 60, silence_seconds: 60, upload_seconds: 60 * 60, stop_seconds: 10 }
    }
}

/// hyper accepts no less for a request's head.
const LEAST_HEAD: usize = 8192;

impl Timeouts {
    pub(crate) fn head(&self) -> Duration {
        Duration::from_secs(self.head_seconds)
    }

    pub(crate) fn silence(&self) -> Duration {
        Duration::from_secs(self.silence_seconds)
    }

    pub(crate) fn upload(&self) -> Duration {
        Duration::from_secs(self.upload_seconds)
    }

    pub(crate) fn stop(&self) -> Duration {
        Duration::from_secs(self.stop_seconds)
    }
}

impl Configuration {
    /// Reads a file. Blocks on the disk.
    ///
    /// # Errors
    /// When the file cannot be read, is no YAML, or says what no registry can do; the text says where.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|reason| Error::Configuration { path: path.to_owned(), reason })
    }

    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let options = serde_saphyr::options! { with_snippet: false };
        let read: std::result::Result<Self, _> = serde_saphyr::from_str_with_options(text, options);
        let configuration = read.map_err(|error| fields::explain(&error.to_string()))?;
        configuration.check()?;
        Ok(configuration)
    }

    /// Checks what no type can say. The command line is checked by it too.
    ///
    /// # Errors
    /// The first thing that no registry can do.
    pub fn check(&self) -> std::result::Result<(), String> {
        let Limits { connections, uploads, head_bytes, .. } = self.limits;
        let Timeouts { head_seconds, silence_seconds, upload_seconds, .. } = self.timeouts;
        let numbers = [
            ("limits.connections", connections as u64, 1),
            ("limits.uploads", uploads as u64, 1),
            ("limits.head-bytes", head_bytes as u64, LEAST_HEAD as u64),
            ("limits.blob-bytes", self.limits.blob_bytes, 1),
            ("timeouts.head-seconds", head_seconds, 1),
            ("timeouts.silence-seconds", silence_seconds, 1),
            ("timeouts.upload-seconds", upload_seconds, 1),
        ];
        if let Some((name, value, least)) = numbers.into_iter().find(|(_, value, least)| value < least) {
            return Err(format!("{name} is {value}; it must be at least {least}"));
        }
        if self.reads == Reads::Authenticated && self.users.is_none() {
            return Err("reads: authenticated needs a file of users: set users".to_owned());
        }
        upstream::check(&self.upstreams)?;
        self.check_domains()?;
        peer::check(&self.peers)?;
        match &self.domain {
            Some(domain) if !is_domain(domain) => {
                Err(format!("domain {domain:?} is none: it needs a dot or a port, as in sea.hub:5000"))
            }
            _ => Ok(()),
        }
    }
}

impl Configuration {
    /// Whoever is led to this registry for everything would find nothing of its own any more.
    fn check_domains(&self) -> std::result::Result<(), String> {
        let own = |domain: &&String| self.domain.as_ref() == Some(domain) || self.known_as.contains(domain);
        if let Some(own) = self.stands_for.iter().find(own) {
            return Err(format!("stands-for {own:?} is the registry's own name"));
        }
        let sound = |domain: &&String| is_domain(domain.strip_prefix("*.").unwrap_or(domain));
        match self.stands_for.iter().find(|domain| !sound(domain)) {
            None => Ok(()),
            Some(domain) => Err(format!("stands-for {domain:?} must be a domain or a domain that begins with *.")),
        }
    }
}

fn is_domain(text: &str) -> bool {
    let name: std::result::Result<sealer_model::Reference, _> = format!("{text}/x").parse();
    name.is_ok_and(|name| name.domain() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(Configuration::parse("# nothing\n").unwrap(), Configuration::default());
    }

    #[test]
    fn a_full_file_is_read() {
        let text = "
root: /var/lib/sealer/registry
addr: 0.0.0.0:5000
tls: {certificate: /a.crt, key: /a.key}
domain: sea.hub:5000
read-only: true
users: /etc/users
reads: authenticated
log: {requests: all, file: /var/log/x}
limits: {connections: 7}
timeouts: {silence-seconds: 5}
";
        let found = Configuration::parse(text).unwrap();
        assert_eq!(found.limits, Limits { connections: 7, ..Limits::default() });
        assert_eq!(found.timeouts.silence(), Duration::from_secs(5));
        assert_eq!(found.log, Logging { requests: Logged::All, file: Some("/var/log/x".into()) });
        assert_eq!(found.domain.as_deref(), Some("sea.hub:5000"));
        assert_eq!(found.addr.unwrap().port(), 5000);
    }

    #[test]
    fn mistakes_are_named_with_their_place_and_the_nearest_name() {
        for (text, parts) in [
            ("root: /a\nlimit: {}\n", &["line 2", "limit", "did you mean limits?"][..]),
            ("limits:\n  conections: 7\n", &["line 2", "conections", "did you mean connections?"]),
            ("timeouts: {head-seconds: x}\n", &["line 1"]),
            ("reads: everybody\n", &["line 1", "everybody"]),
            ("domain: seahub\n", &["seahub", "a dot or a port"]),
            ("reads: authenticated\n", &["set users"]),
            ("limits: {connections: 0}\n", &["limits.connections", "at least 1"]),
            ("limits: {head-bytes: 100}\n", &["limits.head-bytes", "8192"]),
            ("upstreams: [{match: '*'}]", &["match \"*\"", "needs a url"]),
            ("upstreams: [{match: corp}]", &["match \"corp\"", "a domain"]),
            ("upstreams: [{match: a.example, url: a.example}]", &["https://"]),
            ("upstreams: [{match: a.example, username: ann}]", &["password-file"]),
            ("upstreams: [{match: '*.a.example', insecure: true}]", &["needs a url"]),
            ("upstreams: [{match: a.example}, {match: a.example}]", &["twice", "mirrors"]),
            ("upstreams:\n- match: a.example\n  urll: x\n", &["line 3", "did you mean url?"]),
            ("stands-for: [quay.io, '*']", &["stands-for \"*\"", "begins with *."]),
            ("domain: sea.hub:5000\nstands-for: ['sea.hub:5000']", &["own name"]),
            ("peers: [{url: a.example}]", &["https://"]),
            ("peers: [{url: 'https://a.example'}, {url: 'https://a.example/'}]", &["twice"]),
            ("peers: [{url: 'https://a.example', username: ann}]", &["password-file"]),
            ("[]", &["line 1"]),
            ("root: [", &["line 1"]),
        ] {
            let error = Configuration::parse(text).unwrap_err();
            assert!(parts.iter().all(|part| error.contains(part)), "{text:?}: {error}");
        }
    }
}
