//! The agent's side of the table in [`sealer_model::agent`]: one handler for each row, over HTTP/2.

pub(crate) mod answer;
mod message;

use crate::claim::Claimed;
use crate::error::{Error, IoContext as _, Result};
use crate::place::Place;
use crate::relay::Relay;
use crate::{
    blobs, changes, commands, content, etcd, mounts, offer, pods, probe, processes, records, removal, replicate, rootfs,
};
use answer::{Missed, blocking, lines, progress};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use axum::{Json, Router};
use futures_util::TryStreamExt as _;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use message::Message;
use sealer_model::Digest;
use sealer_model::agent::{
    Batch, Changed, Claim, Command, EndProcesses, Installed, KeepRecords, Missing, OfferProgram, OfferedProgram,
    OpenPod, OpenRelay, OpenedPod, OpenedRelay, PodReached, Probe, Probed, ReachPods, Remove, RemoveEtcdMember,
    Replicate, SnapshotEtcd, Unmount, Unpack,
};
use sealer_model::image::Descriptor;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, Read as _};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::io::ReaderStream;

/// Large enough that one blob fills a fast link with some delay in it.
const STREAM_WINDOW: u32 = 3 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;
const FRAME: u32 = 256 * 1024;

/// A delivering machine that does not answer for this long has gone, and the agent with it.
const SILENCE: Duration = Duration::from_secs(60);

/// The largest message; blobs are not messages.
const MOST_MESSAGE: usize = 64 * 1024 * 1024;

/// The largest file that is sent in one answer.
const MOST_FILE: u64 = 32 * 1024 * 1024;

/// Bytes of a file that are sent at once.
const PIECE: usize = 256 * 1024;

/// Serves requests on a stream until the other side closes it.
///
/// # Errors
/// When the other side does not speak the protocol or vanishes without closing the stream.
pub async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, place: Place) -> Result<()> {
    let mut server = http2::Builder::new(TokioExecutor::new());
    server
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME)
        .keep_alive_interval(SILENCE / 3)
        .keep_alive_timeout(SILENCE);
    let service = TowerToHyperService::new(router(place));
    let served = server.serve_connection(TokioIo::new(stream), service).await;
    match served {
        // The end of the input without a farewell is how a session usually ends.
        Err(error) if !is_end_of_input(&error) => Err(Error::Connection(error)),
        _ => Ok(()),
    }
}

fn is_end_of_input(error: &hyper::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            let ends = [io::ErrorKind::UnexpectedEof, io::ErrorKind::BrokenPipe];
            return ends.contains(&error.kind());
        }
        cause = error.source();
    }
    false
}

fn router(place: Place) -> Router {
    let claimed = Claimed::default();
    let claims = claimed.clone();
    let relay = Relay::default();
    let relaying = relay.clone();
    Router::new()
        .route("/claim", post(move |place, claim| claim_host(claims, place, claim)))
        .route("/", get(|| async { StatusCode::NO_CONTENT }))
        .route("/changes", post(make_changes))
        .route("/commands", post(move |command| run_command(claimed, command)))
        .route("/records", post(keep_records))
        .route("/file", get(read_file))
        .route("/content", get(stream_file).put(receive_file))
        .route("/blobs/missing", post(missing_blobs))
        .route("/blobs/{digest}", patch(receive_blob))
        .route("/images", put(install_image))
        .route("/images/replicate", post(replicate_image))
        .route("/relay", post(move |request| open_relay(relaying, request)))
        .route("/rootfs", post(move |place, unpack| unpack_rootfs(relay, place, unpack)))
        .route("/processes/end", post(end_processes))
        .route("/unmount", post(unmount))
        .route("/etcd/remove-member", post(remove_etcd_member))
        .route("/etcd/snapshot", post(snapshot_etcd))
        .route("/probe", post(try_to_reach))
        .route("/pods/open", post(open_pod))
        .route("/pods/reach", post(reach_pods))
        .route("/program/offer", post(offer_program))
        .route("/remove", post(remove))
        .layer(DefaultBodyLimit::max(MOST_MESSAGE))
        .with_state(place)
}

async fn make_changes(State(place): State<Place>, Message(batch): Message<Batch>) -> Result<Json<Vec<Changed>>> {
    blocking(move || changes::make(&place, &batch)).await.map(Json)
}

async fn claim_host(
    claimed: Claimed,
    State(place): State<Place>,
    Message(claim): Message<Claim>,
) -> Result<StatusCode> {
    blocking(move || claimed.claim(&place, &claim)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn run_command(claimed: Claimed, Message(command): Message<Command>) -> Result<Response> {
    Ok(lines(commands::start(command, &claimed)?))
}

#[derive(Deserialize)]
struct WhichFile {
    path: String,
}

async fn read_file(State(place): State<Place>, Query(which): Query<WhichFile>) -> Result<Response> {
    let read = blocking(move || read(&place.path(&which.path)?)).await?;
    Ok(read.map_or_else(|| Missed.into_response(), IntoResponse::into_response))
}

fn read(path: &std::path::Path) -> Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(Error::io("read", path, error)),
    };
    let mut bytes = Vec::new();
    file.take(MOST_FILE + 1).read_to_end(&mut bytes).at("read", path)?;
    if bytes.len() as u64 > MOST_FILE {
        return Err(Error::TooLarge { path: path.to_owned(), limit: MOST_FILE });
    }
    Ok(Some(bytes))
}

