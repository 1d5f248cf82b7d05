//! etcd's own list of members and its content, asked and changed through the etcd on this host: over HTTPS with the certificates that kubeadm made for
//! it, through the JSON gateway that every etcd since 3.3 has. So no client of etcd need be on the host or in a container.

mod snapshot;

pub(crate) use snapshot::snapshot;

use crate::error::{Error, Result};
use reqwest::{Client, Response, StatusCode};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sealer_model::agent::{Changed, EtcdAccess, RemoveEtcdMember};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::time::Duration;

/// How long etcd may take for an answer; taking a member out is one round of votes.
const LIMIT: Duration = Duration::from_secs(30);

/// The gateway's versions: etcd 3.4 and later, and 3.3.
const VERSIONS: [&str; 2] = ["v3", "v3beta"];

#[derive(Deserialize)]
struct Members {
    #[serde(default)]
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "peerURLs", default)]
    peers: Vec<String>,
}

/// Takes the member at an address out of the cluster, if it is in it.
pub(crate) async fn remove_member(request: &RemoveEtcdMember) -> Result<Changed> {
    let gateway = Gateway::new(&request.etcd, LIMIT)?;
    let listed = gateway.ask("cluster/member/list", &json!({})).await?;
    let listed: Members = serde_json::from_value(listed)
        .map_err(|error| Error::Request { reason: format!("etcd's list of members cannot be read: {error}") })?;
    let Some(id) = member_at(&listed, request.address) else {
        return Ok(Changed::No);
    };
    gateway.ask("cluster/member/remove", &json!({"ID": id})).await?;
    Ok(Changed::Yes)
}

fn member_at(listed: &Members, address: IpAddr) -> Option<&str> {
    let host = |url: &String| {
        let url = reqwest::Url::parse(url).ok()?;
        url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok()
    };
    let found = listed.members.iter().find(|member| member.peers.iter().any(|url| host(url) == Some(address)));
    found.map(|member| member.id.as_str())
}

struct Gateway {
    client: Client,
    endpoint: String,
}

impl Gateway {
    fn new(request: &EtcdAccess, limit: Duration) -> Result<Self> {
        let setup = |source| Error::Registry { url: request.endpoint.clone(), source };
        let client = Client::builder()
            .tls_backend_preconfigured(identified(request)?)
            .no_proxy()
            .timeout(limit)
            .build()
            .map_err(setup)?;
        Ok(Self { client, endpoint: request.endpoint.trim_end_matches('/').to_owned() })
    }

    async fn ask(&self, what: &str, question: &Value) -> Result<Value> {
        let response = self.post(what, question).await?;
        let broken =
            |source: reqwest::Error| Error::Registry { url: self.endpoint.clone(), source: source.without_url() };
        let text = response.text().await.map_err(broken)?;
        serde_json::from_str(&text)
            .map_err(|error| Error::Request { reason: format!("{what}: etcd answered no JSON: {error}") })
    }

    async fn post(&self, what: &str, question: &Value) -> Result<Response> {
        for version in VERSIONS {
            let url = format!("{}/{version}/{what}", self.endpoint);
            let broken = |source: reqwest::Error| Error::Registry { url: url.clone(), source: source.without_url() };
            let sent = self.client.post(&url).body(question.to_string()).send();
            let response = sent.await.map_err(broken)?;
            match response.status() {
                StatusCode::NOT_FOUND => {}
                StatusCode::OK => return Ok(response),
                status => {
                    let reason = response.text().await.unwrap_or_default();
                    return Err(Error::Request { reason: format!("{url} answered {status}: {}", reason.trim()) });
                }
            }
        }
        Err(Error::Request { reason: format!("the etcd at {} has no JSON gateway", self.endpoint) })
    }
}

/// TLS with the certificates on this host.
fn identified(request: &EtcdAccess) -> Result<rustls::ClientConfig> {
    let unusable = |path: &str, error: &dyn std::fmt::Display| Error::Request { reason: format!("{path}: {error}") };
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(&request.authority).map_err(|error| unusable(&request.authority, &error))?
    {
        let certificate = certificate.map_err(|error| unusable(&request.authority, &error))?;
        roots.add(certificate).map_err(|error| unusable(&request.authority, &error))?;
    }
    let certificates = CertificateDer::pem_file_iter(&request.certificate)
        .and_then(|all| all.collect::<std::result::Result<Vec<_>, _>>())
        .map_err(|error| unusable(&request.certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(&request.key).map_err(|error| unusable(&request.key, &error))?;
    let configuration = sealer_image::tls::configuration().map_err(|error| unusable("TLS", &error))?;
    let configuration = configuration.with_root_certificates(roots).with_client_auth_cert(certificates, key);
    configuration.map_err(|error| unusable(&request.certificate, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_known_by_the_address_of_its_peers() {
        let text = r#"{"header": {}, "members": [
            {"ID": "11", "name": "a", "peerURLs": ["https://10.0.0.1:2380"]},
            {"ID": "22", "peerURLs": ["https://[fd00::2]:2380"]},
            {"ID": "33", "peerURLs": ["https://10.0.0.11:2380"]}, {"ID": "44"}]}"#;
        let listed: Members = serde_json::from_str(text).unwrap();
        let at = |address: &str| member_at(&listed, address.parse().unwrap());
        assert_eq!((at("10.0.0.1"), at("fd00::2"), at("10.0.0.111")), (Some("11"), Some("22"), None));
    }
}
