//! `bench registry`: our registry beside Debian's docker-registry and nginx, on this machine in the same minutes. Manifests by tag
//! beside docker-registry, large blobs beside nginx with sendfile, the push of a set of images and its pull through a cold proxy
//! beside docker-registry, and the memory that many connections take. They take turns. Of loads the middle of the ratios of those
//! that followed each other counts, because the machine's other work is about the same for both of a pair; of what takes longer the
//! best round counts for each, because other work only makes them slower.

mod client;
mod proxy;
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
use proxy::Cold;
use push::Rates;
use servers::{Nginx, Ours};
use std::path::Path;
use wrk::Load;
/// How often everything is measured.
const ROUNDS: usize = 3;
/// Loads of a few seconds are cheaper to repeat.
const LOADS: usize = 9;
/// Bytes of the large blob.
const BLOB: usize = 8 << 20;
/// Ours for manifests is at least so many times the peer's.
const MANIFESTS: f64 = 10.0;
/// The same for the push of the set.
const PUSH: f64 = 2.0;
/// By skopeo it is at least no slower.
const SKOPEO: f64 = 1.0;
/// Pulls through our cold proxy take at most so many times what they take through the peer's.
const COLD: f64 = 1.0;
/// What 500 connections may take, in MB.
const MEMORY: f64 = 64.0;

/// Fills the three servers, and measures.
pub(super) fn measure(folders: &Folders) -> Result<Vec<Figure>> {
    prepare::run()?;
    let binary = dist::binary(folders)?;
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
    let mut figures = served(binary, scratch, &layout)?;
    let (mut pushes, mut by_skopeo, mut pulls) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let scratch = scratch.join(format!("round{round}"));
        pushes.push(push::round(binary, &layout, &scratch, push::by_hand)?);
        by_skopeo.push(push::round(binary, &layout, &scratch, push::by_skopeo)?);
        pulls.push(proxy::round(binary, &layout, &scratch)?);
    }
    figures.push(beside("push of 40 images (images/s), beside docker-registry", &pushes, PUSH));
    figures.push(beside("the same by skopeo (images/s), mostly skopeo's own time", &by_skopeo, SKOPEO));
    figures.extend(cold(&pulls));
    Ok(figures)
}

/// What wrk measures: all servers have the same bytes and run at the same time, with one of them under load.
fn served(binary: &Path, scratch: &Path, layout: &Path) -> Result<Vec<Figure>> {
    let ours = Ours::start(binary, &scratch.join("ours"), None)?;
    let secured = secured(binary, scratch, &ours)?;
    let peer = Registry::start(&scratch.join("docker-registry"))?;
    for address in [&ours.address, &peer.address] {
        push::by_hand(layout, 0, address)?;
    }
    let blob = ours.put_blob(BLOB)?;
    let nginx = Nginx::start(&scratch.join("nginx"), &ours.blob_file(&blob))?;
    let manifest = format!("/v2/bench/{}/manifests/1", set::name(0));
    let manifests = |address: &str| Load::new(16, address, &manifest).per_second();
    let blobs = |address: &str, path: &str| {
        Load::new(8, address, path).per_second().map(|rate| rate * BLOB as f64 / f64::from(1 << 20))
    };
    let blob = format!("/v2/bench/{}/blobs/sha256:{blob}", set::name(0));
    let (mut manifest_rates, mut blob_rates, mut secured_rates) = (Vec::new(), Vec::new(), Vec::new());
    for load in 0..LOADS {
        manifest_rates.push(in_turns(load, || manifests(&ours.address), || manifests(&peer.address))?);
        blob_rates.push(in_turns(load, || blobs(&ours.address, &blob), || blobs(&nginx.address, "/blob"))?);
        let by_nginx = || blobs(&nginx.secured, "/blob");
        secured_rates.push(in_turns(load, || blobs(&secured.address, &blob), by_nginx)?);
    }
    for (address, path) in
        [(&ours.address, &manifest), (&ours.address, &blob), (&secured.address, &manifest), (&secured.address, &blob)]
    {
        Load::new(500, address, path).per_second()?;
    }
    Ok(vec![
        paired("manifests by tag, 16 connections (1/s), beside docker-registry", &manifest_rates, Some(MANIFESTS)),
        paired("8 MB blobs, 8 connections (MB/s), beside nginx", &blob_rates, Some(1.0)),
        paired("the same over TLS", &secured_rates, None),
        memory("memory at 500 connections (MB)", ours.peak_megabytes()?),
        memory("the same over TLS", secured.peak_megabytes()?),
    ])
}

/// The same store over TLS, with a certificate made for the bench, which nginx uses as well.
fn secured(binary: &Path, scratch: &Path, ours: &Ours) -> Result<Ours> {
    let (certificate, key) = servers::certificate(scratch)?;
    let configuration = scratch.join("secured.yaml");
    let text = format!("tls: {{certificate: {}, key: {}}}\n", certificate.display(), key.display());
    folders::write(&configuration, text)?;
    Ours::beside(binary, ours, &configuration)
}

