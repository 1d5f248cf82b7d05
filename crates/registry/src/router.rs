//! From a request to the function that answers it. The path is read here and not by a framework's router, because repositories
//! hold slashes.

use crate::asked::{Asked, Parameters};
use crate::changes::Changes;
use crate::configuration::Configuration;
use crate::counters::Levels;
use crate::disk::blocking;
use crate::documents::Documents;
use crate::guard::{Guard, Needs};
use crate::headers::{self, text};
use crate::names::{Catalog, Names};
use crate::origin::Origin;
use crate::peers::Peers;
use crate::record::{Books, Record};
use crate::refusal::Refusal;
use crate::repository::Naming;
use crate::route::{Resource, Route};
use crate::selector::{Selector, parse_digest};
use crate::uploads::Uploads;
use crate::wire::Files;
use crate::{blobs, lists, manifests, operations, referrers, uploads};
use axum::body::Body;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use sealer_image::Store;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A registry: a store, the names in it, and what is under way.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) store: Store,
    pub(crate) names: Names,
    pub(crate) documents: Documents,
    pub(crate) uploads: Uploads,
    pub(crate) origin: Option<Arc<dyn Origin>>,
    pub(crate) books: Books,
    pub(crate) peers: Peers,
    pub(crate) changes: Changes,
    /// The longest time without a byte of a body.
    pub(crate) silence: Duration,
    naming: Naming,
    pub(crate) guard: Guard,
    read_only: bool,
}

/// Whose connection a request came over.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// Where files are announced that the connection shall send by itself, if it can.
    pub(crate) files: Option<Arc<Files>>,
}

impl Registry {
    /// Blocks on the disk.
    ///
    /// # Errors
    /// When the uploads that an earlier registry left behind cannot be read.
    pub(crate) fn new(
        store: Store,
        configuration: &Configuration,
        guard: Guard,
        books: Books,
        origin: Option<Arc<dyn Origin>>,
        peers: Peers,
    ) -> sealer_image::Result<Self> {
        Ok(Self {
            names: Names::new(store.clone()),
            documents: Documents::default(),
            uploads: Uploads::new(store.clone(), configuration)?,
            changes: Changes::open(&store, !configuration.peers.is_empty())?,
            store,
            origin,
            books,
            peers,
            silence: configuration.timeouts.silence(),
            naming: Naming::new(configuration.domain.as_deref())
                .known_as(&configuration.known_as)
                .standing_for(&configuration.stands_for),
            guard,
            read_only: configuration.read_only,
        })
    }

    /// The names in the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn catalog(self: &Arc<Self>) -> Result<Arc<Catalog>, Refusal> {
        if let Some(catalog) = self.names.fresh() {
            return Ok(catalog);
        }
        let registry = self.clone();
        blocking(move || {
            let catalog = registry.names.current()?;
            for problem in &catalog.problems {
                registry.books.log.remark("unreadable-image", None, problem);
            }
            Ok::<_, Refusal>(catalog)
        })
        .await
    }

    /// Numbers that are looked up when somebody asks.
    pub(crate) fn levels(&self) -> Levels {
        let unreadable = self.names.fresh().map_or(0, |catalog| catalog.problems.len());
        Levels { uploads: self.uploads.count(), unreadable }
    }

    fn asked(&self, client: &Client, path: String, parts: Parts, query: Parameters) -> Result<Asked, Refusal> {
        let meanings = self.naming.meanings(query.ns.as_deref(), &path, host(&parts))?;
        // HTTP/2 mixes the bodies of several answers, so a file's place among them is not known.
        let files = client.files.clone().filter(|_| parts.version < Version::HTTP_2);
        Ok(Asked { path, meanings, method: parts.method, headers: parts.headers, query, files })
    }
}

/// Answers a request, and books it.
pub(crate) async fn answer(registry: &Arc<Registry>, client: &Client, request: Request<Body>) -> Response {
    let mut record = Record::new(client.address, &request);
    let answered = dispatch(registry, client, request, &mut record).await;
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    let version = HeaderValue::from_static("registry/2.0");
    response.headers_mut().insert(headers::API_VERSION, version);
    record.answer(&registry.books, response)
}

