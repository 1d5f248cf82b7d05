//! What goes on besides connections, for as long as the server runs. None of it ever ends by itself.

use super::Server;
use crate::disk::blocking;
use crate::error::Error;
use crate::router::Registry;
use sealer_image::Collected;
use sealer_model::causes::chain;
use std::io;
use std::time::{Duration, Instant};
use tokio::signal::unix::Signal;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Forgets uploads that nobody goes on with.
pub(super) async fn forget_idle_uploads(registry: &Registry) {
    let mut ticks = tokio::time::interval(registry.uploads.idle / 12);
    loop {
        ticks.tick().await;
        registry.uploads.forget_idle(Instant::now());
    }
}

/// Has what upstreams gave looked after.
pub(super) async fn tend(registry: &Registry) {
    match &registry.origin {
        Some(origin) => origin.tend().await,
        None => std::future::pending().await,
    }
}

/// Collects garbage every hour, where that is asked for.
pub(super) async fn collect_garbage(server: &Server) {
    let hours = server.configuration.garbage_hours;
    if hours == 0 || server.configuration.read_only {
        return std::future::pending().await;
    }
    let mut ticks = tokio::time::interval(HOUR);
    loop {
        ticks.tick().await;
        let store = server.registry.store.clone();
        let collect = move || store.collect_garbage_older_than(HOUR.saturating_mul(hours));
        let log = &server.registry.books.log;
        match blocking(collect).await {
            Ok(Collected { blobs: 0, .. }) => {}
            Ok(Collected { blobs, bytes }) => log.remark("garbage", None, &format!("{blobs} files, {bytes} bytes")),
            Err(refusal) => log.remark("garbage", None, refusal.message()),
        }
    }
}

/// Whoever has replaced a certificate, a password or the log's file says so by a hangup.
pub(super) async fn renew_when_told(server: &Server, hangups: io::Result<Signal>) {
    let Ok(mut hangups) = hangups else {
        return std::future::pending().await;
    };
    while hangups.recv().await.is_some() {
        let renewing = server.clone();
        let renewed = tokio::task::spawn_blocking(move || renewing.renew()).await;
        let log = &server.registry.books.log;
        match renewed.unwrap_or(Err(Error::Task)) {
            Ok(()) => log.remark("renewed", None, "certificate, keys, passwords and log were read or opened again"),
            Err(error) => log.remark("not-renewed", None, &chain(&error)),
        }
    }
    std::future::pending().await
}
