//! The registry is killed in the middle of many pushes, again and again: what it acknowledged is there afterwards, whole, and
//! nothing that it gives out is anything but what was asked for.

use crate::surroundings::Surroundings;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use sealer_model::Digest;

const ROUNDS: u32 = 4;
const PUSHERS: u32 = 4;
/// Pushes that are acknowledged before the registry is killed.
const ACKNOWLEDGED: usize = 12;

fn start(here: &Surroundings) -> (Child, String) {
    let mut command = here.command(&["registry", "serve", "--addr", "127.0.0.1:0"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (process, line.trim().strip_prefix("http://").unwrap().to_owned())
}

/// One request on a connection of its own: the status and the body, or nothing when the registry went away.
fn ask(address: &str, method: &str, path: &str, kind: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse::<usize>().ok()?;
    let body = answer.split_off(end + 4);
    (body.len() == length).then_some((status, body))
}

/// Content that is different for every push and large enough to be cut in the middle.
fn layer(number: u32) -> Vec<u8> {
    number.to_le_bytes().iter().copied().cycle().take(300_000).collect()
}

fn manifest(config: &Digest, layer: &Digest) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":2}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{layer}","size":300000}}]}}"#
    )
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCTETS: &str = "application/octet-stream";

/// Pushes one image; true when every request was acknowledged.
fn push(address: &str, number: u32) -> bool {
    let (config, content) = (Digest::of(b"{}"), layer(number));
    let digest = Digest::of(&content);
    let upload = |digest: &Digest| format!("/v2/kill/image/blobs/uploads/?digest={digest}");
    let created = |answer: Option<(u16, Vec<u8>)>| answer.is_some_and(|(status, _)| status == 201);
    created(ask(address, "POST", &upload(&config), OCTETS, b"{}"))
        && created(ask(address, "POST", &upload(&digest), OCTETS, &content))
        && {
            let path = format!("/v2/kill/image/manifests/v{number}");
            created(ask(address, "PUT", &path, MANIFEST, manifest(&config, &digest).as_bytes()))
        }
}

/// Pushes until the registry is gone, and kills it when enough has been acknowledged.
fn push_and_kill(process: &mut Child, address: &str, next: &AtomicU32) -> Vec<u32> {
    let acknowledged = Mutex::new(Vec::new());
    let gone = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..PUSHERS {
            scope.spawn(|| {
                while !gone.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if push(address, number) {
                        acknowledged.lock().unwrap().push(number);
                    }
                }
            });
        }
        while acknowledged.lock().unwrap().len() < ACKNOWLEDGED {
            std::thread::yield_now();
        }
        process.kill().unwrap();
        process.wait().unwrap();
        gone.store(true, Ordering::Relaxed);
    });
    acknowledged.into_inner().unwrap()
}

/// Whatever is given out is what was asked for; what was acknowledged is given out.
fn check(address: &str, acknowledged: &[u32], all: u32) {
    for number in 0..all {
        let path = format!("/v2/kill/image/manifests/v{number}");
        let (status, body) = ask(address, "GET", &path, OCTETS, b"").unwrap();
        let content = layer(number);
        let digest = Digest::of(&content);
        let expected = manifest(&Digest::of(b"{}"), &digest);
        let there = status == 200;
        assert!(there || !acknowledged.contains(&number), "push {number} was acknowledged and is lost: {status}");
        assert!(!there || body == expected.as_bytes(), "manifest {number} is not what was pushed");
        let (status, body) = ask(address, "GET", &format!("/v2/kill/image/blobs/{digest}"), OCTETS, b"").unwrap();
        assert!(status == 200 || !there, "the layer of image {number} is lost: {status}");
        assert!(status != 200 || body == content, "layer {number} is not what was pushed");
    }
}

#[test]
fn no_acknowledged_push_is_lost_and_no_bad_byte_is_served_when_the_registry_is_killed() {
    let here = Surroundings::new();
    let next = AtomicU32::new(0);
    let mut acknowledged = Vec::new();
    for _ in 0..ROUNDS {
        let (mut process, address) = start(&here);
        acknowledged.extend(push_and_kill(&mut process, &address, &next));
        let (mut process, address) = start(&here);
        check(&address, &acknowledged, next.load(Ordering::Relaxed));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let verified = here.sealer(&["registry", "verify"]).done();
    assert!(verified.contains("0 damaged, 0 missing"), "{verified}");
}
