//! A client of registries that costs next to nothing, so that what is measured is the registry: HTTP/1.1 over one connection that
//! stays, with the requests that skopeo would send.

use crate::digest;
use crate::error::{Error, Result};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The longest time without a byte.
const PATIENCE: Duration = Duration::from_secs(120);

/// What docker-registry gives OCI manifests for.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// An open connection.
pub(super) struct Client {
    address: String,
    stream: BufReader<TcpStream>,
}

/// An answer with its whole body.
struct Answer {
    status: u16,
    location: String,
    body: Vec<u8>,
}

impl Client {
    pub(super) fn connect(address: &str) -> Result<Self> {
        let connect = || {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            Ok(stream)
        };
        let stream = connect().map_err(|error: io::Error| Error::unmet(format!("cannot reach {address}: {error}")))?;
        Ok(Self { address: address.to_owned(), stream: BufReader::with_capacity(256 << 10, stream) })
    }

    /// Fetches a manifest by tag, `/v2/a/b/manifests/1`.
    pub(super) fn manifest(&mut self, path: &str) -> Result<Vec<u8>> {
        Ok(self.send("GET", path, &[], &[200])?.body)
    }

    /// Fetches a blob of a repository, and checks that it is the one asked for.
    pub(super) fn blob(&mut self, repository: &str, digest: &str) -> Result<()> {
        let path = format!("/v2/{repository}/blobs/{digest}");
        let answer = self.send("GET", &path, &[], &[200])?;
        if format!("sha256:{}", digest::of_bytes(&answer.body)) == digest {
            return Ok(());
        }
        Err(Error::unmet(format!("{} gave something else as {path}", self.address)))
    }

    /// Pushes a blob as skopeo does: looked for, begun, sent as one chunk, ended.
    pub(super) fn push_blob(&mut self, repository: &str, digest: &str, bytes: &[u8]) -> Result<()> {
        let known = self.send("HEAD", &format!("/v2/{repository}/blobs/{digest}"), &[], &[200, 404])?;
        if known.status == 200 {
            return Ok(());
        }
        let begun = self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), &[], &[202])?;
        let sent = self.send("PATCH", &begun.location, bytes, &[202])?;
        let separator = if sent.location.contains('?') { '&' } else { '?' };
        self.send("PUT", &format!("{}{separator}digest={digest}", sent.location), &[], &[201]).map(drop)
    }

    /// Pushes a manifest under a tag.
    pub(super) fn push_manifest(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        self.send("PUT", path, bytes, &[201]).map(drop)
    }

    fn send(&mut self, method: &str, path: &str, body: &[u8], expected: &[u16]) -> Result<Answer> {
        let told = |error: io::Error| Error::unmet(format!("{method} {path} at {}: {error}", self.address));
        let answer = exchange(&mut self.stream, &self.address, method, path, body).map_err(told)?;
        if expected.contains(&answer.status) {
            return Ok(answer);
        }
        let text = String::from_utf8_lossy(&answer.body);
        Err(Error::unmet(format!("{method} {path} at {}: {} {text}", self.address, answer.status)))
    }
}

fn exchange(
    stream: &mut BufReader<TcpStream>,
    address: &str,
    method: &str,
    path: &str,
    body: &[u8],
) -> io::Result<Answer> {
    let kind = if path.contains("/manifests/") { MANIFEST } else { "application/octet-stream" };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAccept: {MANIFEST}\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.get_mut().write_all(head.as_bytes())?;
    stream.get_mut().write_all(body)?;
    let malformed = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let first = line(stream)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| malformed("no status"))?;
    let (mut length, mut location) = (None, String::new());
    loop {
        let header = line(stream)?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok(),
            "location" => location = without_host(value.trim()).to_owned(),
            _ => {}
        }
    }
    let has_body = method != "HEAD" && status != 204;
    let length: usize = if has_body { length.ok_or_else(|| malformed("no length"))? } else { 0 };
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Answer { status, location, body })
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    match stream.read_line(&mut text)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(text.trim_end().to_owned()),
    }
}

/// docker-registry tells whole addresses, ours only paths.
fn without_host(location: &str) -> &str {
    let rest = location.split_once("://").map(|(_, rest)| rest);
    rest.and_then(|rest| rest.find('/').map(|slash| &rest[slash..])).unwrap_or(location)
}

#[cfg(test)]
mod tests {
    use super::without_host;

    #[test]
    fn a_location_is_a_path() {
        assert_eq!(without_host("http://a:5000/v2/x?y=1"), "/v2/x?y=1");
        assert_eq!(without_host("/v2/x"), "/v2/x");
    }
}
