//! A small client of the Kubernetes API: requests over HTTPS, answers as JSON. Every request has a limit of time and a bounded number
//! of repetitions; what may have had an effect is repeated only where a second time does no harm.

mod answer;
pub(crate) mod discovery;
mod tls;

use crate::error::{Error, Result};
use crate::kubeconfig::Access;
use answer::{Answer, refusal};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use std::time::Duration;
pub(crate) use tls::is_about_trust;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// The server itself gives up after 60 seconds.
const REQUEST_LIMIT: Duration = Duration::from_secs(70);
/// Of what is followed until somebody ends it.
const STREAM_LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long is waited before each repetition.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// Objects in one answer of a list.
const PAGE: usize = 250;

/// The content types of patches.
const MERGE_PATCH: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";
/// JSON is YAML, too.
const APPLY_PATCH: &str = "application/apply-patch+yaml";
const JSON: &str = "application/json";
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// A way to a cluster's API server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    server: String,
}

/// One request, so that it can be sent again.
struct Request<'a> {
    method: Method,
    /// From the server's address on: `/api/v1/namespaces`.
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    accept: &'static str,
    /// Its content type and text.
    body: Option<(&'static str, String)>,
}

impl<'a> Request<'a> {
    fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, query: &[], accept: JSON, body: None }
    }

    /// Whether a second time does no harm.
    fn is_repeatable(&self) -> bool {
        self.method.is_safe() || self.body.as_ref().is_some_and(|(content_type, _)| *content_type == APPLY_PATCH)
    }
}

