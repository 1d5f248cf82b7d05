//! `bench registry`: our registry beside Debian's docker-registry and nginx, on this machine in the same minutes. Manifests by tag
//! beside docker-registry, large blobs beside nginx with sendfile, the push of a set of images beside docker-registry, and the
//! memory that many connections take. All three serve the same bytes; they take turns, and the middle of the rounds counts.

mod push;
mod servers;
mod wrk;

use super::Figure;
use super::image::registry::Registry;
use super::image::set;
use crate::dist;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::prepare;
use servers::{Nginx, Ours};
use std::path::Path;
use wrk::Load;

/// Names a program to measure instead of building one: an older one, for example.
const BINARY: &str = "SEALER_BINARY";
/// How often everything is measured.
const ROUNDS: usize = 3;
/// Bytes of the large blob.
const BLOB: usize = 8 << 20;
/// Ours for manifests is at least so many times the peer's.
const MANIFESTS: f64 = 10.0;
/// The same for the push of the set.
const PUSH: f64 = 2.0;
/// What 500 connections may take, in MB.
const MEMORY: f64 = 64.0;

/// Fills the three servers, and measures.
pub(super) fn measure(folders: &Folders) -> Result<Vec<Figure>> {
    prepare::run()?;
    let binary = match std::env::var_os(BINARY).filter(|path| !path.is_empty()) {
        Some(given) => given.into(),
        None => dist::build(folders)?,
    };
    let scratch = folders.cache.join("bench-registry");
    folders::remove(&scratch)?;
    folders::create(&scratch)?;
    let figures = figures(&binary, &scratch);
    folders::remove(&scratch)?;
    figures
}

fn figures(binary: &Path, scratch: &Path) -> Result<Vec<Figure>> {
    println!("    making {} container images", set::IMAGES);
    let layout = scratch.join("set");
    set::write(&layout)?;
    let mut pushes = Vec::new();
    for round in 0..ROUNDS {
        pushes.push(push::round(binary, &layout, &scratch.join(format!("push{round}")))?);
    }
    let ours = Ours::start(binary, &scratch.join("ours"))?;
    let peer = Registry::start(&scratch.join("docker-registry"))?;
    for address in [&ours.address, &peer.address] {
        push::copy(&layout, 0, address)?;
    }
    let blob = ours.put_blob(BLOB)?;
    let nginx = Nginx::start(&scratch.join("nginx"), &ours.blob_file(&blob))?;
    let manifest = format!("/v2/bench/{}/manifests/1", set::name(0));
    let manifests = |address: &str| Load::new(16, address, &manifest).per_second();
    let blobs = |address: &str, path: &str| {
        Load::new(8, address, path).per_second().map(|rate| rate * BLOB as f64 / f64::from(1 << 20))
    };
    let blob = format!("/v2/bench/{}/blobs/sha256:{blob}", set::name(0));
    let (mut manifest_rates, mut blob_rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        manifest_rates.push((manifests(&ours.address)?, manifests(&peer.address)?));
        blob_rates.push((blobs(&ours.address, &blob)?, blobs(&nginx.address, "/blob")?));
    }
    for path in [&manifest, &blob] {
        Load::new(500, &ours.address, path).per_second()?;
    }
    let memory = ours.peak_megabytes()?;
    Ok(vec![
        beside("manifests by tag, 16 connections (1/s), beside docker-registry", &manifest_rates, MANIFESTS),
        beside("8 MB blobs, 8 connections (MB/s), beside nginx", &blob_rates, 1.0),
        beside("push of 40 images by skopeo (images/s), beside docker-registry", &pushes, PUSH),
        Figure {
            case: "memory at 500 connections (MB)".to_owned(),
            ours: memory,
            peer: None,
            ratio: None,
            bound: format!("ours <= {MEMORY} MB"),
            holds: memory <= MEMORY,
        },
    ])
}

/// A figure of rates, where more is better.
fn beside(case: &str, rates: &[(f64, f64)], bound: f64) -> Figure {
    let ours = middle(rates.iter().map(|(ours, _)| *ours));
    let peer = middle(rates.iter().map(|(_, peer)| *peer));
    let ratio = ours / peer;
    Figure {
        case: case.to_owned(),
        ours,
        peer: Some(peer),
        ratio: Some(ratio),
        bound: format!("ours >= {bound} x peer"),
        holds: ratio >= bound,
    }
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The number that follows a word in a program's output.
fn number_after(text: &str, word: &str) -> Result<f64> {
    let rest = text.split_once(word).map(|(_, rest)| rest.trim_start());
    let number = rest.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse().ok());
    number.ok_or_else(|| Error::unmet(format!("there is no number after {word:?} in:\n{text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_rounds_counts() {
        let figure = beside("x", &[(10.0, 1.0), (30.0, 2.0), (20.0, 3.0)], 10.0);
        assert_eq!((figure.ours, figure.peer, figure.ratio, figure.holds), (20.0, Some(2.0), Some(10.0), true));
    }

    #[test]
    fn a_number_is_found_after_its_word() -> Result<()> {
        assert_eq!(number_after("  2 requests\nRequests/sec:  1234.50\nTransfer/sec: 1GB", "Requests/sec:")?, 1234.5);
        assert!(number_after("nothing", "Requests/sec:").is_err());
        Ok(())
    }
}
