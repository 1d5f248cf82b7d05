//! The checks before and after a delivery: a registry of small pure functions. Each has a name, says how bad it is when it does
//! not hold, why that matters and what to do. Those of the stage before judge hosts by their facts, so what would make a
//! delivery fail is found in seconds and before anything is changed; those of the stage after judge a cluster by its objects.

pub(crate) mod after;
mod before;
mod check;
mod ignore;
mod image_settings;
mod questions;

pub(crate) use before::disks;
#[cfg(test)]
pub(crate) use before::tests::Site;
pub use before::{Before, FleetFacts, before};
pub(crate) use before::{Fix, fixes};
pub use check::Check;
pub use ignore::{Ignore, UnknownCheck};
pub use image_settings::ImageSettings;
pub(crate) use image_settings::check_flags;
pub(crate) use questions::questions;

/// An image with one file in its rootfs, for tests of other modules.
#[cfg(test)]
pub(crate) fn tests_bundle(path: &str, text: &str) -> sealer_model::bundle::Bundle {
    let mut bundle = before::tests::bundle();
    let file = sealer_model::bundle::RootfsFile { bytes: text.into(), mode: 0o644 };
    bundle.rootfs[0].files.insert(path.to_owned(), file);
    bundle
}

/// Every check, those before a delivery first.
pub fn registry() -> impl Iterator<Item = &'static Check> {
    before::checks().chain(after::checks())
}
