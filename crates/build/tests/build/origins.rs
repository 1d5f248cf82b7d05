//! Files from elsewhere: the web, archives of charts, other images.

use crate::fixture::Workshop;
use sealer_build::{Options, PullPolicy};
use sealer_model::Digest;
use sealer_model::image::{ApplicationType, Descriptor};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A web server with one file under every path, which knows whether a client has it already.
struct Server {
    address: String,
    /// Whether it has gone away: it hangs up on everybody.
    gone: Arc<AtomicBool>,
    /// The status of every answer so far.
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Server {
    fn start(content: Vec<u8>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let answers: Arc<Mutex<Vec<u16>>> = Arc::default();
        let seen = Arc::clone(&answers);
        let gone: Arc<AtomicBool> = Arc::default();
        let is_gone = Arc::clone(&gone);
        // it ends with the test's process
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if is_gone.load(Ordering::SeqCst) {
                    continue;
                }
                let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let known = head.iter().any(|line| line.eq_ignore_ascii_case("if-none-match: \"one\""));
                let (status, body) = if known { (304, &[][..]) } else { (200, &content[..]) };
                seen.lock().unwrap().push(status);
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} x\r\netag: \"one\"\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).unwrap();
            }
        });
        Self { address, gone, answers }
    }
}

const CHART: &str = "apiVersion: v2\nname: cache\nversion: 1.0.0\n";
const MAP: &str = "kind: ConfigMap\nmetadata: {name: c}\n";

/// The archive of a chart without a folder of its own in the context.
fn chart() -> Vec<u8> {
    archive(&[("cache/Chart.yaml", CHART), ("cache/values.yaml", "size: 1\n"), ("cache/templates/c.yaml", MAP)])
}

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// The paths in the last layer of an image.
fn last_layer(workshop: &Workshop, built: &sealer_build::Built) -> Vec<String> {
    let (manifest, _) = workshop.rootfs(built, &crate::fixture::amd64());
    paths(workshop, manifest.layers.last().unwrap())
}

fn paths(workshop: &Workshop, layer: &Descriptor) -> Vec<String> {
    let blob = workshop.store.open_blob(&layer.digest).unwrap();
    let mut archive = tar::Archive::new(zstd::Decoder::new(blob).unwrap());
    archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect()
}

#[test]
fn a_file_from_the_web_is_added_and_fetched_again_only_when_it_has_changed() {
    let server = Server::start(b"tool".to_vec());
    let kubefile = format!("FROM scratch\nADD {}/files/tool?x=1 bin/\n", server.address);
    let workshop = Workshop::new(&[("Kubefile", &kubefile)]);
    let first = workshop.build("demo/app:v1");
    assert_eq!(last_layer(&workshop, &first), ["bin/tool"]);
    assert_eq!(workshop.build("demo/app:v1").descriptor, first.descriptor);
    assert_eq!(*server.answers.lock().unwrap(), [200, 304]);
}

#[test]
fn a_file_that_was_fetched_before_will_do_when_its_server_is_gone_or_may_not_be_asked() {
    let server = Server::start(b"tool".to_vec());
    let kubefile = format!("FROM scratch\nADD {}/tool bin/\n", server.address);
    let workshop = Workshop::new(&[("Kubefile", &kubefile)]);
    let with = |pull_policy| Options { pull_policy, ..workshop.options("demo/app:v1") };
    let refused = workshop.refused(with(PullPolicy::Never));
    assert!(refused.contains("/tool is not in the store, and the pull policy forbids to fetch it"), "{refused}");
    let first = workshop.build("demo/app:v1");
    for policy in [PullPolicy::Never, PullPolicy::Missing] {
        assert_eq!(workshop.build_with(with(policy)).unwrap().descriptor, first.descriptor);
    }
    assert_eq!(*server.answers.lock().unwrap(), [200]);
    server.gone.store(true, Ordering::SeqCst);
    assert_eq!(workshop.build("demo/app:v1").descriptor, first.descriptor);
    let warnings = workshop.warnings.lock().unwrap().clone();
    assert!(warnings[0].contains("/tool is taken as the store has it"), "{warnings:?}");
    assert!(workshop.build_with(with(PullPolicy::Always)).is_err());
}

