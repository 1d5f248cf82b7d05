//! `sealer registry`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{Registry, RegistryVerb, Serve};
use crate::failure::Failure;
use crate::output;
use crate::signals::asked_to_end;
use sealer_registry::{Server, Settings, Tls};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long clients may go on with what they have begun when the registry is asked to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Does what was asked with the registry.
///
/// # Errors
/// When it cannot start.
pub(super) async fn registry(request: Registry, context: &Context) -> Result<(), Failure> {
    match request.verb {
        RegistryVerb::Serve(request) => serve(request, context).await,
    }
}

async fn serve(request: Serve, context: &Context) -> Result<(), Failure> {
    let folder = request.store.unwrap_or_else(|| context.settings.store());
    let store = blocking(move || open(&folder)).await?;
    let tls = request.tls_cert.zip(request.tls_key);
    let tls = tls.map(|(certificate, key)| Tls { certificate, key });
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listener = context.listener.clone();
    let settings = Settings { tls, read_only: request.read_only, listener };
    let server = Server::bind(request.addr, store, settings).await?;
    output::print(format!("{scheme}://{}\n", server.address()))?;
    run(server).await
}

/// Serves until asked to end, then for as long as clients need, within reason.
async fn run(server: Server) -> Result<(), Failure> {
    let (stop, stopped) = oneshot::channel::<()>();
    let mut serving = std::pin::pin!(server.run(async {
        // A sender that is gone means the same.
        let _ = stopped.await;
    }));
    tokio::select! {
        () = &mut serving => return Ok(()),
        signal = asked_to_end() => signal?,
    }
    drop(stop);
    // Whoever still is not done after this would keep the registry's successor waiting.
    let _ = tokio::time::timeout(PATIENCE, serving).await;
    Ok(())
}
