//! Where a registry wants a blob to be sent: its header `Location`, which need not be complete, nor on the same host.

use super::RemoteError;
use super::answer::{address, protocol};
use reqwest::header::LOCATION;
use reqwest::{Response, Url};

/// Where a blob is to be sent. A registry behind a TLS proxy may not know that it is: our scheme stays.
pub(super) fn location(base: &Url, asked: &Url, response: &Response) -> Result<Url, RemoteError> {
    let text = response.headers().get(LOCATION).and_then(|header| header.to_str().ok());
    let text = text.ok_or_else(|| protocol(asked, "an upload without a location"))?;
    place(base, asked, text).map_err(|reason| protocol(asked, reason))
}

fn place(base: &Url, asked: &Url, text: &str) -> Result<Url, String> {
    let mut place = asked.join(text).map_err(|_| "an upload with a malformed location")?;
    if base.scheme() != "https" || place.scheme() == "https" {
        return Ok(place);
    }
    let secured = place.set_scheme("https").and_then(|()| place.set_port(base.port()));
    match secured {
        Ok(()) if place.host_str() == base.host_str() => Ok(place),
        _ => Err(format!("an upload to {}, which has no TLS", address(&place))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(location: &str) -> Result<String, String> {
        let base = Url::parse("https://harbor.example:8443/").unwrap();
        let asked = base.join("/v2/app/blobs/uploads/").unwrap();
        place(&base, &asked, location).map(String::from)
    }

    #[test]
    fn a_location_may_be_relative_or_elsewhere_with_tls() {
        let here = "https://harbor.example:8443/v2/app/blobs/uploads/1?state=x";
        assert_eq!(placed("/v2/app/blobs/uploads/1?state=x").unwrap(), here);
        assert_eq!(placed("https://storage.example/1").unwrap(), "https://storage.example/1");
    }

    #[test]
    fn what_began_with_tls_goes_on_with_it() {
        let upgraded = placed("http://harbor.example/v2/app/blobs/uploads/1").unwrap();
        assert_eq!(upgraded, "https://harbor.example:8443/v2/app/blobs/uploads/1");
        assert!(placed("http://elsewhere.example/1").unwrap_err().contains("no TLS"));
        assert!(placed("file:///etc/passwd").is_err());
    }
}
