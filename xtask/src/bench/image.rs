//! `bench image`: a cluster image with 40 container images from a registry on this machine, built, built again, saved, loaded,
//! pushed and pulled, beside `skopeo copy` of the same 40 images one by one. Ours is on the disk when it ends, skopeo's need not
//! be. Each time is the best of several rounds in which ours and the peer's take turns, with the disk quiet before each.

mod figures;
mod go_image;
mod others;
pub(super) mod registry;
pub(super) mod set;
mod work;

use crate::bench::Figure;
use crate::dist;
use crate::error::Result;
use crate::folders::{self, Folders};

/// How often everything is measured.
const ROUNDS: usize = 3;

/// Makes the set, serves it, and measures.
pub(super) fn measure(folders: &Folders) -> Result<Vec<Figure>> {
    let binary = dist::binary(folders)?;
    let scratch = folders.cache.join("bench-image");
    folders::remove(&scratch)?;
    folders::create(&scratch)?;
    let figures = work::Bench::prepare(&binary, &scratch).and_then(|bench| {
        let rounds = (0..ROUNDS).map(|_| bench.round()).collect::<Result<Vec<_>>>()?;
        Ok(figures::figures(&rounds, &bench.thousand()?, &bench.others()?))
    });
    folders::remove(&scratch)?;
    figures
}
