//! SSH connections: verified host keys, bounded times, ciphers that the processor is fast at, and programs on the other side.

mod authentication;
mod channel;

use crate::address::HostAddress;
use crate::credentials::{Credentials, Jump};
use crate::error::{Error, Result};
use crate::known_hosts::{self, Known, KnownHosts};
use crate::process::Process;
use russh::client::{self, Config, Handle};
use russh::keys::{Algorithm, PublicKeyOrCertificate};
use russh::{Preferred, cipher, compression};
use rustix::net::sockopt::set_tcp_user_timeout;
use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const AUTHENTICATION_LIMIT: Duration = Duration::from_secs(20);
const CHANNEL_LIMIT: Duration = Duration::from_secs(20);
const KEEPALIVE: Duration = Duration::from_secs(15);

/// How long a host may leave bytes unacknowledged. The protocol's own questions do not help there: they stand behind those bytes, and the
/// kernel would try for a quarter of an hour.
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);

/// AES-GCM first: with the processor's own instructions it is the fastest by far.
const CIPHERS: &[cipher::Name] =
    &[cipher::AES_128_GCM, cipher::AES_256_GCM, cipher::CHACHA20_POLY1305, cipher::AES_256_CTR, cipher::AES_128_CTR];

/// A connection to one host, proven on both sides. Closed when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Connection {
    address: HostAddress,
    handle: Arc<Handle<Verifier>>,
    /// What it goes through, kept open for as long.
    _through: Option<Arc<Connection>>,
}

impl Connection {
    /// Connects, verifies the host and proves who we are.
    pub(crate) async fn open(address: HostAddress, credentials: &Credentials, hosts: &KnownHosts) -> Result<Self> {
        let (stream, through) = way(address, credentials.jump.as_deref(), hosts).await?;
        let hosts = Arc::new(hosts.clone());
        let known = Arc::new(known(address, Arc::clone(&hosts)).await?);
        let config = Arc::new(config(&known_hosts::algorithms(&known)));
        let verifier = Verifier { address, known, hosts };
        let greet = client::connect_stream(config, stream, verifier);
        let mut handle = within(address, "finish the SSH handshake", CONNECT_LIMIT, greet)
            .await?
            .map_err(|error| error.at(address))?;
        let prove = authentication::prove(&mut handle, address, credentials);
        within(address, "finish the authentication", AUTHENTICATION_LIMIT, prove).await??;
        Ok(Self { address, handle: Arc::new(handle), _through: through })
    }

    /// Starts a program through the user's login shell.
    pub(crate) async fn start(&self, command: &str) -> Result<Process> {
        let failed = |error| SessionError::Protocol(error).at(self.address);
        let open = async {
            let channel = self.handle.channel_open_session().await?;
            channel.exec(true, command).await?;
            Ok(channel)
        };
        let opened = within(self.address, "start a program", CHANNEL_LIMIT, open).await?;
        Ok(channel::process(opened.map_err(failed)?))
    }
}

/// A stream of bytes to a host's SSH server.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The way to a host: its own port, or a channel through another host, whose key is verified as any other's.
async fn way(
    address: HostAddress,
    jump: Option<&Jump>,
    hosts: &KnownHosts,
) -> Result<(Box<dyn Stream>, Option<Arc<Connection>>)> {
    let Some(jump) = jump else {
        return Ok((Box::new(dial(address).await?), None));
    };
    // boxed, because one way may go through another
    let through = Box::pin(Connection::open(jump.address, &jump.credentials, hosts)).await?;
    let (host, port) = (address.ip.to_string(), u32::from(address.port));
    let opening = through.handle.channel_open_direct_tcpip(host, port, "127.0.0.1", 0);
    let opened = within(address, "be reached through the jump host", CHANNEL_LIMIT, opening).await?;
    let channel = opened.map_err(|source| Error::Jump {
        host: address.to_string(),
        jump: jump.address.to_string(),
        source: Box::new(source),
    })?;
    Ok((Box::new(channel.into_stream()), Some(Arc::new(through))))
}

async fn dial(address: HostAddress) -> Result<TcpStream> {
    let connecting = TcpStream::connect((address.ip, address.port));
    let connected = within(address, "accept a connection", CONNECT_LIMIT, connecting).await?;
    let socket = connected.and_then(|socket| prepare(&socket).map(|()| socket));
    socket.map_err(|source| Error::Connect { host: address.to_string(), source })
}

fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let limit = u32::try_from(UNACKNOWLEDGED.as_millis()).unwrap_or(u32::MAX);
    Ok(set_tcp_user_timeout(socket, limit)?)
}

async fn within<T>(address: HostAddress, what: &str, limit: Duration, work: impl Future<Output = T>) -> Result<T> {
    let late = |_| Error::Timeout { host: address.to_string(), what: what.to_owned(), limit };
    timeout(limit, work).await.map_err(late)
}

fn config(known: &[Algorithm]) -> Config {
    Config {
        window_size: 64 * 1024 * 1024,
        maximum_packet_size: 65535,
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: 3,
        nodelay: true,
        preferred: Preferred {
            key: Cow::Owned(known_first(known)),
            cipher: Cow::Borrowed(CIPHERS),
            compression: Cow::Borrowed(&[compression::NONE]),
            ..Preferred::DEFAULT
        },
        ..Config::default()
    }
}

/// A server has keys of several kinds and shows the first that we ask for: ask for the kind that we know.
fn known_first(known: &[Algorithm]) -> Vec<Algorithm> {
    let same_kind = |one: &Algorithm, other: &Algorithm| match (one, other) {
        (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
        _ => one == other,
    };
    let is_known = |algorithm: &&Algorithm| known.iter().any(|known| same_kind(known, algorithm));
    let default = &Preferred::DEFAULT.key;
    let (first, rest): (Vec<_>, Vec<_>) = default.iter().partition(is_known);
    first.into_iter().chain(rest).cloned().collect()
}

async fn known(address: HostAddress, hosts: Arc<KnownHosts>) -> Result<Vec<Known>> {
    blocking(move || hosts.of(address)).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("known host keys are read without panic")
}

/// Compares the key that a host shows with the keys that are known.
struct Verifier {
    address: HostAddress,
    known: Arc<Vec<Known>>,
    hosts: Arc<KnownHosts>,
}

/// Why a session ended.
#[derive(Debug)]
enum SessionError {
    /// The host is not who it should be.
    Identity(Box<Error>),
    /// The protocol failed.
    Protocol(russh::Error),
}

impl From<russh::Error> for SessionError {
    fn from(error: russh::Error) -> Self {
        Self::Protocol(error)
    }
}

impl SessionError {
    fn at(self, address: HostAddress) -> Error {
        match self {
            Self::Identity(error) => *error,
            Self::Protocol(source) => Error::Ssh { host: address.to_string(), source: Box::new(source) },
        }
    }
}

impl client::Handler for Verifier {
    type Error = SessionError;

    async fn check_server_key(&mut self, offered: &PublicKeyOrCertificate) -> std::result::Result<bool, SessionError> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = offered else {
            return Ok(false);
        };
        let (address, key) = (self.address, key.clone());
        let (hosts, known) = (Arc::clone(&self.hosts), Arc::clone(&self.known));
        let verified = blocking(move || hosts.verify(address, &known, &key)).await;
        verified.map(|()| true).map_err(|error| SessionError::Identity(Box::new(error)))
    }
}
