//! Requests to the agent: what they carry, and targets that no value can break out of.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::{Method, Request};
use std::io;

/// What requests carry.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

pub(super) fn request(method: Method, target: &str, body: Body) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(format!("http://agent{target}"))
        .body(body)
        .expect("targets are fixed paths, digests and encoded queries")
}

/// A path with an encoded query.
pub(super) struct Query(pub(super) String);

impl Query {
    pub(super) fn new(path: &str) -> Self {
        Self(format!("{path}?"))
    }

    pub(super) fn with(mut self, key: &str, value: &str) -> Self {
        use std::fmt::Write as _;
        if !self.0.ends_with('?') {
            self.0.push('&');
        }
        self.0.push_str(key);
        self.0.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
                self.0.push(char::from(byte));
            } else {
                write!(self.0, "%{byte:02X}").expect("writing to a String cannot fail");
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_cannot_be_broken_by_a_path() {
        let query = Query::new("/file").with("path", "/a b&c=d?e#f%/ü");
        assert_eq!(query.0, "/file?path=/a%20b%26c%3Dd%3Fe%23f%25/%C3%BC");
        assert_eq!(Query::new("/c").with("a", "1").with("b", "2").0, "/c?a=1&b=2");
    }
}