async fn dispatch(
    registry: &Arc<Registry>,
    client: &Client,
    request: Request<Body>,
    record: &mut Record,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let Parts { uri, method, .. } = &parts;
    let route = Route::of(uri.path()).ok_or_else(|| {
        let message = format!("{} is not a path of this registry", uri.path());
        Refusal::new(StatusCode::NOT_FOUND, "UNSUPPORTED", message)
    })?;
    let needs = match route {
        Route::Health | Route::Metrics | Route::Token => return operations(registry, &route, &parts).await,
        Route::Base => Needs::Greeting,
        // For the other registries of the site, which have a user here.
        Route::Names | Route::Begun => Needs::Write,
        _ if reads(method) => Needs::Read,
        _ => Needs::Write,
    };
    let origin = format_origin(client, &parts);
    let who = registry.guard.admit(needs, &parts.headers, &origin).await?;
    record.user = who.name().map(str::to_owned);
    if registry.read_only && !reads(method) {
        return Err(Refusal::unsupported("this registry is read-only", "GET, HEAD"));
    }
    let malformed = |error: QueryRejection| Refusal::name_invalid(error.body_text());
    let Query(query) = Query::<Parameters>::try_from_uri(uri).map_err(malformed)?;
    match route {
        Route::Catalog => lists::catalog(registry, method, &query).await,
        Route::Names => lists::names(registry, method).await,
        Route::Begun => {
            registry.peers.compare();
            lists::names(registry, method).await
        }
        Route::Repository(path, resource) => {
            let asked = registry.asked(client, path, parts, query)?;
            in_repository(registry, &asked, resource, body).await
        }
        _ => base(method),
    }
}

async fn operations(registry: &Arc<Registry>, route: &Route, parts: &Parts) -> Result<Response, Refusal> {
    only_reads(&parts.method)?;
    match route {
        Route::Health => operations::health(registry).await,
        Route::Metrics => Ok(operations::metrics(registry)),
        _ => registry.guard.token(&parts.headers).await,
    }
}

/// How the client addresses this registry: `https://sea.hub:5000`.
fn format_origin(client: &Client, parts: &Parts) -> String {
    let host =
        host(parts).filter(|host| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte)));
    format!("{}://{}", client.scheme, host.unwrap_or("localhost"))
}

fn host(parts: &Parts) -> Option<&str> {
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    authority.or_else(|| text(&parts.headers, header::HOST))
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
        Resource::Referrers(digest) => referrers::referrers(registry, asked, &digest).await,
        Resource::Blob(digest) => blobs::blob(registry, asked, parse_digest(&digest)?).await,
        Resource::Uploads => uploads::begin(registry, asked, body).await,
        Resource::Upload(session) => upload(registry, asked, &session, body).await,
    }
}

async fn manifest(registry: &Arc<Registry>, asked: &Asked, selector: &str, body: Body) -> Result<Response, Refusal> {
    match asked.method {
        Method::GET | Method::HEAD => manifests::read(registry, asked, &existing(selector)?).await,
        Method::PUT => manifests::write(registry, asked, Selector::of(selector)?, body).await,
        Method::DELETE => manifests::delete(registry, asked, existing(selector)?).await,
        _ => Err(other_method(&asked.method, "GET, HEAD, PUT, DELETE")),
    }
}

/// No manifest has a tag that breaks the grammar.
fn existing(selector: &str) -> Result<Selector, Refusal> {
    match Selector::of(selector) {
        Err(refusal) if !selector.contains(':') => Err(refusal.into_unknown()),
        other => other,
    }
}

async fn upload(registry: &Arc<Registry>, asked: &Asked, session: &str, body: Body) -> Result<Response, Refusal> {
    match asked.method {
        Method::GET | Method::HEAD => uploads::status(registry, asked, session),
        Method::PATCH => uploads::append(registry, asked, session, body).await,
        Method::PUT => uploads::complete(registry, asked, session, body).await,
        Method::DELETE => uploads::cancel(registry, asked, session),
        _ => Err(other_method(&asked.method, "GET, HEAD, PATCH, PUT, DELETE")),
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
