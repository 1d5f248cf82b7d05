//! `sealer registry`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{Registry, RegistryVerb, Serve};
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use sealer_registry::{Options, Tls};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Does what was asked with the registry.
///
/// # Errors
/// When it cannot start.
pub(super) async fn registry(request: Registry, context: &Context) -> Result<(), Failure> {
    match request.verb {
        RegistryVerb::Serve(request) => serve(request, context).await,
    }
}

/// Serves until asked to end. Prints the address when it can be used, so that port 0 can be asked for.
async fn serve(request: Serve, context: &Context) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let folder = request.store.unwrap_or_else(|| context.settings.store());
    let store = blocking(move || open(&folder)).await?;
    let tls = request.tls_cert.zip(request.tls_key);
    let tls = tls.map(|(certificate, key)| Tls { certificate, key });
    let scheme = if tls.is_some() { "https" } else { "http" };
    let (listener, address) = listen(request.addr)
        .await
        .map_err(|error| Failure::of(error).within(format!("cannot listen on {}", request.addr)))?;
    output::print(format!("{scheme}://{address}\n"))?;
    let options = Options { tls, read_only: request.read_only };
    sealer_registry::serve(listener, store, options, signals.asked_to_end()).await?;
    Ok(())
}

async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
