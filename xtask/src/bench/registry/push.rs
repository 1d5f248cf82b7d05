//! The push of the whole set into a fresh registry of each kind: by a client of our own that costs next to nothing, and by skopeo,
//! whose own work is the larger part of the time.

use super::client::Client;
use super::servers::Ours;
use crate::bench::image::registry::Registry;
use crate::bench::image::set::{self, Image};
use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Copies at a time.
const AT_A_TIME: usize = 4;

/// Images per second, ours and the peer's.
pub(super) type Rates = (f64, f64);

/// One image of the set to an address.
type Copy = fn(&Path, usize, &str) -> Result<()>;

/// Pushes the set to both.
pub(super) fn round(binary: &Path, layout: &Path, scratch: &Path, copy: Copy) -> Result<Rates> {
    let ours = {
        let ours = Ours::start(binary, &scratch.join("ours"), None)?;
        all(layout, &ours.address, copy)?
    };
    let peer = {
        let peer = Registry::start(&scratch.join("docker-registry"))?;
        all(layout, &peer.address, copy)?
    };
    folders::remove(scratch)?;
    Ok((ours, peer))
}

/// Copies one image of the set with skopeo.
pub(super) fn by_skopeo(layout: &Path, number: usize, address: &str) -> Result<()> {
    let name = set::name(number);
    let program = Program::new("skopeo").arguments(["--insecure-policy", "copy", "--quiet", "--preserve-digests"]);
    let program = program.argument("--dest-tls-verify=false");
    let from = format!("oci:{}:{name}", layout.display());
    program.arguments([from, format!("docker://{address}/bench/{name}:1")]).output().map(drop)
}

/// Copies one image of the set with the client that costs nothing.
pub(super) fn by_hand(layout: &Path, number: usize, address: &str) -> Result<()> {
    let (repository, image) = (format!("bench/{}", set::name(number)), Image::read(layout, number)?);
    let mut client = Client::connect(address)?;
    for digest in image.blobs()? {
        client.push_blob(&repository, &digest, &set::blob(layout, &digest)?)?;
    }
    client.push_manifest(&format!("/v2/{repository}/manifests/1"), &image.manifest)
}

/// Copies all of the set, and tells how many a second.
pub(super) fn all(layout: &Path, address: &str, copy: Copy) -> Result<f64> {
    rustix::fs::sync();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= set::IMAGES {
                return Ok(());
            }
            copy(layout, number, address)?;
        }
    };
    let began = Instant::now();
    together(AT_A_TIME, |_| work())?;
    Ok(set::IMAGES as f64 / began.elapsed().as_secs_f64())
}

/// Does the work on so many threads, each with its number, and waits for all.
pub(super) fn together(threads: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    let work = &work;
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|number| scope.spawn(move || work(number))).collect();
        let ended = workers.into_iter().map(|worker| worker.join());
        ended.map(|ended| ended.unwrap_or_else(|_| Err(Error::unmet("a client ended abnormally")))).collect()
    });
    results.into_iter().collect()
}
