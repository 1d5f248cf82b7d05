//! The agent's own program, offered to other hosts of the site: it leaves the delivering machine once, whatever the number of hosts. Served
//! as plain HTTP to whoever has no more than a shell; the receiver verifies it by a digest that came over SSH.

use crate::error::{Error, IoContext as _, Result};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve};
use sealer_model::agent::{OfferProgram, OfferedProgram};
use std::fs::File;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::io::ReaderStream;

/// The program that runs now, whatever became of its file.
const PROGRAM: &str = "/proc/self/exe";

/// Bytes that are sent at once.
const PIECE: usize = 256 * 1024;

/// Hosts that are served at the same time; the others wait.
const PARALLEL_HOSTS: usize = 8;

/// Offers the program until this process ends.
pub(crate) async fn offer(request: &OfferProgram) -> Result<OfferedProgram> {
    let wanted = SocketAddr::new(request.address, 0);
    let failed = |source| Error::Listen { address: wanted, source };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let name = random_name()?;
    let router = Router::new().route(&format!("/{name}"), get(program));
    let router = router.with_state(Arc::new(Semaphore::new(PARALLEL_HOSTS)));
    // it ends with the process; what is wrong with one connection is told to whoever made it
    tokio::spawn(async move { serve(listener, router).await });
    Ok(OfferedProgram { address: request.address, port: address.port(), name })
}

async fn program(State(turns): State<Arc<Semaphore>>) -> Result<Response> {
    let turn = turns.acquire_owned().await.expect("nobody closes the turns");
    let path = Path::new(PROGRAM);
    let file = tokio::fs::File::open(path).await.at("open", path)?;
    let length = file.metadata().await.at("look at", path)?.len();
    let pieces = ReaderStream::with_capacity(file, PIECE);
    let pieces = futures_util::StreamExt::map(pieces, move |piece| {
        // the turn lasts as long as the stream
        let _ = &turn;
        piece
    });
    Ok(([(CONTENT_LENGTH, length)], Body::from_stream(pieces)).into_response())
}

/// A name that nobody guesses while the port is open.
fn random_name() -> Result<String> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut bytes)).at("read", path)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    async fn ask(offered: &OfferedProgram, name: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect((offered.address, offered.port)).await.unwrap();
        stream.write_all(format!("GET /{name} HTTP/1.0\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn whoever_knows_the_name_gets_the_program_and_nobody_gets_anything_else() {
        let offered = offer(&OfferProgram { address: [127, 0, 0, 1].into() }).await.unwrap();
        let program = std::fs::read(PROGRAM).unwrap();
        let answer = ask(&offered, &offered.name).await;
        assert!(answer.starts_with(b"HTTP/1.0 200"));
        assert!(answer.ends_with(&program), "{} bytes of {}", answer.len(), program.len());
        for name in ["", "etc/passwd", &offered.name[1..]] {
            assert!(ask(&offered, name).await.starts_with(b"HTTP/1.0 404"), "{name}");
        }
    }
}