#[test]
fn an_application_never_leaves_the_context_and_an_ignored_archive_is_not_there() {
    let workshop = Workshop::new(&[(".kubeignore", "hidden.tgz\n")]);
    let outside = workshop.context().join("../outside.tgz");
    for path in [&outside, &workshop.context().join("hidden.tgz")] {
        std::fs::write(path, chart()).unwrap();
    }
    std::os::unix::fs::symlink(&outside, workshop.context().join("link.tgz")).unwrap();
    for (source, message) in [
        (outside.canonicalize().unwrap().display().to_string(), "no such file in the build context"),
        ("../outside.tgz".to_owned(), "../outside.tgz leaves the build context"),
        ("link.tgz".to_owned(), "link.tgz leads out of the build context"),
        ("hidden.tgz".to_owned(), "hidden.tgz: no such file in the build context"),
    ] {
        workshop.write("Kubefile", &format!("FROM scratch\nAPP web local://{source}\n"));
        let error = workshop.refused(workshop.options("demo/app:v1"));
        assert!(error.contains(message) && error.contains("Kubefile:2:"), "{source}: {error}");
    }
}

#[test]
fn a_pattern_that_means_one_archive_means_the_chart_in_it() {
    let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nAPP web local://charts/cache-*.tgz\n")]);
    std::fs::create_dir(workshop.context().join("charts")).unwrap();
    std::fs::write(workshop.context().join("charts/cache-1.0.0.tgz"), chart()).unwrap();
    let paths = last_layer(&workshop, &workshop.build("demo/app:v1"));
    assert!(paths.contains(&"application/apps/web/Chart.yaml".to_owned()), "{paths:?}");
}

#[test]
fn an_archive_that_no_chart_could_be_is_copied_without_being_unpacked() {
    let workshop =
        Workshop::new(&[("Kubefile", "FROM scratch\nAPP data local://data.tar.gz\nAPPCMDS data [\"true\"]\n")]);
    let zeros = "0".repeat(120 << 20);
    std::fs::write(workshop.context().join("data.tar.gz"), archive(&[("data/zeros", &zeros)])).unwrap();
    let paths = last_layer(&workshop, &workshop.build("demo/app:v1"));
    assert_eq!(paths.last().unwrap(), "application/apps/data/data.tar.gz");
}

#[test]
fn a_checksum_is_checked_and_makes_the_second_request_needless() {
    let server = Server::start(b"tool".to_vec());
    let add = |digest: &Digest| format!("FROM scratch\nADD --checksum={digest} {}/tool bin/\n", server.address);
    let workshop = Workshop::new(&[("Kubefile", &add(&Digest::of(b"other")))]);
    let error = workshop.refused(workshop.options("demo/app:v1"));
    assert!(error.contains("Kubefile:2:") && error.contains("is damaged: expected"), "{error}");
    workshop.write("Kubefile", &add(&Digest::of(b"tool")));
    let first = workshop.build("demo/app:v1");
    assert_eq!(workshop.build("demo/app:v1").descriptor, first.descriptor);
    assert_eq!(server.answers.lock().unwrap().len(), 2, "once for each of the digests");
}

#[test]
fn what_cannot_be_trusted_is_not_fetched() {
    for (line, message) in [
        ("ADD http://files.example/tool bin/", "without TLS anybody could change the file"),
        ("ADD https://user:secret@files.example/tool bin/", "do not belong into an address"),
        ("ADD --checksum=md5:1 https://files.example/tool bin/", "is no checksum"),
        ("APP web --checksum=sha256:1 local://x", "--checksum belongs to a file from a URL"),
        ("APP web oci://r.example/charts/web", "names no version of the chart"),
        ("COPY --from=UPPER a b", "is not an image name"),
    ] {
        let workshop = Workshop::new(&[("Kubefile", &format!("FROM scratch\n{line}\n"))]);
        let error = workshop.refused(workshop.options("demo/app:v1"));
        assert!(error.contains(message) && error.contains("Kubefile:2:"), "{line}: {error}");
        assert!(!error.contains("secret@") || error.contains("ADD https://user"), "{error}");
    }
}

#[test]
fn the_archive_of_a_chart_becomes_an_application_wherever_it_is() {
    let server = Server::start(chart());
    let kubefile =
        format!("FROM scratch\nAPP here local://cache-1.0.0.tgz\nAPP there {}/cache-1.0.0.tgz\n", server.address);
    let workshop = Workshop::new(&[("Kubefile", &kubefile)]);
    std::fs::write(workshop.context().join("cache-1.0.0.tgz"), chart()).unwrap();
    let built = workshop.build("demo/app:v1");
    let paths = last_layer(&workshop, &built);
    for path in ["Chart.yaml", "values.yaml", "templates/c.yaml"] {
        assert!(paths.contains(&format!("application/apps/there/{path}")), "{paths:?}");
    }
    let (manifest, _) = workshop.rootfs(&built, &crate::fixture::amd64());
    let extension = &manifest.annotations[sealer_model::image::annotation::EXTENSION];
    let extension: sealer_model::image::Extension = serde_json::from_str(extension).unwrap();
    assert!(extension.applications.iter().all(|each| each.application_type == ApplicationType::Helm), "{extension:?}");
}

