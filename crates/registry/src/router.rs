//! From a request to the function that answers it. One fallback handler reads the path itself, because repositories hold
//! slashes.

use crate::disk::blocking;
use crate::names::Names;
use crate::refusal::Refusal;
use crate::repository::{Repository, parse_digest};
use crate::route::{Resource, Route};
use crate::uploads::Uploads;
use crate::{blobs, headers, lists, manifests, uploads};
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use sealer_image::{ContainerImages, Store};
use serde::Deserialize;
use std::sync::Arc;

/// A registry: a store, the names in it, and the uploads that are under way.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) store: Store,
    pub(crate) names: Names,
    pub(crate) uploads: Uploads,
    read_only: bool,
}

/// A request below a repository.
#[derive(Debug)]
pub(crate) struct Asked {
    /// As it stands in the path, for answers that repeat it.
    pub(crate) path: String,
    /// What it means.
    pub(crate) repository: Repository,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Parameters,
}

/// The query of a request; each endpoint uses some of it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Parameters {
    pub(crate) ns: Option<String>,
    pub(crate) n: Option<String>,
    pub(crate) last: Option<String>,
    pub(crate) digest: Option<String>,
    pub(crate) mount: Option<String>,
}

impl Registry {
    pub(crate) fn new(store: Store, read_only: bool) -> Arc<Self> {
        Arc::new(Self { names: Names::new(store.clone()), uploads: Uploads::new(store.clone()), store, read_only })
    }

    /// The names in the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn names(self: &Arc<Self>) -> Result<Arc<ContainerImages>, Refusal> {
        let registry = self.clone();
        blocking(move || registry.names.current()).await
    }
}

impl Asked {
    fn new(path: String, parts: Parts, query: Parameters) -> Result<Self, Refusal> {
        Ok(Self {
            repository: Repository::of(query.ns.as_deref(), &path)?,
            path,
            method: parts.method,
            headers: parts.headers,
            query,
        })
    }
}

/// The registry as a service, for servers of one's own and for tests. Abandoned uploads are removed when others begin.
pub fn router(store: Store, read_only: bool) -> Router {
    of_registry(Registry::new(store, read_only))
}

pub(crate) fn of_registry(registry: Arc<Registry>) -> Router {
    Router::new().fallback(answer).with_state(registry)
}

async fn answer(State(registry): State<Arc<Registry>>, request: Request) -> Response {
    let mut response = dispatch(&registry, request).await.unwrap_or_else(IntoResponse::into_response);
    let version = HeaderValue::from_static("registry/2.0");
    response.headers_mut().insert(headers::API_VERSION, version);
    response
}

async fn dispatch(registry: &Arc<Registry>, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let Parts { uri, method, .. } = &parts;
    let route = Route::of(uri.path()).ok_or_else(|| {
        let message = format!("{} is not a path of this registry", uri.path());
        Refusal::new(StatusCode::NOT_FOUND, "UNSUPPORTED", message)
    })?;
    if registry.read_only && !reads(method) {
        let message = "this registry is read-only";
        return Err(Refusal::unsupported(message, "GET, HEAD"));
    }
    let malformed = |error: QueryRejection| Refusal::name_invalid(error.body_text());
    let Query(query) = Query::<Parameters>::try_from_uri(uri).map_err(malformed)?;
    match route {
        Route::Base => base(method),
        Route::Catalog => lists::catalog(registry, method, &query).await,
        Route::Repository(path, resource) => {
            let asked = Asked::new(path, parts, query)?;
            in_repository(registry, &asked, resource, body).await
        }
    }
}

async fn in_repository(
    registry: &Arc<Registry>,
    asked: &Asked,
    resource: Resource,
    body: Body,
) -> Result<Response, Refusal> {
    match resource {
        Resource::Tags => lists::tags(registry, asked).await,
        Resource::Manifest(selector) => manifest(registry, asked, &selector, body).await,
        Resource::Blob(digest) => blobs::read(registry, asked, parse_digest(&digest)?).await,
        Resource::Uploads => uploads::begin(registry, asked, body).await,
        Resource::Upload(session) => upload(registry, asked, &session, body).await,
    }
}

async fn manifest(registry: &Arc<Registry>, asked: &Asked, selector: &str, body: Body) -> Result<Response, Refusal> {
    let selector = asked.repository.select(selector)?;
    match asked.method {
        Method::GET | Method::HEAD => manifests::read(registry, asked, selector).await,
        Method::PUT => manifests::write(registry, asked, selector, body).await,
        Method::DELETE => manifests::delete(registry, selector).await,
        _ => Err(other_method(&asked.method, "GET, HEAD, PUT, DELETE")),
    }
}

async fn upload(registry: &Arc<Registry>, asked: &Asked, session: &str, body: Body) -> Result<Response, Refusal> {
    match asked.method {
        Method::GET => uploads::status(registry, asked, session),
        Method::PATCH => uploads::append(registry, asked, session, body).await,
        Method::PUT => uploads::complete(registry, asked, session, body).await,
        Method::DELETE => uploads::cancel(registry, asked, session),
        _ => Err(other_method(&asked.method, "GET, PATCH, PUT, DELETE")),
    }
}

fn base(method: &Method) -> Result<Response, Refusal> {
    only_reads(method)?;
    Ok(axum::Json(serde_json::json!({})).into_response())
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Refuses methods that change something, where nothing can be changed.
pub(crate) fn only_reads(method: &Method) -> Result<(), Refusal> {
    if reads(method) {
        return Ok(());
    }
    Err(other_method(method, "GET, HEAD"))
}

pub(crate) fn other_method(method: &Method, allowed: &'static str) -> Refusal {
    Refusal::unsupported(format!("{method} is not supported here"), allowed)
}
