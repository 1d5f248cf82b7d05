//! Many pulls at the same time through a proxy that has nothing yet: ours, and docker-registry's own proxy mode, each before an
//! upstream of its own kind's that writes down what it is asked for.

use super::client::Client;
use super::push::together;
use super::servers::Ours;
use crate::bench::image::registry::Registry;
use crate::bench::image::set::{self, Image};
use crate::error::{Error, Result};
use crate::folders;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Pulls at a time, five of each image.
const PULLS: usize = 200;

/// What the upstream's images are called at ours.
const DOMAIN: &str = "up.example";

/// What the pulls cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cold {
    /// How often the upstream gave the blob that it gave most often.
    pub(super) most: f64,
    /// Until the last client had everything.
    pub(super) seconds: f64,
}

/// Ours and the peer's.
pub(super) fn round(binary: &Path, layout: &Path, scratch: &Path) -> Result<(Cold, Cold)> {
    folders::create(scratch)?;
    let upstream = Registry::start_logging(&scratch.join("upstream"))?;
    super::push::all(layout, &upstream.address, super::push::by_hand)?;
    let ours = {
        let configuration = scratch.join("ours.yaml");
        let text = format!("upstreams: [{{match: {DOMAIN}, url: 'http://{}'}}]\n", upstream.address);
        folders::write(&configuration, text)?;
        let ours = Ours::start(binary, &scratch.join("ours"), Some(&configuration))?;
        cold(layout, &ours.address, &format!("{DOMAIN}/"), &upstream)?
    };
    let peer = {
        let peer = Registry::start_proxy(&scratch.join("proxy"), &upstream.address)?;
        cold(layout, &peer.address, "", &upstream)?
    };
    drop(upstream);
    folders::remove(scratch)?;
    Ok((ours, peer))
}

/// All pulls through one proxy.
fn cold(layout: &Path, address: &str, before: &str, upstream: &Registry) -> Result<Cold> {
    rustix::fs::sync();
    let known = upstream.log()?.len();
    let began = Instant::now();
    together(PULLS, |number| pull(layout, number % set::IMAGES, address, before))?;
    let seconds = began.elapsed().as_secs_f64();
    let log = upstream.log()?;
    let given = given(log.get(known..).unwrap_or_default());
    if given.is_empty() {
        return Err(Error::unmet("the upstream has written down no blob, so nothing can be counted"));
    }
    Ok(Cold { most: given.into_values().max().unwrap_or_default() as f64, seconds })
}

fn pull(layout: &Path, number: usize, address: &str, before: &str) -> Result<()> {
    let (repository, image) = (format!("{before}bench/{}", set::name(number)), Image::read(layout, number)?);
    let mut client = Client::connect(address)?;
    if client.manifest(&format!("/v2/{repository}/manifests/1"))? != image.manifest {
        return Err(Error::unmet(format!("{address} gave another manifest for {repository}")));
    }
    image.blobs()?.iter().try_for_each(|digest| client.blob(&repository, digest))
}

/// How often each blob was fetched, by its digest, from docker-registry's access log.
fn given(log: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for request in log.lines().filter_map(|line| line.split_once("\"GET ").map(|(_, rest)| rest)) {
        let path = request.split(' ').next().unwrap_or_default();
        if let Some((_, digest)) = path.split_once("/blobs/") {
            *counts.entry(digest).or_default() += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn only_fetched_blobs_count() {
        let log = "127.0.0.1 - - [x] \"GET /v2/a/blobs/sha256:1 HTTP/1.1\" 200 5 \"\" \"\"\n\
                   127.0.0.1 - - [x] \"HEAD /v2/a/blobs/sha256:1 HTTP/1.1\" 200 5 \"\" \"\"\n\
                   127.0.0.1 - - [x] \"GET /v2/b/blobs/sha256:1 HTTP/1.1\" 200 5 \"\" \"\"\n\
                   127.0.0.1 - - [x] \"GET /v2/b/manifests/1 HTTP/1.1\" 200 5 \"\" \"\"\n";
        assert_eq!(given(log).into_iter().collect::<Vec<_>>(), [("sha256:1", 2)]);
    }
}
