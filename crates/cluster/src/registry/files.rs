//! The files of the registry on one of its hosts, and its configuration, which names them where the running registry finds them.

use super::{Keys, RUNTIME, STORE};
use crate::authority::Authority;
use sealer_model::Secret;
use sealer_model::cluster::{Cluster, HOST_USER, PEER_USER, Reads, Upstream};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Hours after which the registry removes what no image needs; a push may take its time.
const GARBAGE_HOURS: u32 = 48;

/// One file of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegistryFile {
    /// Its name.
    pub(crate) name: String,
    /// Permission bits.
    pub(crate) mode: u32,
    /// What it holds.
    pub(crate) text: String,
}

/// Whoever may read a registry's folder as root.
const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;

fn file(name: impl Into<String>, mode: u32, text: impl Into<String>) -> RegistryFile {
    RegistryFile { name: name.into(), mode, text: text.into() }
}

/// What a registry of the cluster is made of.
pub(crate) struct Registry<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) host: IpAddr,
    pub(crate) authority: &'a Authority,
    pub(crate) keys: &'a Keys,
    /// The file of users, where there is a user.
    pub(crate) users: Option<String>,
    /// Passwords for upstreams, by the names of their files.
    pub(crate) passwords: BTreeMap<String, Secret>,
}

impl Registry<'_> {
    /// All of its files.
    pub(crate) fn files(&self) -> Vec<RegistryFile> {
        let mut files = Vec::new();
        if !self.cluster.registry.insecure {
            files.push(file("registry.crt", PUBLIC, &self.authority.registry_certificate));
            files.push(file("registry.key", SECRET, &self.authority.registry_key));
        }
        if let Some(users) = &self.users {
            files.push(file("htpasswd", SECRET, users));
            files.push(file("token-key", SECRET, self.keys.token.reveal()));
        }
        if self.users.is_some() && !self.peers().is_empty() {
            files.push(file("peer", SECRET, self.keys.peer.reveal()));
            files.push(file("ca.crt", PUBLIC, &self.authority.trusted));
        }
        files.extend(self.passwords.iter().map(|(name, password)| file(name, SECRET, password.reveal())));
        for upstream in &self.cluster.registry.upstreams {
            files.extend(upstream.authority.iter().map(|pem| file(authority_file(upstream), PUBLIC, pem)));
        }
        let text = serde_json::to_string_pretty(&self.configuration()).expect("a configuration is plain data");
        files.push(file("registry.yaml", PUBLIC, format!("{text}\n")));
        files
    }

    fn peers(&self) -> Vec<IpAddr> {
        let others = self.cluster.registry_hosts().into_iter().map(|member| member.address);
        others.filter(|address| *address != self.host).collect()
    }

    /// JSON, which every reader of YAML reads.
    fn configuration(&self) -> Value {
        let registry = &self.cluster.registry;
        let any = if self.host.is_ipv4() { IpAddr::from(Ipv4Addr::UNSPECIFIED) } else { Ipv6Addr::UNSPECIFIED.into() };
        let mut said = vec![
            ("root", json!(STORE)),
            ("addr", json!(SocketAddr::new(any, registry.port).to_string())),
            ("domain", json!(registry.own_name())),
            ("read-only", json!(self.users.is_none())),
        ];
        if registry.own_name() != registry.authority() {
            said.push(("known-as", json!([registry.authority()])));
        }
        if !registry.stands_for.is_empty() {
            said.push(("stands-for", json!(registry.stands_for)));
        }
        if !registry.insecure {
            said.push(("tls", json!({ "certificate": place("registry.crt"), "key": place("registry.key") })));
        }
        if self.users.is_some() {
            said.extend(self.access());
        }
        if !registry.upstreams.is_empty() {
            said.push(("upstreams", registry.upstreams.iter().map(upstream).collect()));
        }
        object(said)
    }

    /// Who may do what, and who gets it.
    fn access(&self) -> Vec<(&'static str, Value)> {
        let anonymous = self.cluster.registry.reads == Reads::Anonymous;
        let mut said = vec![
            ("users", place("htpasswd")),
            ("reads", json!(if anonymous { "anonymous" } else { "authenticated" })),
            ("readers", json!([HOST_USER])),
            ("token-key", place("token-key")),
            ("garbage-hours", json!(GARBAGE_HOURS)),
        ];
        let peers: Vec<Value> = self.peers().into_iter().map(|peer| self.peer(peer)).collect();
        if !peers.is_empty() {
            said.push(("peers", Value::Array(peers)));
        }
        said
    }

    fn peer(&self, address: IpAddr) -> Value {
        let registry = &self.cluster.registry;
        let mut peer =
            json!({ "url": registry.url_at(address), "username": PEER_USER, "password-file": place("peer") });
        match registry.insecure {
            true => peer["insecure"] = json!(true),
            false => peer["ca"] = place("ca.crt"),
        }
        peer
    }
}