async fn stream_file(State(place): State<Place>, Query(which): Query<WhichFile>) -> Result<Response> {
    let path = place.path(&which.path)?;
    match tokio::fs::File::open(&path).await {
        Ok(file) => Ok(Body::from_stream(ReaderStream::with_capacity(file, PIECE)).into_response()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Missed.into_response()),
        Err(error) => Err(Error::io("read", &path, error)),
    }
}

#[derive(Deserialize)]
struct ToFile {
    path: String,
    digest: Digest,
}

async fn receive_file(State(place): State<Place>, Query(to): Query<ToFile>, body: Body) -> Result<StatusCode> {
    let broken = |error: axum::Error| Error::Request { reason: error.to_string() };
    let pieces = body.into_data_stream().map_err(broken);
    content::receive(&place, &to.path, &to.digest, pieces).await.map(|()| StatusCode::NO_CONTENT)
}

async fn missing_blobs(
    State(place): State<Place>,
    Message(blobs): Message<Vec<Descriptor>>,
) -> Result<Json<Vec<Missing>>> {
    blocking(move || blobs::missing(&place, &blobs)).await.map(Json)
}

#[derive(Deserialize)]
struct From {
    offset: u64,
}

async fn receive_blob(
    State(place): State<Place>,
    Path(digest): Path<Digest>,
    Query(from): Query<From>,
    body: Body,
) -> Result<StatusCode> {
    let broken = |error: axum::Error| Error::Request { reason: error.to_string() };
    let content = body.into_data_stream().map_err(broken);
    blobs::receive(&place, digest, from.offset, content).await.map(|()| StatusCode::NO_CONTENT)
}

async fn keep_records(State(place): State<Place>, Message(records): Message<KeepRecords>) -> Result<Json<Changed>> {
    blocking(move || records::keep(&place, &records)).await.map(Json)
}

async fn install_image(State(place): State<Place>, Message(image): Message<Installed>) -> Result<StatusCode> {
    blocking(move || blobs::install(&place, &image)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn replicate_image(State(place): State<Place>, Message(replicate): Message<Replicate>) -> Response {
    let (teller, answer) = progress();
    tokio::spawn(async move { teller.end(replicate::replicate(&place, &replicate, &teller).await).await });
    answer
}

async fn open_relay(relay: Relay, Message(request): Message<OpenRelay>) -> Result<Json<OpenedRelay>> {
    relay.open(&request).await.map(Json)
}

async fn unpack_rootfs(relay: Relay, State(place): State<Place>, Message(unpack): Message<Unpack>) -> Response {
    let (teller, answer) = progress();
    tokio::spawn(async move { teller.end(rootfs::unpack(&place, &unpack, &relay, &teller).await).await });
    answer
}

async fn end_processes(State(place): State<Place>, Message(which): Message<EndProcesses>) -> Result<StatusCode> {
    blocking(move || processes::end(&place, &which)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn unmount(State(place): State<Place>, Message(which): Message<Unmount>) -> Result<StatusCode> {
    let work = move || {
        let folders: Vec<_> = which.below.iter().map(|path| place.path(path)).collect::<Result<_>>()?;
        mounts::unmount_below(&folders)
    };
    blocking(work).await.map(|()| StatusCode::NO_CONTENT)
}

async fn snapshot_etcd(State(place): State<Place>, Message(snapshot): Message<SnapshotEtcd>) -> Result<Json<Changed>> {
    etcd::snapshot(&place, &snapshot).await.map(Json)
}

async fn remove_etcd_member(Message(member): Message<RemoveEtcdMember>) -> Result<Json<Changed>> {
    etcd::remove_member(&member).await.map(Json)
}

async fn try_to_reach(Message(what): Message<Probe>) -> Json<Probed> {
    Json(probe::probe(&what).await)
}

async fn open_pod(Message(open): Message<OpenPod>) -> Result<Json<OpenedPod>> {
    pods::open(&open).await.map(Json)
}

async fn reach_pods(Message(reach): Message<ReachPods>) -> Result<Json<Vec<PodReached>>> {
    pods::reach(&reach).await.map(Json)
}

async fn offer_program(Message(request): Message<OfferProgram>) -> Result<Json<OfferedProgram>> {
    offer::offer(&request).await.map(Json)
}

async fn remove(State(place): State<Place>, Message(remove): Message<Remove>) -> Response {
    let (teller, answer) = progress();
    tokio::spawn(async move {
        let told = teller.clone();
        let work = move || removal::remove(&place, &remove.cluster, &mut |note| told.tell(note));
        teller.end(blocking(work).await).await;
    });
    answer
}
