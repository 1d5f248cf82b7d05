//! Addresses taken apart and put together, with the rules of Go's `net/url`.

use super::Table;
use super::arguments::{exactly, map, text, type_name};
use super::url_text::{Part, escaped, unescaped};
use crate::error::{Error, Result};
use crate::print::quoted;
use crate::value::{Map, Value};

pub(super) const TABLE: Table = &[
    ("urlParse", parse),
    ("urlJoin", join),
    ("getHostByName", |arguments| {
        // names are never looked up while rendering: the same chart gives the same text everywhere
        let [name] = exactly("getHostByName", arguments)?;
        text(name).map(|_| Value::text(""))
    }),
];

/// An address in its parts.
#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    user: Option<String>,
    host: String,
    path: String,
    query: String,
    fragment: String,
}

fn parse(arguments: &[Value]) -> Result<Value> {
    let [address] = exactly("urlParse", arguments)?;
    let address = text(address)?;
    let url = read(address)
        .map_err(|words| Error::function(format!("unable to parse url: parse {}: {words}", quoted(address))))?;
    let hostname = hostname(&url.host).to_owned();
    let parts = [
        ("scheme", url.scheme),
        ("host", url.host),
        ("hostname", hostname),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", url.user.unwrap_or_default()),
    ];
    Ok(Value::map(parts.map(|(name, part)| (name.to_owned(), Value::text(part)))))
}

/// Takes an address apart; the error is Go's words.
fn read(address: &str) -> Result<Url, String> {
    if address.contains(|one: char| one.is_ascii_control()) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let (address, fragment) = address.split_once('#').unwrap_or((address, ""));
    let (scheme, rest) = scheme(address)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut url =
        Url { scheme, query: query.to_owned(), fragment: unescaped(fragment, Part::Fragment)?, ..Url::default() };
    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_owned();
            return Ok(url);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let mut path = rest;
    let has_authority = rest.starts_with("//") && (!url.scheme.is_empty() || !rest.starts_with("///"));
    if let Some(after) = rest.strip_prefix("//").filter(|_| has_authority) {
        let end = after.find('/').unwrap_or(after.len());
        (url.user, url.host) = authority(&after[..end])?;
        path = &after[end..];
    }
    url.path = unescaped(path, Part::Path)?;
    Ok(url)
}

/// A scheme in small letters, and what follows its colon.
fn scheme(address: &str) -> Result<(String, &str), String> {
    let none = || Ok((String::new(), address));
    for (index, character) in address.char_indices() {
        match character {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if index > 0 => {}
            ':' if index == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => return Ok((address[..index].to_ascii_lowercase(), &address[index + 1..])),
            _ => return none(),
        }
    }
    none()
}

/// User information and host.
fn authority(text: &str) -> Result<(Option<String>, String), String> {
    let Some((user, host)) = text.rsplit_once('@') else { return Ok((None, host(text)?)) };
    let allowed = |one: char| one.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(one);
    if !user.chars().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    Ok((Some(user_text(user)?), self::host(host)?))
}

/// User information as Go writes it again.
fn user_text(user: &str) -> Result<String, String> {
    let again = |part: &str| unescaped(part, Part::User).map(|plain| escaped(&plain, Part::User));
    Ok(match user.split_once(':') {
        Some((name, password)) => format!("{}:{}", again(name)?, again(password)?),
        None => again(user)?,
    })
}

fn host(text: &str) -> Result<String, String> {
    let after = match text.strip_prefix('[') {
        Some(_) => match text.rfind(']') {
            Some(end) => &text[end + 1..],
            None => return Err("missing ']' in host".to_owned()),
        },
        None => text.rfind(':').map_or("", |colon| &text[colon..]),
    };
    let is_port =
        after.is_empty() || after.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_port {
        return Err(format!("invalid port {} after host", quoted(after)));
    }
    unescaped(text, Part::Host)
}

/// The host without its port and brackets.
fn hostname(host: &str) -> &str {
    if let Some(inside) = host.strip_prefix('[') {
        return inside.split(']').next().unwrap_or(inside);
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn join(arguments: &[Value]) -> Result<Value> {
    let [parts] = exactly("urlJoin", arguments)?;
    let parts = map(parts)?;
    let user = match part(parts, "userinfo")? {
        user if user.is_empty() => None,
        user => {
            let parsed = read(&format!("proto://{user}@host"));
            parsed.map_err(|words| Error::function(format!("unable to parse userinfo in dict: {words}")))?.user
        }
    };
    let url = Url {
        scheme: part(parts, "scheme")?,
        opaque: part(parts, "opaque")?,
        user,
        host: part(parts, "host")?,
        path: part(parts, "path")?,
        query: part(parts, "query")?,
        fragment: part(parts, "fragment")?,
    };
    Ok(Value::text(write(&url)))
}

fn part(parts: Option<&Map>, name: &str) -> Result<String> {
    match parts.and_then(|parts| parts.get(name)) {
        None => Ok(String::new()),
        Some(Value::Text(text)) => Ok(text.to_string()),
        Some(other) => {
            let found = type_name(&other);
            Err(Error::function(format!("unable to parse {name} key, must be of type string, but {found} found")))
        }
    }
}

fn write(url: &Url) -> String {
    let mut out = String::new();
    if !url.scheme.is_empty() {
        out.push_str(&format!("{}:", url.scheme));
    }
    if url.opaque.is_empty() {
        write_hierarchy(url, &mut out);
    } else {
        out.push_str(&url.opaque);
    }
    if !url.query.is_empty() {
        out.push_str(&format!("?{}", url.query));
    }
    if !url.fragment.is_empty() {
        out.push_str(&format!("#{}", escaped(&url.fragment, Part::Fragment)));
    }
    out
}

fn write_hierarchy(url: &Url, out: &mut String) {
    let has_host = !url.host.is_empty();
    let has_authority = !url.scheme.is_empty() || has_host || url.user.is_some();
    if has_authority && (has_host || !url.path.is_empty() || url.user.is_some()) {
        out.push_str("//");
    }
    if let Some(user) = &url.user {
        out.push_str(&format!("{user}@"));
    }
    out.push_str(&escaped(&url.host, Part::Host));
    if has_host && !url.path.is_empty() && !url.path.starts_with('/') {
        out.push('/');
    }
    // a first segment with a colon would be read as a scheme
    if out.is_empty() && url.path.split('/').next().is_some_and(|segment| segment.contains(':')) {
        out.push_str("./");
    }
    out.push_str(&escaped(&url.path, Part::Path));
}
