//! One repository of a registry: its addresses, and requests that are let in.

use super::answer::reason;
use super::endpoint::Endpoint;
use super::login::{Authorization, Key, log_in, unauthorized};
use super::{Client, RemoteError};
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use sealer_model::Reference;

/// What is to be done with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only read it.
    Pull,
    /// Read and write it.
    Push,
}

/// A repository of a registry that has been reached.
#[derive(Clone, Debug)]
pub struct Repository {
    pub(super) client: Client,
    pub(super) endpoint: Endpoint,
    pub(super) name: Reference,
    access: Access,
    /// The domain of the image's name, at a registry that keeps images of several.
    namespace: Option<String>,
    /// When the name was given that is copied.
    pub(super) changed: Option<u64>,
}

impl Repository {
    pub(super) fn new(client: Client, endpoint: Endpoint, name: Reference, access: Access) -> Self {
        Self { client, endpoint, name, access, namespace: None, changed: None }
    }

    /// The repository of that path and of another domain than the registry's own, as containerd asks mirrors for it.
    #[must_use]
    pub fn within(self, namespace: Option<String>) -> Self {
        Self { namespace, ..self }
    }

    /// Tells the registry when the name was given or taken away that is copied to it, in microseconds since 1970.
    #[must_use]
    pub fn copying(self, changed: Option<u64>) -> Self {
        Self { changed, ..self }
    }

    /// Its path below the registry.
    pub(crate) fn path(&self) -> &str {
        self.name.path()
    }

    /// The address of something in the repository: `manifests/latest`.
    pub(super) fn url(&self, rest: &str) -> Url {
        let mut url = self.endpoint.base.clone();
        url.set_path(&format!("/v2/{}/{rest}", self.name.path()));
        if let Some(namespace) = &self.namespace {
            url.query_pairs_mut().append_pair("ns", namespace);
        }
        url
    }

    /// A request that is let in: with what let us in before, or after the challenge has been answered. `request` is made
    /// anew for every try.
    pub(super) async fn send(&self, url: &Url, request: impl Fn() -> RequestBuilder) -> Result<Response, RemoteError> {
        self.send_in(url, self.scope(), request).await
    }

    /// As [`Repository::send`], and allowed to read another repository of the registry, too.
    pub(super) async fn send_with_source(
        &self,
        url: &Url,
        source: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Response, RemoteError> {
        let scope = format!("{} repository:{source}:pull", self.scope());
        self.send_in(url, scope, request).await
    }

    /// As [`Repository::send`], and allowed to do what a scope of tokens says.
    pub(super) async fn send_in(
        &self,
        url: &Url,
        scope: String,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Response, RemoteError> {
        let key = Key { registry: self.endpoint.registry.clone(), scope };
        let known = self.client.0.tokens.get(&key);
        let response = self.endpoint.ask(url, authorized(request(), known.as_ref())).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let fresh = async {
            let login = self.client.0.credentials.find(&self.name).await?;
            log_in(&self.endpoint, &key.scope, &response, login.as_ref()).await
        };
        let fresh = self.client.0.tokens.renew(&key, known.as_ref(), fresh).await?;
        let response = self.endpoint.ask(url, authorized(request(), Some(&fresh))).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.client.0.tokens.forget(&key);
            return Err(self.refused(url, response).await);
        }
        Ok(response)
    }

    /// A request with what let us in last; a body that streams can be sent only once.
    pub(super) fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        authorized(request, self.client.0.tokens.get(&self.key()).as_ref())
    }

    /// What let us in last does so no longer.
    pub(super) fn expired(&self) -> RemoteError {
        self.client.0.tokens.forget(&self.key());
        RemoteError::Expired { registry: self.endpoint.registry.clone() }
    }

    async fn refused(&self, url: &Url, response: Response) -> RemoteError {
        let reason = reason(url, response).await;
        unauthorized(&self.endpoint, self.name.path(), &reason)
    }

    fn key(&self) -> Key {
        Key { registry: self.endpoint.registry.clone(), scope: self.scope() }
    }

    fn scope(&self) -> String {
        let actions = match self.access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
        };
        format!("repository:{}:{actions}", self.name.path())
    }
}

fn authorized(request: RequestBuilder, known: Option<&Authorization>) -> RequestBuilder {
    match known {
        Some(Authorization::Token(token)) => request.bearer_auth(token),
        Some(Authorization::Password(login)) => request.basic_auth(&login.user, Some(&login.password)),
        None => request,
    }
}
