//! What lets us in: tokens from the server that a registry names, or user and password with every request. What worked is
//! remembered for each registry and scope until the registry refuses it.

use super::RemoteError;
use super::answer::{ask, expect, read};
use super::challenge::Challenge;
use super::credentials::Login;
use super::endpoint::Endpoint;
use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The header that goes with a request.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Authorization {
    Token(String),
    Password(Login),
}

/// A registry and what is wanted there: `repository:library/nginx:pull`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) registry: String,
    pub(super) scope: String,
}

/// What has let us in so far.
#[derive(Default)]
pub(super) struct Tokens {
    known: Mutex<HashMap<Key, Authorization>>,
    turn: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tokens")
    }
}

impl Tokens {
    pub(super) fn get(&self, key: &Key) -> Option<Authorization> {
        self.all().get(key).cloned()
    }

    /// Logs in, unless another request has done so since `refused` did not let us in. Requests take turns, or all that
    /// begin together would ask for a token each. What was refused is forgotten even if there is nothing better, so that the
    /// next request learns anew what is wanted.
    pub(super) async fn renew(
        &self,
        key: &Key,
        refused: Option<&Authorization>,
        log_in: impl Future<Output = Result<Authorization, RemoteError>>,
    ) -> Result<Authorization, RemoteError> {
        let _turn = self.turn.lock().await;
        if let Some(newer) = self.get(key).filter(|known| Some(known) != refused) {
            return Ok(newer);
        }
        self.forget(key);
        let fresh = log_in.await?;
        self.all().insert(key.clone(), fresh.clone());
        Ok(fresh)
    }

