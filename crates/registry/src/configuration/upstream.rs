//! Registries that are asked for what the store lacks: which images are theirs, how they are reached, and how much of what they
//! gave is kept.

use crate::upstreams::pattern::{Address, Pattern};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// One registry behind this one, with its mirrors.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Upstream {
    /// Whose images it has: `docker.io`, `*.corp.example` or `*`.
    #[serde(rename = "match")]
    pub pattern: String,
    /// Where it is, `https://registry.corp.example:5000`; without it, at the domain that an image's name begins with.
    #[serde(default)]
    pub url: Option<String>,
    /// Asked before it, in this order, and without its password.
    #[serde(default)]
    pub mirrors: Vec<String>,
    /// Who we are there.
    #[serde(default)]
    pub username: Option<String>,
    /// The file that holds the password and nothing else.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// `NAME` of a program `docker-credential-NAME` that knows who we are.
    #[serde(default)]
    pub credential_helper: Option<String>,
    /// A PEM file with the authority of its certificate.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Do not check its certificate, and speak plain HTTP where it does not speak HTTPS.
    #[serde(default)]
    pub insecure: bool,
    /// How repositories are called there.
    #[serde(default)]
    pub rewrite: Option<Rewrite>,
}

/// Another beginning for a repository's path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rewrite {
    /// The beginning that is taken away; repositories that do not have it keep their path.
    #[serde(default)]
    pub from: String,
    /// What is put in its place: `mirror/` for a project of Harbor's.
    #[serde(default)]
    pub to: String,
}

/// How what upstreams gave is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cache {
    /// Bytes of what upstreams gave; what was used least recently goes first.
    pub bytes: u64,
    /// What nobody has asked for in so many days goes.
    pub unused_days: u64,
    /// Seconds for which a tag is believed before the upstream is asked whether it has moved.
    pub tag_seconds: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self { bytes: 100 * 1024 * 1024 * 1024, unused_days: 30, tag_seconds: 300 }
    }
}

const DAY: u64 = 24 * 60 * 60;

impl Cache {
    pub(crate) fn unused(&self) -> Duration {
        Duration::from_secs(self.unused_days.saturating_mul(DAY))
    }

    pub(crate) fn tag(&self) -> Duration {
        Duration::from_secs(self.tag_seconds)
    }
}

/// Checks what no type can say of upstreams.
///
/// # Errors
/// The first thing that cannot be, with the upstream that it stands in.
pub(super) fn check(upstreams: &[Upstream]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for upstream in upstreams {
        let within = |reason: String| format!("upstreams: match {:?}: {reason}", upstream.pattern);
        upstream.check().map_err(within)?;
        if !seen.insert(&upstream.pattern) {
            return Err(within("it stands there twice; put further addresses under mirrors".to_owned()));
        }
    }
    Ok(())
}

impl Upstream {
    fn check(&self) -> Result<(), String> {
        let pattern = Pattern::of(&self.pattern)?;
        for address in self.url.iter().chain(&self.mirrors) {
            Address::of(address)?;
        }
        if pattern == Pattern::Everything && self.url.is_none() {
            return Err("it needs a url, or anybody could make this registry ask any host".to_owned());
        }
        if self.insecure && self.url.is_none() && matches!(pattern, Pattern::Below(_)) {
            return Err("insecure needs a url: it is said of one registry, not of all below a domain".to_owned());
        }
        if self.username.is_some() != self.password_file.is_some() {
            return Err("username and password-file belong together".to_owned());
        }
        if self.username.is_some() && self.credential_helper.is_some() {
            return Err("either username or credential-helper, not both".to_owned());
        }
        Ok(())
    }
}
