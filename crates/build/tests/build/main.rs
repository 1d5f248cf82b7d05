//! Builds from beginning to end, on real files, with container images that are made on the spot.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod archives;
mod completeness;
mod examples;
mod fixture;
mod images;
mod inheritance;
mod origins;
mod peers;
mod registry;
mod result;
