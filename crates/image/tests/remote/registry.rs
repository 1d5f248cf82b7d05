//! A registry that does what the protocol says, except where a test tells it to misbehave. It keeps what it was sent in
//! memory, and a record of what it was asked.

use crate::content::Content;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// One way to misbehave.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// This status, with a header.
    Status(u16, &'static str, &'static str),
    /// The connection ends when at most so many bytes of the body have left.
    Cut(usize),
    /// Only so many bytes of the request's body arrive.
    Half(usize),
    /// These bytes instead of the right ones.
    Instead(Vec<u8>),
}

/// What lets a client in.
pub(crate) const TOKEN: &str = "let-me-in";
pub(crate) const PASSWORD: &str = "s3cret";
/// An identity token, to be exchanged for [`TOKEN`] by whoever wants to push to `app`.
pub(crate) const IDENTITY: &str = "who-i-am";

/// Whom the registry lets in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Door {
    /// Everybody.
    #[default]
    Open,
    /// Who has a token, which is to be had for the password.
    Token,
    /// Who knows the password.
    Basic,
}

#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) content: Content,
    faults: Vec<(Method, String, Fault)>,
    asked: Vec<String>,
    door: Door,
}

/// The registry while its test runs.
pub(crate) struct Registry {
    pub(crate) address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

impl Registry {
    /// A registry on a free port of this machine, without TLS.
    pub(crate) async fn start() -> Self {
        Self::guarded(Door::Open).await
    }

    pub(crate) async fn guarded(door: Door) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self::serve(listener, address, door)
    }

    pub(crate) fn serve<L: axum::serve::Listener<Addr: std::fmt::Debug>>(
        listener: L,
        address: SocketAddr,
        door: Door,
    ) -> Self {
        let kept = Arc::new(Mutex::new(Kept { door, ..Kept::default() }));
        let shared = (Arc::clone(&kept), address);
        let routes = Router::new().fallback(answer).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, kept }
    }

    /// A name in this registry.
    pub(crate) fn name(&self, rest: &str) -> sealer_model::Reference {
        format!("{}/{rest}", self.address).parse().unwrap()
    }

    /// The next request of this method whose address has this in it goes wrong.
    pub(crate) fn fault(&self, method: Method, part: impl Into<String>, fault: Fault) {
        self.kept().faults.push((method, part.into(), fault));
    }

    /// Whether everything that was to go wrong has gone wrong.
    pub(crate) fn has_no_fault(&self) -> bool {
        self.kept().faults.is_empty()
    }

    pub(crate) fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// What was asked since the last time, without what begins a conversation.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.kept().asked);
        asked.into_iter().filter(|line| line != "GET /v2/").collect()
    }
}

type Shared = (Arc<Mutex<Kept>>, SocketAddr);

async fn answer(State((kept, address)): State<Shared>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut kept = kept.lock().unwrap();
    let range = header(&head.headers, "range").map(|range| format!(" {range}"));
    kept.asked.push(format!("{} {}{}", head.method, head.uri, range.clone().unwrap_or_default()));
    if head.uri.path() == "/token" {
        return if head.method == Method::POST { refreshed(&body) } else { token(&head.headers) };
    }
    if let Some(refusal) = kept.refusal(&head.headers, address) {
        return refusal;
    }
    match kept.take_fault(&head.method, &head.uri) {
        Some(Fault::Status(status, name, value)) => {
            Response::builder().status(status).header(name, value).body(Body::empty()).unwrap()
        }
        Some(Fault::Half(length)) => {
            let _ = kept.content.take_chunk(head.uri.path(), &head.headers, &body[..length]);
            status(StatusCode::BAD_GATEWAY)
        }
        Some(Fault::Instead(bytes)) => Response::new(Body::from(bytes)),
        Some(Fault::Cut(length)) => {
            let whole = kept.content.answer(&head.method, &head.uri, &head.headers, body);
            cut(whole, length)
        }
        None => kept.content.answer(&head.method, &head.uri, &head.headers, body),
    }
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `engineer:s3cret`.
fn knows_password(headers: &HeaderMap) -> bool {
    header(headers, "authorization") == Some("Basic ZW5naW5lZXI6czNjcmV0")
}

fn token(headers: &HeaderMap) -> Response<Body> {
    if knows_password(headers) {
        Response::new(Body::from(format!(r#"{{"token":"{TOKEN}"}}"#)))
    } else {
        status(StatusCode::UNAUTHORIZED)
    }
}

/// Answers as OAuth2 has it.
fn refreshed(body: &[u8]) -> Response<Body> {
    let form = String::from_utf8_lossy(body);
    let asked = "service=test&scope=repository%3Aapp%3Apull%2Cpush&grant_type=refresh_token&client_id=sealer";
    if form == format!("{asked}&refresh_token={IDENTITY}") {
        Response::new(Body::from(format!(r#"{{"access_token":"{TOKEN}"}}"#)))
    } else {
        status(StatusCode::BAD_REQUEST)
    }
}

pub(crate) fn status(status: StatusCode) -> Response<Body> {
    Response::builder().status(status).body(Body::empty()).unwrap()
}

/// The same answer, broken off although its header promises more. What was sent gets some time to leave this machine.
fn cut(whole: Response<Body>, length: usize) -> Response<Body> {
    let (mut head, body) = whole.into_parts();
    let promised = axum::body::HttpBody::size_hint(&body).exact().unwrap();
    head.headers.insert("content-length", promised.into());
    let begin = body.into_data_stream().map_ok(move |bytes| bytes.slice(..length));
    let end = stream::once(async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Err(axum::Error::new(io::Error::other("cut")))
    });
    Response::from_parts(head, Body::from_stream(begin.chain(end)))
}

impl Kept {
    fn refusal(&self, headers: &HeaderMap, address: SocketAddr) -> Option<Response<Body>> {
        let (welcome, challenge) = match self.door {
            Door::Open => return None,
            Door::Basic => (knows_password(headers), "Basic realm=\"test\"".to_owned()),
            Door::Token => (
                header(headers, "authorization") == Some(&format!("Bearer {TOKEN}")),
                format!("Bearer realm=\"http://{address}/token\",service=\"test\""),
            ),
        };
        let refusal = Response::builder().status(401).header("www-authenticate", challenge);
        (!welcome).then(|| refusal.body(Body::empty()).unwrap())
    }

    fn take_fault(&mut self, method: &Method, uri: &Uri) -> Option<Fault> {
        let uri = uri.to_string();
        let fits = |(on, part, _): &(Method, String, Fault)| on == method && uri.contains(part);
        let position = self.faults.iter().position(fits)?;
        Some(self.faults.remove(position).2)
    }
}
