//! Which part of a chart is printed, and charts that a registry has.

use crate::registry::Registry;
use crate::surroundings::Surroundings;
use flate2::Compression;
use flate2::write::GzEncoder;
use sealer_model::Digest;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Documents of several kinds, a hook and a test in one chart.
const FILES: [(&str, &str); 6] = [
    ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.2.3+4\n"),
    ("templates/all.yaml", "kind: Service\nmetadata: {name: s}\n---\nkind: Namespace\nmetadata: {name: n}\n"),
    ("templates/sub/map.yaml", "kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"),
    (
        "templates/hook.yaml",
        "kind: Job\nmetadata:\n  name: h\n  annotations: {helm.sh/hook: \"pre-install,pre-upgrade\", helm.sh/hook-weight: \"-5\"}\n",
    ),
    (
        "templates/tests/t.yaml",
        "kind: Pod\nmetadata:\n  name: t\n  annotations: {helm.sh/hook: test}\nspec: {containers: [{name: a, image: 'r.io/t:1'}]}\n",
    ),
    ("templates/NOTES.txt", "nothing to print"),
];

fn chart(here: &Surroundings) {
    FILES.iter().for_each(|(name, text)| here.write(&format!("web/{name}"), text));
}

/// The templates that a printed text names, in their order.
fn sources(printed: &str) -> Vec<&str> {
    printed.lines().filter_map(|line| line.strip_prefix("# Source: web/templates/")).collect()
}

#[test]
fn documents_come_in_the_order_of_installation_and_hooks_last() {
    let here = Surroundings::new();
    chart(&here);
    let printed = |more: &[&str]| here.sealer(&[&["chart", "template", "web"], more].concat()).done();
    let all = printed(&[]);
    assert_eq!(sources(&all), ["all.yaml", "sub/map.yaml", "all.yaml", "tests/t.yaml", "hook.yaml"]);
    assert!(all.starts_with("---\n# Source: web/templates/all.yaml\nkind: Namespace\n"), "{all}");
    assert_eq!(sources(&printed(&["--no-hooks"])), ["all.yaml", "sub/map.yaml", "all.yaml"]);
    assert_eq!(sources(&printed(&["--skip-tests"])), ["all.yaml", "sub/map.yaml", "all.yaml", "hook.yaml"]);
}

#[test]
fn only_the_templates_that_are_named_are_shown() {
    let here = Surroundings::new();
    chart(&here);
    let shown = |more: &[&str]| here.sealer(&[&["chart", "template", "web", "--name", "r"], more].concat());
    let map = "---\n# Source: web/templates/sub/map.yaml\nkind: ConfigMap\nmetadata: {name: r}\n";
    assert_eq!(shown(&["--show-only", "templates/sub/map.yaml"]).done(), map);
    assert_eq!(shown(&["-s", "templates/sub/*.yaml"]).done(), map);
    let two = shown(&["-s", "templates/sub/map.yaml", "-s", "templates/all.yaml"]).done();
    assert_eq!(sources(&two), ["sub/map.yaml", "all.yaml", "all.yaml"]);
    let ended = shown(&["-s", "templates/none.yaml"]).ended(1);
    assert!(ended.stderr.contains("could not find template templates/none.yaml in chart"), "{}", ended.stderr);
    let ended = shown(&["-s", "templates/hook.yaml", "--no-hooks"]).ended(1);
    assert!(ended.stderr.contains("templates/hook.yaml"), "{}", ended.stderr);
}

/// The chart as helm packs it.
fn packed() -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, text) in FILES {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("web/{name}"), text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// One request to a registry; the head of the answer.
fn ask(address: &str, method: &str, path: &str, kind: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Puts bytes into a repository, and gives their descriptor.
fn put_blob(address: &str, repository: &str, kind: &str, bytes: &[u8]) -> serde_json::Value {
    let digest = Digest::of(bytes).to_string();
    let opened = ask(address, "POST", &format!("/v2/{repository}/blobs/uploads/"), "application/octet-stream", b"");
    let place = opened.lines().find_map(|line| line.to_lowercase().starts_with("location:").then(|| line[9..].trim()));
    let place = place.unwrap_or_else(|| panic!("{opened}")).trim_start_matches(&format!("http://{address}"));
    let sign = if place.contains('?') { '&' } else { '?' };
    let kept = ask(address, "PUT", &format!("{place}{sign}digest={digest}"), "application/octet-stream", bytes);
    assert!(kept.starts_with("HTTP/1.1 201"), "{kept}");
    serde_json::json!({"mediaType": kind, "digest": digest, "size": bytes.len()})
}

#[test]
fn a_chart_of_a_registry_is_as_good_as_a_folder() {
    let (registry, here) = (Registry::start(), Surroundings::new());
    let (address, repository) = (registry.address.as_str(), "charts/web");
    let config = put_blob(address, repository, "application/vnd.cncf.helm.config.v1+json", br#"{"name":"web"}"#);
    let content = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    let layer = put_blob(address, repository, content, &packed());
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = serde_json::json!({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer]});
    // a plus of the version is no letter of a tag
    let path = format!("/v2/{repository}/manifests/1.2.3_4");
    let named = ask(address, "PUT", &path, kind, manifest.to_string().as_bytes());
    assert!(named.starts_with("HTTP/1.1 201"), "{named}");

    chart(&here);
    let folder = here.sealer(&["chart", "template", "web", "--name", "r"]).done();
    let chart = format!("oci://{address}/charts/web");
    let words = ["chart", "template", &chart, "--version", "1.2.3+4", "--name", "r", "--insecure-registry", address];
    assert_eq!(here.sealer(&words).done(), folder);
    let tagged = format!("{chart}:1.2.3_4");
    let images = here.sealer(&["chart", "images", &tagged, "--insecure-registry", address]).done();
    assert!(images.contains("r.io/t:1"), "{images}");
    let ended =
        here.sealer(&["chart", "template", &chart, "--version", "9.9.9", "--insecure-registry", address]).ended(1);
    assert!(ended.stderr.contains("cannot pull the chart") && ended.stderr.contains("9.9.9"), "{}", ended.stderr);
}
