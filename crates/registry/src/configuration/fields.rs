//! Every field of the configuration in words: the reference page is made of this table, and a test holds it to the type.

use std::fmt::Write;

/// A field: its path, what it takes, its default, and what it is for.
type Field = (&'static str, &'static str, &'static str, &'static str);

const FIELDS: [Field; 41] = [
    ("root", "folder", "`--root` or the images on this machine", "The store: an OCI image layout, served as it is."),
    ("addr", "address:port", "127.0.0.1:5000", "Where to listen. IPv6 addresses stand in brackets."),
    ("tls.certificate", "file", "none: plain HTTP", "The certificate and those between it and the authority, PEM."),
    ("tls.key", "file", "none", "The certificate's private key, PEM."),
    (
        "domain",
        "domain",
        "localhost",
        "The registry's own name, `sea.hub:5000`: that of repositories which nobody gave a domain.",
    ),
    (
        "known-as",
        "domains",
        "none",
        "Further names of its own, as when it is called otherwise by now and what was pushed stays under `domain`.",
    ),
    (
        "stands-for",
        "domains, *.domain",
        "none",
        "Domains for which clients are led here that cannot be told of another place, as docker: a request addressed to one of them \
         means its images.",
    ),
    ("read-only", "true, false", "false", "Refuse everything that would change the store."),
    (
        "users",
        "file",
        "none: everybody may do everything",
        "Users and passwords, as `htpasswd -B` writes them. Read again when it changes.",
    ),
    ("reads", "anonymous, authenticated", "anonymous", "Who may read where there are users; writes always need one."),
    ("readers", "names", "none", "Users who may only read."),
    (
        "token-key",
        "file",
        "made of `tls.key`, else another one at each start",
        "A secret of at least 32 characters that signs tokens. Registries with the same one take each other's.",
    ),
    (
        "garbage-hours",
        "hours",
        "0: only by `sealer registry gc`",
        "What no image needs goes after so long; looked for every hour.",
    ),
    ("log.requests", "none, refused, all", "refused", "Which requests are logged, one JSON document a line."),
    ("log.file", "file", "standard error", "The file that lines are appended to."),
    ("limits.connections", "number", "1024", "Connections at a time; more wait until one ends."),
    ("limits.uploads", "number", "64", "Uploads at a time; more are told to come back."),
    ("limits.head-bytes", "bytes", "65536", "A request's line and headers together; at least 8192."),
    ("limits.blob-bytes", "bytes", "274877906944", "One blob. Manifests have 8 MiB at most, always."),
    ("timeouts.head-seconds", "seconds", "60", "Until the head of a request is there, and between two requests."),
    ("timeouts.silence-seconds", "seconds", "60", "Without a byte while a body is under way, in either direction."),
    ("timeouts.upload-seconds", "seconds", "3600", "Until an upload that nobody goes on with is forgotten."),
    ("timeouts.stop-seconds", "seconds", "10", "For requests under way when the registry is told to stop."),
    (
        "upstreams.match",
        "domain, *.domain, *",
        "needed",
        "Whose images an upstream has; the most specific match is meant.",
    ),
    ("upstreams.url", "address", "the image's own domain", "Where it is, `https://host:port`; needed for `*`."),
    ("upstreams.mirrors", "addresses", "none", "Asked before it, in this order, without its password."),
    ("upstreams.username", "text", "none", "Who we are there."),
    ("upstreams.password-file", "file", "none", "The password and nothing else; read at the start."),
    ("upstreams.credential-helper", "name", "none", "`docker-credential-NAME` is asked who we are, for mirrors too."),
    ("upstreams.ca", "file", "the web's and the machine's", "The authority of its certificate, PEM."),
    ("upstreams.insecure", "true, false", "false", "Do not check its certificate; speak HTTP where there is no HTTPS."),
    ("upstreams.rewrite.from", "text", "empty", "The beginning of a repository's path that is taken away there."),
    ("upstreams.rewrite.to", "text", "empty", "What stands in its place: `mirror/`."),
    ("cache.bytes", "bytes", "107374182400", "Of what upstreams gave; what was used least recently goes first."),
    ("cache.unused-days", "days", "30", "What nobody has asked for in so long goes."),
    ("cache.tag-seconds", "seconds", "300", "A tag is believed before its upstream is asked whether it has moved."),
    ("peers.url", "address", "needed", "Another registry that gets what is pushed here, `https://host:port`."),
    ("peers.username", "text", "none", "Who we are there."),
    ("peers.password-file", "file", "none", "The password and nothing else; read at the start."),
    ("peers.ca", "file", "the web's and the machine's", "The authority of its certificate, PEM."),
    ("peers.insecure", "true, false", "false", "Do not check its certificate; speak HTTP where there is no HTTPS."),
];