impl Client {
    /// Prepares connections; nothing is asked yet.
    ///
    /// # Errors
    /// Certificates, the key or the token cannot be used.
    pub(crate) fn new(access: &Access) -> Result<Self> {
        let setup = |source| Error::Setup { server: access.server.clone(), source };
        let mut headers = HeaderMap::new();
        if let Some(token) = &access.token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|error| setup(error.into()))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::configuration(access).map_err(setup)?)
            .user_agent(concat!("sealer/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(CONNECT_LIMIT)
            .timeout(REQUEST_LIMIT)
            .build()
            .map_err(|error| setup(error.into()))?;
        Ok(Self { http, server: access.server.clone() })
    }

    /// An object, or whatever else lies at the path.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.json(&Request::get(path)).await
    }

    /// A text: a container's log.
    pub(crate) async fn text(&self, path: &str, query: &[(&str, &str)]) -> Result<String> {
        let request = Request { query, accept: "*/*", ..Request::get(path) };
        Ok(String::from_utf8_lossy(&self.answer(&request).await?.body).into_owned())
    }

    /// All objects of a kind that a selector picks, page by page.
    pub(crate) async fn list(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>> {
        self.pages(path, query, JSON).await
    }

    async fn pages(&self, path: &str, query: &[(&str, &str)], accept: &'static str) -> Result<Vec<Value>> {
        let limit = PAGE.to_string();
        let (mut items, mut next) = (Vec::new(), String::new());
        loop {
            let mut query = query.to_vec();
            query.extend([("limit", limit.as_str()), ("continue", next.as_str())]);
            let mut page = self.json(&Request { query: &query, accept, ..Request::get(path) }).await?;
            if let Some(Value::Array(found)) = page.get_mut("items").map(Value::take) {
                items.extend(found);
            }
            next = page.pointer("/metadata/continue").and_then(Value::as_str).unwrap_or_default().to_owned();
            if next.is_empty() {
                return Ok(items);
            }
        }
    }

    /// What a selector picks, without anything but `metadata`: Secrets may be large and many.
    pub(crate) async fn list_metadata(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>> {
        self.pages(path, query, METADATA_ONLY).await
    }

    /// Creates an object in the collection at the path.
    pub(crate) async fn create(&self, path: &str, object: &Value) -> Result<Value> {
        let body = Some((JSON, object.to_string()));
        self.json(&Request { method: Method::POST, query: MANAGER, body, ..Request::get(path) }).await
    }

    /// Changes what a JSON merge patch says.
    pub(crate) async fn patch(&self, path: &str, patch: &Value) -> Result<Value> {
        let body = Some((MERGE_PATCH, patch.to_string()));
        self.json(&Request { method: Method::PATCH, query: MANAGER, body, ..Request::get(path) }).await
    }

    /// What a JSON merge patch would make of an object; nothing is changed.
    pub(crate) async fn patch_dry(&self, path: &str, patch: &Value) -> Result<Value> {
        let body = Some((MERGE_PATCH, patch.to_string()));
        let query = &[("fieldManager", "helm"), ("dryRun", "All")];
        self.json(&Request { method: Method::PATCH, query, body, ..Request::get(path) }).await
    }

    /// Carries a JSON patch out.
    pub(crate) async fn patch_json(&self, path: &str, patch: &Value) -> Result<Value> {
        let body = Some((JSON_PATCH, patch.to_string()));
        self.json(&Request { method: Method::PATCH, query: MANAGER, body, ..Request::get(path) }).await
    }

    /// Applies on the server what an object shall be, whether it is there or not, and gives what becomes of it.
    pub(crate) async fn apply(
        &self,
        path: &str,
        object: &Value,
        Applying { forces, is_dry }: Applying,
    ) -> Result<Value> {
        let (force, dry) = (if forces { "true" } else { "false" }, if is_dry { "All" } else { "" });
        let query = &[("fieldManager", APPLIER), ("force", force), ("dryRun", dry)];
        let body = Some((APPLY_PATCH, object.to_string()));
        self.json(&Request { method: Method::PATCH, query, body, ..Request::get(path) }).await
    }

    /// Puts an object in another's place.
    pub(crate) async fn replace(&self, path: &str, object: &Value) -> Result<Value> {
        let body = Some((JSON, object.to_string()));
        self.json(&Request { method: Method::PUT, query: MANAGER, body, ..Request::get(path) }).await
    }

    /// Removes an object, and in the background all that it owns. One that is not there is no error.
    pub(crate) async fn remove(&self, path: &str) -> Result<()> {
        let query = &[("propagationPolicy", "Background")];
        match self.answer(&Request { method: Method::DELETE, query, ..Request::get(path) }).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    async fn json(&self, request: &Request<'_>) -> Result<Value> {
        let answer = self.answer(request).await?;
        serde_json::from_slice(&answer.body)
            .map_err(|error| Error::Answer { path: request.path.to_owned(), problem: error.to_string() })
    }

    async fn answer(&self, request: &Request<'_>) -> Result<Answer> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let tried = self.once(request).await;
            let pause = match &tried {
                Ok(answer) if answer.status.is_success() => None,
                Ok(answer) => answer.may_be_repeated(request).then(|| pauses.next()).flatten(),
                Err(error) => repeats_after(error, request).then(|| pauses.next()).flatten(),
            };
            let Some(pause) = pause else {
                let answer = tried?;
                let refused = !answer.status.is_success();
                return if refused { Err(refusal(request.method.as_str(), request.path, &answer)) } else { Ok(answer) };
            };
            tokio::time::sleep(tried.ok().and_then(|answer| answer.retry_after).unwrap_or(pause)).await;
        }
    }

    /// A text that may go on for as long as the cluster lives: a container's log that is followed.
    pub(crate) async fn stream(&self, path: &str, query: &[(&str, &str)]) -> Result<Response> {
        let request = Request { query, accept: "*/*", ..Request::get(path) };
        let unanswered = |source| self.unanswered(&request, source);
        let response = self.prepare(&request)?.timeout(STREAM_LIMIT).send().await.map_err(unanswered)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let answer = Answer::read(response, path, unanswered).await?;
        Err(refusal(request.method.as_str(), path, &answer))
    }

    async fn once(&self, request: &Request<'_>) -> Result<Answer> {
        let unanswered = |source| self.unanswered(request, source);
        let response = self.prepare(request)?.send().await.map_err(unanswered)?;
        Answer::read(response, request.path, unanswered).await
    }

    fn unanswered(&self, request: &Request<'_>, source: reqwest::Error) -> Error {
        let url = format!("{}{}", self.server, request.path);
        Error::Unanswered { method: request.method.to_string(), url, source: source.without_url() }
    }

    fn prepare(&self, request: &Request<'_>) -> Result<RequestBuilder> {
        let url = format!("{}{}", self.server, request.path);
        let broken = |problem: String| Error::Answer { path: request.path.to_owned(), problem };
        let mut url = reqwest::Url::parse(&url).map_err(|error| broken(error.to_string()))?;
        for (name, value) in request.query.iter().filter(|(_, value)| !value.is_empty()) {
            url.query_pairs_mut().append_pair(name, value);
        }
        let mut builder = self.http.request(request.method.clone(), url).header(ACCEPT, request.accept);
        if let Some((content_type, body)) = &request.body {
            builder = builder.header(CONTENT_TYPE, *content_type).body(body.clone());
        }
        Ok(builder)
    }
}

/// Under which name the server remembers who set a field: Helm's, so that Helm's own server-side apply finds one owner and not two.
const MANAGER: &[(&str, &str)] = &[("fieldManager", "helm")];

/// Under which name fields of manifests are set.
pub(crate) const APPLIER: &str = "sealer";

/// How an object is applied on the server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Applying {
    /// Whether fields are taken over that others have set.
    pub(crate) forces: bool,
    /// Whether nothing is changed.
    pub(crate) is_dry: bool,
}

/// A connection that was never made had no effect. Other failures may have had one: then only requests are repeated that can be.
fn repeats_after(error: &Error, request: &Request<'_>) -> bool {
    match error {
        Error::Unanswered { source, .. } => (source.is_connect() && !is_about_trust(source)) || request.is_repeatable(),
        _ => false,
    }
}

impl Answer {
    /// Servers that are starting or busy say so before they do anything.
    fn may_be_repeated(&self, request: &Request<'_>) -> bool {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => true,
            // of what is applied the server says so, too, where it does not like it
            StatusCode::INTERNAL_SERVER_ERROR => request.method.is_safe(),
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => request.is_repeatable(),
            _ => false,
        }
    }
}