    pub(super) fn forget(&self, key: &Key) {
        self.all().remove(key);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Key, Authorization>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks a registry whether it lets somebody in. One that lets everybody in does so.
pub(super) async fn try_login(endpoint: &Endpoint, login: &Login) -> Result<(), RemoteError> {
    let mut url = endpoint.base.clone();
    url.set_path("/v2/");
    let response = ask(&url, endpoint.http.get(url.clone())).await?;
    if response.status() != StatusCode::UNAUTHORIZED {
        return expect(&url, response, &[StatusCode::OK]).await.map(drop);
    }
    let request = endpoint.http.get(url.clone());
    let request = match log_in(endpoint, "", &response, Some(login)).await? {
        Authorization::Token(token) => request.bearer_auth(token),
        Authorization::Password(login) => request.basic_auth(&login.user, Some(&login.password)),
    };
    let response = ask(&url, request).await?;
    if response.status() == StatusCode::UNAUTHORIZED {
        let reason = format!(": it does not accept the password of {}", login.user);
        return Err(unauthorized(endpoint, "anything", &reason));
    }
    expect(&url, response, &[StatusCode::OK]).await.map(drop)
}

/// Answers the challenge of a registry that did not let us in.
pub(super) async fn log_in(
    endpoint: &Endpoint,
    scope: &str,
    refusal: &Response,
    login: Option<&Login>,
) -> Result<Authorization, RemoteError> {
    let headers = refusal.headers().get_all(WWW_AUTHENTICATE).iter();
    let texts = headers.filter_map(|header| header.to_str().ok());
    match Challenge::choose(texts) {
        Some(Challenge::Bearer { realm, service }) => {
            let url = token_address(endpoint, &realm, service.as_deref(), scope)?;
            let token = match login {
                Some(login) if login.is_token() => refreshed(endpoint, url, login).await,
                _ => token(endpoint, url, login).await,
            };
            token.map(Authorization::Token)
        }
        Some(Challenge::Basic) => match login {
            Some(login) if login.is_token() => {
                Err(unauthorized(endpoint, scope, ": it wants a password, and only an identity token is known"))
            }
            Some(login) => Ok(Authorization::Password(login.clone())),
            None => Err(unauthorized(endpoint, scope, ": it wants a password, and none is known")),
        },
        None => Err(challenge(endpoint, "neither a token nor a password")),
    }
}

/// Where the token is to be had: at an address, or at a path of the registry itself. A registry with TLS may not send our
/// password to a server without.
fn token_address(endpoint: &Endpoint, realm: &str, service: Option<&str>, scope: &str) -> Result<Url, RemoteError> {
    let own = realm.starts_with('/') && !realm.starts_with("//");
    let url = if own { endpoint.base.join(realm) } else { Url::parse(realm) };
    let mut url = url.map_err(|_| challenge(endpoint, "the token server's address is malformed"))?;
    if url.scheme() != "https" && endpoint.base.scheme() == "https" {
        return Err(challenge(endpoint, "the token server has no TLS"));
    }
    let mut query = url.query_pairs_mut();
    if let Some(service) = service {
        query.append_pair("service", service);
    }
    if !scope.is_empty() {
        query.append_pair("scope", scope);
    }
    drop(query);
    Ok(url)
}

/// The answer of a token server; both names of the token occur.
#[derive(Deserialize)]
struct Granted {
    token: Option<String>,
    access_token: Option<String>,
}

const LARGEST_TOKEN: u64 = 1024 * 1024;

async fn token(endpoint: &Endpoint, url: Url, login: Option<&Login>) -> Result<String, RemoteError> {
    let request = endpoint.http.get(url.clone());
    let request = match login {
        Some(login) => request.basic_auth(&login.user, Some(&login.password)),
        None => request,
    };
    granted_to(endpoint, &url, request, login).await
}

/// An access token for an identity token, which OAuth2 calls a refresh token. `url` has in its query what is asked for; it goes into
/// the body, where no log shows the token.
async fn refreshed(endpoint: &Endpoint, url: Url, login: &Login) -> Result<String, RemoteError> {
    let mut form = url.clone();
    form.query_pairs_mut()
        .append_pair("grant_type", "refresh_token")
        .append_pair("client_id", "sealer")
        .append_pair("refresh_token", &login.password);
    let body = form.query().unwrap_or_default().to_owned();
    let mut url = url;
    url.set_query(None);
    let request = endpoint.http.post(url.clone());
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
    granted_to(endpoint, &url, request, Some(login)).await
}

/// Asks a token server.
async fn granted_to(
    endpoint: &Endpoint,
    url: &Url,
    request: RequestBuilder,
    login: Option<&Login>,
) -> Result<String, RemoteError> {
    let response = ask(url, request).await?;
    if refuses(response.status(), login) {
        let host = url.host_str().unwrap_or_default();
        let reason = match login {
            Some(login) if login.is_token() => format!(": {host} does not accept the identity token"),
            Some(login) => format!(": {host} does not accept the password of {}", login.user),
            None => format!(": {host} wants a password, and none is known"),
        };
        return Err(unauthorized(endpoint, "its token server", &reason));
    }
    let response = expect(url, response, &[StatusCode::OK]).await?;
    let text = read(url, response, LARGEST_TOKEN).await?;
    granted(&text).map_err(|reason| challenge(endpoint, &reason))
}

/// OAuth2 calls a refresh token that does not count a bad request.
fn refuses(status: StatusCode, login: Option<&Login>) -> bool {
    let with_token = login.is_some_and(Login::is_token);
    status == StatusCode::UNAUTHORIZED || (with_token && status == StatusCode::BAD_REQUEST)
}

/// The token in an answer. The parser's own words are left out, because they may quote the token.
fn granted(text: &[u8]) -> Result<String, String> {
    let granted: Granted = serde_json::from_slice(text).map_err(|error| {
        format!("the token server's answer is malformed in line {}, column {}", error.line(), error.column())
    })?;
    let token = granted.token.or(granted.access_token);
    token.ok_or_else(|| "the token server's answer holds no token".to_owned())
}

pub(super) fn unauthorized(endpoint: &Endpoint, repository: &str, reason: &str) -> RemoteError {
    RemoteError::Unauthorized {
        registry: endpoint.registry.clone(),
        repository: repository.to_owned(),
        reason: reason.to_owned(),
    }
}

fn challenge(endpoint: &Endpoint, reason: &str) -> RemoteError {
    RemoteError::Challenge { registry: endpoint.registry.clone(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::endpoint::Connector;

    #[test]
    fn a_malformed_answer_is_told_apart_from_one_without_a_token_and_never_quoted() {
        assert_eq!(granted(br#"{"access_token":"t"}"#).unwrap(), "t");
        assert_eq!(granted(b"{}").unwrap_err(), "the token server's answer holds no token");
        let error = granted(br#"{"token":{"hunter2":1}}"#).unwrap_err();
        assert!(error.starts_with("the token server's answer is malformed in line 1") && !error.contains("hunter2"));
    }

    #[tokio::test]
    async fn a_registry_with_tls_may_not_send_our_password_to_a_server_without() {
        let connector = Connector::new(Vec::new(), super::super::trust::Authorities::default(), false).unwrap();
        let endpoint = connector.connect("registry.example").await.unwrap();
        let address = |realm| token_address(&endpoint, realm, Some("a b"), "repository:app:pull");
        let error = address("http://auth.example/token").unwrap_err().to_string();
        assert!(error.ends_with("the token server has no TLS"), "{error}");
        assert!(address("auth").is_err() && address("//auth.example/token").is_err());
        let own = address("/token").unwrap();
        assert_eq!(own.as_str(), "https://registry.example/token?service=a+b&scope=repository%3Aapp%3Apull");
        assert_eq!(
            address("https://auth.example/token?x=1").unwrap().as_str(),
            "https://auth.example/token?x=1&service=a+b&scope=repository%3Aapp%3Apull"
        );
    }
}