/// The table of all fields, as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut text = "| field | takes | default | what it is for |\n|---|---|---|---|\n".to_owned();
    for (path, takes, default, purpose) in FIELDS {
        writeln!(text, "| `{path}` | {takes} | {default} | {purpose} |")
            .expect("a string takes all that is written to it");
    }
    text
}

/// The parser's message, with the name that was probably meant in place of its list of all names.
pub(super) fn explain(message: &str) -> String {
    let first = message.lines().next().unwrap_or(message);
    let Some((before, rest)) = first.split_once("unknown field `") else {
        return first.to_owned();
    };
    let Some((typed, rest)) = rest.split_once('`') else {
        return first.to_owned();
    };
    let (known, place) = rest.rsplit_once(" at line").unwrap_or((rest, ""));
    let place = if place.is_empty() { String::new() } else { format!(" at line{place}") };
    let names = known.rsplit_once("expected one of ").or_else(|| known.rsplit_once("expected "));
    let names = names.map_or("", |(_, names)| names).replace('`', "").replace(" or ", ", ");
    let known: Vec<&str> = names.split(", ").collect();
    match sealer_model::nearest::nearest(typed, &known) {
        Some(meant) => format!("{before}unknown field {typed}{place}; did you mean {meant}?"),
        None => format!("{before}unknown field {typed}{place}; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Configuration;

    #[test]
    fn every_field_of_the_table_is_one_of_the_type() {
        for (path, ..) in FIELDS {
            let within = |inner: String, part: &str| match part {
                "upstreams" | "peers" => format!("{{{part}: [{inner}]}}"),
                _ => format!("{{{part}: {inner}}}"),
            };
            let wrong = path.split('.').rev().fold("{\"\": []}".to_owned(), within);
            let error = Configuration::parse(&wrong).unwrap_err();
            assert!(!error.contains("unknown field"), "{path}: {error}");
        }
    }

    #[test]
    fn the_reference_page_has_the_table() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/registry.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let table = page.split_once("<!-- fields -->\n").and_then(|(_, rest)| rest.split_once("<!-- /fields -->"));
        assert_eq!(table.unwrap().0, reference(), "{} differs: put the right-hand side in", path.display());
    }

    #[test]
    fn every_field_of_the_type_is_in_the_table() {
        let names = |text: &str, within: &str| {
            let error = Configuration::parse(text).unwrap_err();
            let known = error.split_once("known are ").unwrap().1.to_owned();
            known.split(", ").map(|name| format!("{within}{name}")).collect::<Vec<_>>()
        };
        let mut found = names("xxxxxxxxxxxx: 1", "");
        for section in ["tls", "log", "limits", "timeouts"] {
            found.retain(|name| name != section);
            found.extend(names(&format!("{section}: {{xxxxxxxxxxxx: 1}}"), &format!("{section}.")));
        }
        let mut told: Vec<String> = FIELDS.iter().map(|(path, ..)| (*path).to_owned()).collect();
        for (section, text) in [
            ("cache.", "cache: {xxxxxxxxxxxx: 1}"),
            ("upstreams.", "upstreams: [{xxxxxxxxxxxx: 1}]"),
            ("peers.", "peers: [{xxxxxxxxxxxx: 1}]"),
            ("upstreams.rewrite.", "upstreams: [{rewrite: {xxxxxxxxxxxx: 1}}]"),
        ] {
            found.retain(|name| *name != section[..section.len() - 1]);
            found.extend(names(text, section));
        }
        found.sort();
        told.sort();
        assert_eq!(found, told);
    }
}
