//! `sealer registry`.

mod upkeep;

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{Registry, RegistryVerb, Serve};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use sealer_registry::{Configuration, Tls};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// Where a registry listens that nobody told.
const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 5000);

/// Does what was asked with the registry.
///
/// # Errors
/// When it cannot start, or its images cannot be read.
pub(super) async fn registry(request: Registry, context: &Context) -> Result<Exit, Failure> {
    match request.verb {
        RegistryVerb::Serve(request) => serve(request, context).await.map(|()| Exit::Done),
        RegistryVerb::Gc(request) => upkeep::collect(request, context).await.map(|()| Exit::Done),
        RegistryVerb::Usage(request) => upkeep::usage(request, context).await.map(|()| Exit::Done),
        RegistryVerb::Verify(request) => upkeep::verify(request, context).await,
    }
}

/// Serves until asked to end. Prints the address when it can be used, so that port 0 can be asked for.
async fn serve(request: Serve, context: &Context) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let root = context.settings.root.clone();
    let (store, configuration) = blocking(move || {
        let folder = request.store.clone();
        let configuration = settle(request)?;
        let folder = folder.or_else(|| configuration.root.clone()).unwrap_or_else(|| layout(&root));
        Ok((open(&folder)?, configuration))
    })
    .await?;
    let wanted = configuration.addr.unwrap_or(ADDRESS);
    let scheme = if configuration.tls.is_some() { "https" } else { "http" };
    let (listener, address) =
        listen(wanted).await.map_err(|error| Failure::of(error).within(format!("cannot listen on {wanted}")))?;
    output::print(format!("{scheme}://{address}\n"))?;
    sealer_registry::serve(listener, store, configuration, signals.asked_to_end()).await?;
    Ok(())
}

/// The configuration file, with what was typed on top of it.
fn settle(request: Serve) -> Result<Configuration, Failure> {
    let mut settled = request.config.as_deref().map(Configuration::read).transpose()?.unwrap_or_default();
    let tls = request.tls_cert.zip(request.tls_key).map(|(certificate, key)| Tls { certificate, key });
    settled.tls = tls.or(settled.tls);
    settled.addr = request.addr.or(settled.addr);
    settled.users = request.htpasswd.or(settled.users);
    settled.domain = request.domain.or(settled.domain);
    settled.read_only |= request.read_only;
    Ok(settled)
}

/// The images of a root: the folder itself where it is an image layout, else the one below it that sealer keeps images in.
fn layout(root: &Path) -> PathBuf {
    if root.join("oci-layout").exists() { root.to_owned() } else { root.join("images") }
}

async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
