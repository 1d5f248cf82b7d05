//! The push of the whole set by skopeo, into a fresh registry of each kind. Several skopeo at a time, because one alone measures
//! mostly itself.

use super::servers::Ours;
use crate::bench::image::registry::Registry;
use crate::bench::image::set;
use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Copies at a time.
const AT_A_TIME: usize = 4;

/// Images per second, ours and the peer's.
pub(super) fn round(binary: &Path, layout: &Path, scratch: &Path) -> Result<(f64, f64)> {
    let ours = {
        let ours = Ours::start(binary, &scratch.join("ours"))?;
        all(layout, &ours.address)?
    };
    let peer = {
        let peer = Registry::start(&scratch.join("docker-registry"))?;
        all(layout, &peer.address)?
    };
    folders::remove(scratch)?;
    Ok((ours, peer))
}

/// Copies one image of the set.
pub(super) fn copy(layout: &Path, number: usize, address: &str) -> Result<()> {
    let name = set::name(number);
    let program = Program::new("skopeo").arguments(["--insecure-policy", "copy", "--quiet", "--preserve-digests"]);
    let program = program.argument("--dest-tls-verify=false");
    let from = format!("oci:{}:{name}", layout.display());
    program.arguments([from, format!("docker://{address}/bench/{name}:1")]).output().map(drop)
}

fn all(layout: &Path, address: &str) -> Result<f64> {
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
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| worker.join());
        ended.map(|ended| ended.unwrap_or_else(|_| Err(Error::unmet("a push ended abnormally")))).collect()
    });
    results.into_iter().collect::<Result<Vec<()>>>()?;
    Ok(set::IMAGES as f64 / began.elapsed().as_secs_f64())
}
