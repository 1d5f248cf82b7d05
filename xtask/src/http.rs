//! The smallest HTTP client that can visit the guestbook: one request, one connection, an address instead of a name.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::error::{Error, Result};

/// How long a connection, and each read of the answer, may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// GETs `path`; the body of an answer with status 200.
pub(crate) fn get(address: &str, path: &str) -> Result<String> {
    request(address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n"))
}

/// POSTs a form with one field; the body of an answer with status 200.
pub(crate) fn post(address: &str, path: &str, field: &str, value: &str) -> Result<String> {
    let body = format!("{field}={value}");
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let length = body.len();
    request(
        address,
        &format!("POST {path} HTTP/1.0\r\nHost: {address}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{body}"),
    )
}

fn request(address: &str, text: &str) -> Result<String> {
    let socket: SocketAddr =
        address.parse().map_err(|_| Error::unmet(format!("{address} is not an address with a port")))?;
    let answer =
        exchange(socket, text).map_err(|source| Error::unmet(format!("no answer from {address}: {source}")))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) == Some("200") {
        return Ok(body.to_owned());
    }
    Err(Error::unmet(format!("expected status 200 from {address}, found {status:?}: {body}")))
}

fn exchange(socket: SocketAddr, text: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&socket, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
