//! An upstream made by hand, which breaks off, lies, and counts.

use axum::http::StatusCode;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Method and path: `GET /v2/`.
    pub(crate) what: String,
    head: String,
}

impl Question {
    /// A header, in small letters, or nothing.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The byte that a range begins with.
    pub(crate) fn start(&self) -> usize {
        let range = self.header("range").and_then(|text| text.strip_prefix("bytes=")?.strip_suffix('-'));
        range.map_or(0, |start| start.parse().unwrap())
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
    /// The connection ends after so many bytes of the body.
    pub(crate) cut: Option<usize>,
    /// The second half of the body waits for this.
    pub(crate) gate: Option<Arc<Semaphore>>,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), cut: None, gate: None }
    }

    pub(crate) fn header(mut self, line: impl Into<String>) -> Self {
        self.headers.push(line.into());
        self
    }
}

/// The upstream; it ends with its test.
pub(crate) struct ByHand {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Question>>>,
    server: JoinHandle<()>,
}

impl ByHand {
    pub(crate) async fn start(answer: impl Fn(&Question) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<Question>>> = Arc::default();
        let (answer, noted) = (Arc::new(answer), asked.clone());
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, noted) = (answer.clone(), noted.clone());
                tokio::spawn(async move { serve(stream, &*answer, &noted).await });
            }
        });
        Self { address, asked, server }
    }

    /// Everything that was asked so far and begins like this.
    pub(crate) fn asked(&self, beginning: &str) -> Vec<Question> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|question| question.what.starts_with(beginning)).cloned().collect()
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: &(dyn Fn(&Question) -> Reply + Send + Sync),
    noted: &Mutex<Vec<Question>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            // Whoever begins TLS here learns that there is none.
            Ok(first) if head.is_empty() && !first.is_ascii_alphabetic() => return,
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let what = head.split(" HTTP").next().unwrap().to_owned();
    let question = Question { what, head };
    noted.lock().unwrap().push(question.clone());
    let reply = if question.what == "GET /v2/" { Reply::new(200, "{}") } else { answer(&question) };
    let status = StatusCode::from_u16(reply.status).unwrap();
    let mut text = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n", reply.body.len());
    reply.headers.iter().for_each(|line| text.push_str(&format!("{line}\r\n")));
    text.push_str("\r\n");
    let mut body = reply.body.as_slice();
    if question.what.starts_with("HEAD") {
        body = &[];
    }
    let (first, second) = body.split_at(body.len() / 2);
    let _gone = stream.write_all(text.as_bytes()).await;
    match reply.cut {
        Some(cut) => drop(stream.write_all(&body[..cut]).await),
        None => {
            let _gone = stream.write_all(first).await;
            if let Some(gate) = reply.gate {
                gate.acquire().await.unwrap().forget();
            }
            let _gone = stream.write_all(second).await;
        }
    }
    let _gone = stream.shutdown().await;
}