/// Where the running registry finds a file of its own.
fn place(name: &str) -> Value {
    Value::from(format!("{RUNTIME}/{name}"))
}

fn upstream(upstream: &Upstream) -> Value {
    let said = [
        ("match", Some(json!(upstream.pattern))),
        ("url", upstream.url.as_ref().map(|url| json!(url))),
        ("mirrors", (!upstream.mirrors.is_empty()).then(|| json!(upstream.mirrors))),
        ("username", upstream.username.as_ref().map(|name| json!(name))),
        ("password-file", upstream.username.as_ref().map(|_| place(&password_file(upstream)))),
        ("credential-helper", upstream.credential_helper.as_ref().map(|name| json!(name))),
        ("ca", upstream.authority.as_ref().map(|_| place(&authority_file(upstream)))),
        ("insecure", upstream.insecure.then_some(Value::Bool(true))),
        ("rewrite", upstream.rewrite.as_ref().map(|(from, to)| json!({ "from": from, "to": to }))),
    ];
    object(said.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

fn object(said: Vec<(&'static str, Value)>) -> Value {
    Value::Object(said.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// The file with the password for an upstream: `upstream-_.corp.example.password`.
pub(crate) fn password_file(upstream: &Upstream) -> String {
    format!("upstream-{}.password", word(&upstream.pattern))
}

fn authority_file(upstream: &Upstream) -> String {
    format!("upstream-{}.crt", word(&upstream.pattern))
}

/// A match as a part of a file's name, which units name, too.
fn word(pattern: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || ".-".contains(letter) { letter } else { '_' };
    pattern.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    fn files(cluster: &Cluster, host: &str, users: bool) -> BTreeMap<String, RegistryFile> {
        let authority = Authority {
            registry_certificate: "certificate".into(),
            registry_key: "key".into(),
            trusted: "authority".into(),
        };
        let keys = Keys { host: Secret::new("h"), peer: Secret::new("p"), token: Secret::new("t") };
        let with_password = cluster.registry.upstreams.iter().filter(|it| it.username.is_some());
        let passwords = with_password.map(|it| (password_file(it), Secret::new("hunter2"))).collect();
        let (host, users) = (host.parse().unwrap(), users.then(|| "ann:x\n".to_owned()));
        let registry = Registry { cluster, host, authority: &authority, keys: &keys, users, passwords };
        registry.files().into_iter().map(|file| (file.name.clone(), file)).collect()
    }

    fn configuration(files: &BTreeMap<String, RegistryFile>) -> Value {
        serde_json::from_str(&files["registry.yaml"].text).unwrap()
    }

    #[test]
    fn without_users_it_only_reads() {
        let files = files(&cluster(&["10.0.0.1", "10.0.0.2"], &[]), "10.0.0.1", false);
        assert_eq!(files.keys().collect::<Vec<_>>(), ["registry.crt", "registry.key", "registry.yaml"]);
        assert_eq!(
            configuration(&files),
            json!({
                "root": STORE, "addr": "0.0.0.0:5000", "domain": "sea.hub:5000", "read-only": true,
                "tls": {"certificate": "/run/sealer-registry/registry.crt", "key": "/run/sealer-registry/registry.key"},
            })
        );
    }

    #[test]
    fn one_that_is_called_otherwise_keeps_what_was_pushed_under_its_former_name() {
        let mut cluster = cluster(&["10.0.0.1"], &[]);
        cluster.registry.port = 5001;
        cluster.registry.kept_as = Some("sea.hub:5000".into());
        let found = configuration(&files(&cluster, "10.0.0.1", false));
        assert_eq!(
            (&found["addr"], &found["domain"], &found["known-as"]),
            (&json!("0.0.0.0:5001"), &json!("sea.hub:5000"), &json!(["sea.hub:5001"]))
        );
    }

    #[test]
    fn one_that_docker_asks_in_the_place_of_others_knows_for_which() {
        let mut cluster = cluster(&["10.0.0.1"], &[]);
        cluster.registry.stands_for = vec!["*.corp.example".into(), "quay.io".into()];
        let found = configuration(&files(&cluster, "10.0.0.1", false));
        assert_eq!(found["stands-for"], json!(["*.corp.example", "quay.io"]));
    }

    #[test]
    fn with_users_every_other_registry_is_a_peer() {
        let mut cluster = cluster(&["fd00::1", "fd00::2", "fd00::3"], &[]);
        cluster.registry.username = Some("ann".into());
        let files = files(&cluster, "fd00::2", true);
        let found = configuration(&files);
        assert_eq!(
            (&found["addr"], &found["read-only"], &found["reads"]),
            (&json!("[::]:5000"), &json!(false), &json!("authenticated"))
        );
        let peers: Vec<&Value> = found["peers"].as_array().unwrap().iter().map(|peer| &peer["url"]).collect();
        assert_eq!(peers, ["https://[fd00::1]:5000", "https://[fd00::3]:5000"]);
        assert_eq!(found["peers"][0]["ca"], "/run/sealer-registry/ca.crt");
        for secret in ["htpasswd", "token-key", "peer", "registry.key"] {
            assert_eq!(files[secret].mode, 0o600, "{secret}");
        }
        cluster.registry.single = true;
        assert_eq!(configuration(&super::tests::files(&cluster, "fd00::1", true)).get("peers"), None);
    }

    #[test]
    fn over_plain_http_there_is_no_certificate_and_peers_are_told() {
        let mut cluster = cluster(&["10.0.0.1", "10.0.0.2"], &[]);
        cluster.registry.insecure = true;
        cluster.registry.username = Some("ann".into());
        let found = configuration(&files(&cluster, "10.0.0.1", true));
        assert_eq!(found.get("tls"), None);
        assert_eq!(
            (&found["peers"][0]["url"], &found["peers"][0]["insecure"]),
            (&json!("http://10.0.0.2:5000"), &json!(true))
        );
    }

    #[test]
    fn upstreams_have_their_passwords_and_authorities_in_files_of_their_own() {
        let mut cluster = cluster(&["10.0.0.1"], &[]);
        cluster.registry.upstreams = vec![
            Upstream {
                pattern: "*.corp.example".into(),
                url: Some("https://[fd00::9]:5000".into()),
                username: Some("robot".into()),
                authority: Some("pem".into()),
                rewrite: Some((String::new(), "hub/".into())),
                ..Upstream::default()
            },
            Upstream { pattern: "docker.io".into(), mirrors: vec!["https://m.example".into()], ..Upstream::default() },
        ];
        let files = files(&cluster, "10.0.0.1", false);
        assert_eq!(files["upstream-_.corp.example.password"].mode, 0o600);
        assert_eq!(files["upstream-_.corp.example.crt"].text, "pem");
        assert!(!files["registry.yaml"].text.contains("hunter2"));
        assert_eq!(
            configuration(&files)["upstreams"],
            json!([
                {"match": "*.corp.example", "url": "https://[fd00::9]:5000", "username": "robot",
                 "password-file": "/run/sealer-registry/upstream-_.corp.example.password",
                 "ca": "/run/sealer-registry/upstream-_.corp.example.crt", "rewrite": {"from": "", "to": "hub/"}},
                {"match": "docker.io", "mirrors": ["https://m.example"]},
            ])
        );
    }
}