#[test]
fn an_archive_that_is_no_chart_stays_an_archive() {
    let workshop = Workshop::new(&[
        ("Kubefile", "FROM scratch\nAPP data local://data.tgz\nAPPCMDS data [\"true\"]\n"),
        ("data.tgz", "none"),
    ]);
    assert_eq!(last_layer(&workshop, &workshop.build("demo/app:v1")).last().unwrap(), "application/apps/data/data.tgz");
}

#[test]
fn files_are_copied_from_another_image() {
    let workshop = Workshop::new(&[
        ("Kubefile", "FROM scratch\nCOPY tools tools/\n"),
        ("tools/a.sh", "a"),
        ("tools/b.sh", "b"),
        ("tools/c/d", "d"),
    ]);
    workshop.build("demo/tools:v1");
    workshop.write("Kubefile", "FROM scratch\nCOPY --from=demo/tools:v1 tools/*.sh tools/c bin/\n");
    assert_eq!(last_layer(&workshop, &workshop.build("demo/app:v1")), ["bin/", "bin/a.sh", "bin/b.sh", "bin/d"]);
    workshop.write("Kubefile", "FROM scratch\nCOPY --from=demo/tools:v1 none bin/\n");
    let error = workshop.refused(workshop.options("demo/app:v1"));
    assert!(error.contains("Kubefile:2:27: none: no such file"), "{error}");
}

#[test]
fn an_ignore_file_counts_for_the_context_alone() {
    let kubefile = "FROM scratch\nAPP web local://web.tgz\nCOPY .kubeignore etc/\nCOPY --from=demo/one:v1 / parts/\n";
    let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nCOPY all/ .\n")]);
    for (name, text) in [(".kubeignore", "*\n"), (".dockerignore", "etc\n"), ("etc/a", "a")] {
        workshop.write(&format!("all/{name}"), text);
    }
    workshop.build("demo/one:v1");
    workshop.write("Kubefile", kubefile);
    workshop.write(".kubeignore", "left-out\n");
    let chart = [("web/Chart.yaml", CHART), ("web/values.yaml", "a: 1\n"), ("web/templates/c.yaml", MAP)];
    let ignoring = [&[("web/.kubeignore", "templates/c.yaml\n")], &chart[..]].concat();
    std::fs::write(workshop.context().join("web.tgz"), archive(&ignoring)).unwrap();
    let built = workshop.build("demo/two:v1");
    let (manifest, _) = workshop.rootfs(&built, &crate::fixture::amd64());
    let layers = manifest.layers.iter().map(|layer| paths(&workshop, layer));
    let all: Vec<String> = layers.flatten().collect();
    for path in ["application/apps/web/templates/c.yaml", "parts/.kubeignore", "parts/etc/a", "etc/.kubeignore"] {
        assert!(all.contains(&path.to_owned()), "{path} is not in {all:?}");
    }
}

#[test]
fn a_file_that_is_not_the_locked_one_is_refused() {
    let server = Server::start(b"tool".to_vec());
    let add = |server: &Server| format!("FROM scratch\nADD {}/tool bin/\n", server.address);
    let workshop = Workshop::new(&[("Kubefile", &add(&server))]);
    let path = workshop.context().join("Kubefile.lock");
    let built = workshop.build_with(Options { lock: Some(path.clone()), ..workshop.options("demo/app:v1") }).unwrap();
    let locked = |workshop: &Workshop| {
        let locked = Some(sealer_build::Lock::read(&path).unwrap());
        Options { locked, ..workshop.options("demo/app:v1") }
    };
    // known by its digest, it needs no server
    assert_eq!(workshop.build_with(locked(&workshop)).unwrap().descriptor, built.descriptor);
    assert_eq!(server.answers.lock().unwrap().len(), 1);
    let text = std::fs::read_to_string(&path).unwrap();
    let other = Digest::of(b"other");
    std::fs::write(&path, text.replace(Digest::of(b"tool").as_str(), other.as_str())).unwrap();
    let refused = workshop.refused(locked(&workshop));
    assert!(refused.contains("is damaged: expected") && refused.contains(other.as_str()), "{refused}");
    let elsewhere = Server::start(b"tool".to_vec());
    workshop.write("Kubefile", &add(&elsewhere));
    assert!(workshop.refused(locked(&workshop)).contains("/tool is not in the lock"));
}
