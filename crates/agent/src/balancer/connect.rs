//! What a client says to a proxy before anything passes: `CONNECT quay.io:443 HTTP/1.1` and lines that do not matter here. Pure.

/// The most that is read before a client is sent away: its line and headers.
pub(super) const MOST_HEAD: usize = 8 * 1024;

/// What ends it.
const END: &[u8] = b"\r\n\r\n";

/// What a client wants of a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Where it wants to get, in its own words: `quay.io:443`, `[fd00::1]:443`.
    pub(super) target: String,
    /// The host alone.
    pub(super) host: String,
    /// The port.
    pub(super) port: u16,
    /// How many bytes it has said so; more of what was read belongs to what passes.
    pub(super) length: usize,
}

/// Why a client is sent away: what it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no request, or one that is too long.
    Malformed,
    /// It wants something else than a tunnel.
    OtherMethod,
    /// Nobody takes the connection.
    Unreachable,
}

impl Refusal {
    /// The whole answer.
    pub(super) fn answer(self) -> &'static str {
        match self {
            Self::Malformed => "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            Self::OtherMethod => {
                "HTTP/1.1 405 Method Not Allowed\r\nAllow: CONNECT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            }
            Self::Unreachable => "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        }
    }
}

/// Reads what has come so far; `None` as long as there is more to come.
///
/// # Errors
/// When it can become no request for a tunnel any more.
pub(super) fn read(said: &[u8]) -> Result<Option<Asked>, Refusal> {
    let Some(end) = said.windows(END.len()).position(|window| window == END) else {
        return if said.len() < MOST_HEAD { Ok(None) } else { Err(Refusal::Malformed) };
    };
    let line = said[..end].split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| Refusal::Malformed)?;
    let words: Vec<&str> = line.split(' ').collect();
    let [method, target, version] = words[..] else { return Err(Refusal::Malformed) };
    if !version.starts_with("HTTP/1.") {
        return Err(Refusal::Malformed);
    }
    if method != "CONNECT" {
        return Err(Refusal::OtherMethod);
    }
    let (host, port) = place(target).ok_or(Refusal::Malformed)?;
    Ok(Some(Asked { target: target.to_owned(), host, port, length: end + END.len() }))
}

/// `quay.io:443`, `[fd00::1]:443`. A port has to be there, as it always is in such a request.
fn place(target: &str) -> Option<(String, u16)> {
    let (host, port) = target.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|host| host.parse::<std::net::Ipv6Addr>().is_ok())?,
        None => host,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    let sound = !host.is_empty() && host.len() <= 253 && host.bytes().all(plain);
    (sound && (target.starts_with('[') || !host.contains(':'))).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_when_it_is_whole() {
        let whole = b"CONNECT quay.io:443 HTTP/1.1\r\nHost: quay.io:443\r\nUser-Agent: x\r\n\r\n\x16\x03";
        let asked = read(whole).unwrap().unwrap();
        assert_eq!((asked.host.as_str(), asked.port, asked.length), ("quay.io", 443, whole.len() - 2));
        for length in 0..whole.len() - 2 {
            assert_eq!(read(&whole[..length]), Ok(None), "{length}");
        }
        let address = read(b"CONNECT [fd00::1]:5000 HTTP/1.0\r\n\r\n").unwrap().unwrap();
        assert_eq!((address.host.as_str(), address.port, address.target.as_str()), ("fd00::1", 5000, "[fd00::1]:5000"));
    }

    #[test]
    fn what_is_no_request_for_a_tunnel_is_refused() {
        let refused = |text: &str| read(format!("{text}\r\n\r\n").as_bytes()).unwrap_err();
        assert_eq!(refused("GET http://quay.io/ HTTP/1.1"), Refusal::OtherMethod);
        for text in [
            "",
            "CONNECT",
            "CONNECT quay.io:443",
            "CONNECT quay.io:443 HTTP/2",
            "CONNECT quay.io HTTP/1.1",
            "CONNECT :443 HTTP/1.1",
            "CONNECT quay.io:0 HTTP/1.1",
            "CONNECT quay.io:99999 HTTP/1.1",
            "CONNECT a b:443 HTTP/1.1",
            "CONNECT user@quay.io:443 HTTP/1.1",
            "CONNECT fd00::1:443 HTTP/1.1",
            "CONNECT [quay.io]:443 HTTP/1.1",
            "CONNECT quay.io/x:443 HTTP/1.1",
            "\u{16}\u{3}\u{1}",
        ] {
            assert_eq!(refused(text), Refusal::Malformed, "{text:?}");
        }
        assert_eq!(read(&vec![b'a'; MOST_HEAD]), Err(Refusal::Malformed));
        assert_eq!(read(b"CONNECT \xff:443 HTTP/1.1\r\n\r\n"), Err(Refusal::Malformed));
    }
}