/// Who goes first changes, so that neither always meets what the other leaves behind.
fn in_turns(load: usize, ours: impl Fn() -> Result<f64>, peer: impl Fn() -> Result<f64>) -> Result<Rates> {
    if load.is_multiple_of(2) {
        let ours = ours()?;
        return Ok((ours, peer()?));
    }
    let peer = peer()?;
    Ok((ours()?, peer))
}

/// A figure of rates that were measured in pairs: the middle of their ratios. Without a bound it is only told.
fn paired(case: &str, rates: &[Rates], bound: Option<f64>) -> Figure {
    let middle = |value: fn(&Rates) -> f64| {
        let mut values: Vec<f64> = rates.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let ratio = middle(|rates| rates.0 / rates.1);
    Figure {
        case: case.to_owned(),
        ours: middle(|rates| rates.0),
        peer: Some(middle(|rates| rates.1)),
        ratio: Some(ratio),
        bound: bound.map_or_else(|| "none".to_owned(), |bound| format!("ours >= {bound} x peer")),
        holds: bound.is_none_or(|bound| ratio >= bound),
    }
}

fn memory(case: &str, megabytes: f64) -> Figure {
    Figure {
        case: case.to_owned(),
        ours: megabytes,
        peer: None,
        ratio: None,
        bound: format!("ours <= {MEMORY} MB"),
        holds: megabytes <= MEMORY,
    }
}

/// A figure of rates, where more is better.
fn beside(case: &str, rates: &[Rates], bound: f64) -> Figure {
    let best = |rate: fn(&Rates) -> f64| rates.iter().map(rate).fold(f64::NAN, f64::max);
    let (ours, peer) = (best(|rates| rates.0), best(|rates| rates.1));
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

/// The figures of pulls through a cold proxy: of what the upstream was asked for the worst round counts, of the times the best.
fn cold(rounds: &[(Cold, Cold)]) -> [Figure; 2] {
    let over = |one: fn(f64, f64) -> f64, value: fn(&Cold) -> f64| {
        let both = rounds.iter().map(|(ours, peer)| (value(ours), value(peer)));
        both.fold((f64::NAN, f64::NAN), |so_far, next| (one(so_far.0, next.0), one(so_far.1, next.1)))
    };
    let figure = |case: &str, (ours, peer): (f64, f64), bound: String, holds: bool| Figure {
        case: case.to_owned(),
        ours,
        peer: Some(peer),
        ratio: Some(ours / peer),
        bound,
        holds,
    };
    let most = over(f64::max, |cold| cold.most);
    let seconds = over(f64::min, |cold| cold.seconds);
    [
        figure(
            "200 cold pulls through the proxy: how often the upstream gave one blob, beside docker-registry",
            most,
            "ours <= 1".to_owned(),
            most.0 <= 1.0,
        ),
        figure("the same pulls (s)", seconds, format!("ours <= {COLD} x peer"), seconds.0 <= COLD * seconds.1),
    ]
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
    fn the_best_of_the_rounds_counts_for_each() {
        let figure = beside("x", &[(10.0, 1.0), (30.0, 2.0), (20.0, 3.0)], 10.0);
        assert_eq!((figure.ours, figure.peer, figure.ratio, figure.holds), (30.0, Some(3.0), Some(10.0), true));
    }

    #[test]
    fn of_pairs_the_middle_ratio_counts() {
        let figure = paired("x", &[(10.0, 10.0), (90.0, 100.0), (30.0, 10.0)], Some(1.0));
        assert_eq!((figure.ours, figure.peer, figure.ratio, figure.holds), (30.0, Some(10.0), Some(1.0), true));
        assert!(!paired("x", &[], Some(1.0)).holds, "what was not measured does not hold");
    }

    #[test]
    fn one_round_in_which_a_blob_came_twice_is_too_many() {
        let round = |most, seconds| (Cold { most, seconds }, Cold { most: 40.0, seconds: 4.0 });
        let held = |rounds: &[(Cold, Cold)]| cold(rounds).map(|figure| figure.holds);
        assert_eq!(held(&[round(1.0, 9.0), round(1.0, 3.0)]), [true, true]);
        assert_eq!(held(&[round(2.0, 9.0), round(1.0, 9.0)]), [false, false]);
        assert_eq!(held(&[]), [false, false], "what was not measured does not hold");
    }

    #[test]
    fn a_number_is_found_after_its_word() -> Result<()> {
        assert_eq!(number_after("  2 requests\nRequests/sec:  1234.50\nTransfer/sec: 1GB", "Requests/sec:")?, 1234.5);
        assert!(number_after("nothing", "Requests/sec:").is_err());
        Ok(())
    }
}
